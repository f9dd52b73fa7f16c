"""Take and prove at once: what was stored is read again, unpacked and prepared while production's fingerprint is being read.

The one waits for the disk and the other for the server, and neither needs what the other finds out.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from runner.containers.leftovers import remove_containers
from runner.snapshots.hold import change_shelf, change_snapshot
from runner.snapshots.method import LABEL, Bench, Method
from runner.snapshots.prove import Climb, build, finish
from runner.snapshots.removal import remove_work
from runner.snapshots.shelf import Place
from runner.snapshots.take import Subject, begin_place, take_into, whole_or_gone


def take_and_prove(bench: Bench, shelf: Path, method: Method, subject: Subject, taken: Callable[[], None]) -> Place:
    """Take a snapshot and prove it; `taken` is called between the two.

    A take that fails leaves nothing, a proof that fails leaves what was taken.

    Raises:
        what `take` and `prove` raise.
    """
    with ExitStack() as shelf_held, ThreadPoolExecutor(1) as pool:
        shelf_held.enter_context(change_shelf(shelf))
        place = begin_place(bench, shelf)
        with change_snapshot(place):
            climb, beside = Climb(bench, place, subject.origin.image, is_heard=False), _Beside(bench, place, pool)
            with whole_or_gone(bench, place), beside.ended_by_failure():
                take_into(bench, place, method, subject, lambda known: beside.begin(partial(build, climb, known)))
            shelf_held.close()
            taken()
            with beside.ended_by_failure():
                beside.await_end()
            climb.say_so_far()
            finish(climb)
    return place


@dataclass
class _Beside:
    """One job in a thread of its own. All it does it does in containers that carry the place's label."""

    bench: Bench
    place: Place
    pool: ThreadPoolExecutor
    begun: list["Future[None]"] = field(default_factory=list)

    def begin(self, job: Callable[[], None]) -> None:
        self.begun.append(self.pool.submit(job))

    def await_end(self) -> None:
        """Wait until it has done its work; raises what it raised."""
        for one in self.begun:
            one.result()

    @contextmanager
    def ended_by_failure(self) -> Iterator[None]:
        """Where the block fails, take from the job what it works with until it gives up."""
        try:
            yield
        except BaseException:
            while wait(self.begun, timeout=0.2).not_done:
                remove_containers(self.bench.client, {LABEL: str(self.place.folder)})
            if self.place.folder.is_dir():
                # Its own tidying up may have been ended as well.
                remove_work(self.bench, self.place)
            raise
