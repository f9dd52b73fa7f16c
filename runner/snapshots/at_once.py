"""Take and prove at once: a stream is unpacked while it comes, and production's fingerprint is read beside the proof.

The one waits for the disk and the other for the server, and neither needs what the other finds out.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from runner.containers.leftovers import remove_containers
from runner.errors import ThingAMeError
from runner.planning.snapshot import Rung, Taken
from runner.snapshots.hold import change_shelf, change_snapshot
from runner.snapshots.method import LABEL, Bench, Method
from runner.snapshots.physical import prepare, unpack_command
from runner.snapshots.prove import Climb, build, finish
from runner.snapshots.removal import remove_data, remove_work
from runner.snapshots.shelf import Place, write_last
from runner.snapshots.take import Subject, begin_place, take_into, whole_or_gone
from runner.snapshots.tap import open_tap, unpack_tapped

_LOOK = 0.5
"""Seconds between two questions whether to go on."""


def take_and_prove(bench: Bench, shelf: Path, method: Method, subject: Subject, taken: Callable[[], None]) -> Place:
    """Take a snapshot and prove it; `taken` is called between the two.

    A take that fails leaves nothing; a proof that fails leaves the stream that was taken, where it is stored.

    Raises:
        what `take` and `prove` raise.
    """
    with ExitStack() as shelf_held:
        shelf_held.enter_context(change_shelf(shelf))
        place = begin_place(bench, shelf)

        def taken_now() -> None:
            shelf_held.close()
            taken()

        with change_snapshot(place):
            take_here = _take_stream if method.keeps_stream else _take_files
            take_here(bench, place, method, subject, taken_now)
    return place


def _take_files(bench: Bench, place: Place, method: Method, subject: Subject, taken: Callable[[], None]) -> None:
    """Take files, which are prepared meanwhile, and prove them.

    Where that fails nothing of them is left: nobody could tell later what they had been.
    """
    image = subject.origin.image
    with ThreadPoolExecutor(1) as pool:
        beside = _Beside(bench, place, pool)
        with whole_or_gone(bench, place), beside.ended_by_failure():
            known = take_into(bench, place, method, subject, lambda *_: beside.begin(partial(prepare, bench, place, image)))
            taken()
            climb = Climb(bench, place, image)
            beside.await_last()
            climb.reach(Rung.PREPARED, "meanwhile")
            finish(climb, known)


def _take_stream(bench: Bench, place: Place, method: Method, subject: Subject, taken: Callable[[], None]) -> None:
    """Take a stream, which is unpacked and prepared meanwhile, and prove it."""
    with ThreadPoolExecutor(1) as pool:
        climb, beside = Climb(bench, place, subject.origin.image, is_heard=False), _Beside(bench, place, pool)
        with whole_or_gone(bench, place), beside.ended_by_failure():
            unpacked = _tap(bench, place, beside) if method.name == "physical" and bench.can_decrypt else None

            def go_on(known: Taken, tapped: bool) -> None:
                if not tapped:
                    # What was given up on may be stuck.
                    remove_containers(bench.client, {LABEL: str(place.folder)})
                beside.begin(partial(build, climb, known, unpacked if tapped else None))

            write_last(place.taken, take_into(bench, place, method, subject, go_on))
        with beside.ended_by_failure():
            taken()
            beside.await_last()
        climb.say_so_far()
        finish(climb, place.read_taken())


@dataclass
class _Beside:
    """Jobs in a thread of its own, one after the other. All they do they do in containers that carry the place's label."""

    bench: Bench
    place: Place
    pool: ThreadPoolExecutor
    begun: list["Future[None]"] = field(default_factory=list)

    def begin(self, job: Callable[[], None]) -> "Future[None]":
        self.begun.append(self.pool.submit(job))
        return self.begun[-1]

    def await_last(self) -> None:
        """Wait until the last one has done its work; raises what it raised. It knows what became of those before it."""
        while wait(self.begun[-1:], timeout=_LOOK).not_done:
            self.bench.go_on()
        self.begun[-1].result()

    @contextmanager
    def ended_by_failure(self) -> Iterator[None]:
        """Where the block fails, take from the jobs what they work with until they give up."""
        try:
            yield
        except BaseException:
            while wait(self.begun, timeout=0.2).not_done:
                remove_containers(self.bench.client, {LABEL: str(self.place.folder)})
            if self.place.folder.is_dir():
                # Its own tidying up may have been ended as well.
                remove_work(self.bench, self.place)
            raise


def _tap(bench: Bench, place: Place, beside: _Beside) -> Callable[[], None]:
    """Begin to unpack a stream that is not there yet; what is returned waits until all of it is."""
    place.data.mkdir(mode=0o700)
    open_tap(place)

    def unpack() -> None:
        try:
            unpack_tapped(bench, place, unpack_command(bench, place))
        except ThingAMeError:
            # What goes on being stored needs the room.
            remove_data(bench, place)
            raise

    return beside.begin(unpack).result
