"""Take and prove at once: a stream is unpacked while it comes, and production's fingerprint is read beside the copy's.

Neither needs what the other finds out; only what both have read is compared.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from runner.containers.leftovers import remove_containers
from runner.errors import EngineRefused, SnapshotFailed, ThingAMeError
from runner.planning.snapshot import Rung, Taken
from runner.snapshots.hold import change_shelf, change_snapshot
from runner.snapshots.method import LABEL, Bench, Method
from runner.snapshots.physical import prepare, unpack_command
from runner.snapshots.prove import Climb, Trial, build, finish, try_out
from runner.snapshots.removal import remove_data, remove_work
from runner.snapshots.shelf import Place, new_place, write_last
from runner.snapshots.take import Subject, take_into, whole_or_gone
from runner.snapshots.tap import open_tap, unpack_tapped

_LOOK = 0.5
"""Seconds between two questions whether to go on."""
_PAUSE = 0.2
"""Seconds until what somebody still works with is taken from him again."""


def take_and_prove(bench: Bench, shelf: Path, method: Method, subject: Subject, taken: Callable[[], None]) -> Place:
    """Take a snapshot and prove it; `taken` is called between the two.

    A take that fails leaves nothing; a proof that fails leaves the stream that was taken, where it is stored.

    Raises:
        what `take` and `prove` raise.
    """
    with ExitStack() as shelf_held:
        shelf_held.enter_context(change_shelf(shelf))
        place = new_place(shelf)

        def taken_now() -> None:
            shelf_held.close()
            taken()

        with change_snapshot(place):
            take_here = _take_stream if method.keeps_stream else _take_files
            take_here(bench, place, method, subject, taken_now)
    return place


def _take_files(bench: Bench, place: Place, method: Method, subject: Subject, taken: Callable[[], None]) -> None:
    """Take files, which are prepared and tried out meanwhile, and prove them.

    Where that fails nothing of them is left: nobody could tell later what they had been.
    """
    with ThreadPoolExecutor(1) as pool:
        beside = _Beside(bench, place, pool)
        climb = beside.climb(subject.origin.image)

        def try_files(known: Taken) -> Trial:
            climb.lap()
            prepare(bench, place, climb.image, known.origin.owner)
            climb.reach(Rung.PREPARED)
            return try_out(climb, known)

        with whole_or_gone(bench, place), beside.ended_by_failure():
            heeding = replace(bench, go_on=beside.demand_no_failure)
            known = take_into(heeding, place, method, subject, lambda known, _: beside.begin(partial(try_files, known)))
            taken()
            climb.say_so_far()
            finish(climb, known, beside.trial())


def _take_stream(bench: Bench, place: Place, method: Method, subject: Subject, taken: Callable[[], None]) -> None:
    """Take a stream, which is unpacked, prepared and tried out meanwhile, and prove it."""
    with ThreadPoolExecutor(1) as pool:
        beside = _Beside(bench, place, pool)
        climb = beside.climb(subject.origin.image)
        with beside.ended_by_failure():
            # Ended before anything is removed; and between the two nothing is left to itself.
            with whole_or_gone(bench, place), beside.ended_by_failure():
                unpacked = _tap(beside) if method.name == "physical" and bench.can_decrypt else None

                def try_stream(known: Taken, tapped: bool) -> Trial:
                    build(climb, known, unpacked if tapped else None)
                    return try_out(climb, known)

                def go_on(known: Taken, tapped: bool) -> None:
                    if not tapped:
                        # What was given up on may be stuck.
                        remove_containers(bench.client, {LABEL: str(place.folder)})
                    beside.begin(partial(try_stream, known, tapped))

                write_last(place.taken, take_into(bench, place, method, subject, go_on))
            taken()
            climb.say_so_far()
            trial = beside.trial()
        finish(climb, place.read_taken(), trial)


@dataclass
class _Beside:
    """What is done in a thread of its own: a stream is unpacked, and then a trial made of what was taken.

    All of it but tidying up is done in containers that carry the place's label.
    """

    bench: Bench
    place: Place
    pool: ThreadPoolExecutor
    unpacking: "Future[None] | None" = None
    trying: "Future[Trial] | None" = None
    is_given_up: bool = False

    def climb(self, image: str) -> Climb:
        """Make the climb of what is done there; nobody hears of it yet."""
        return Climb(replace(self.bench, go_on=self._demand_wanted), self.place, image, is_heard=False)

    def unpack(self, job: Callable[[], None]) -> "Future[None]":
        self.unpacking = self.pool.submit(job)
        return self.unpacking

    def begin(self, job: Callable[[], Trial]) -> None:
        self.trying = self.pool.submit(job)

    def trial(self) -> Trial:
        """Wait for the trial; raises what it raised. It knows what became of the unpacking."""
        assert self.trying
        while wait([self.trying], timeout=_LOOK).not_done:
            self.bench.go_on()
        return self.trying.result()

    @contextmanager
    def ended_by_failure(self) -> Iterator[None]:
        """Where the block fails, take from the thread what it works with until it gives up."""
        try:
            yield
        except BaseException:
            self.is_given_up = True
            while any(future and not future.done() for future in (self.unpacking, self.trying)):
                # Whatever comes in between, ^C once more among it: while the thread works nothing may be removed below it.
                with suppress(EngineRefused, KeyboardInterrupt):
                    remove_containers(self.bench.client, {LABEL: str(self.place.folder)})
                    time.sleep(_PAUSE)
            if self.place.folder.is_dir():
                # Its own tidying up may have been ended as well.
                remove_work(self.bench, self.place)
            raise

    def demand_no_failure(self) -> None:
        """Go on, unless the trial has failed already: a stream would be kept all the same, files are not."""
        self.bench.go_on()
        if self.trying and self.trying.done():
            self.trying.result()

    def _demand_wanted(self) -> None:
        if self.is_given_up:
            raise SnapshotFailed(f"{self.place.id}: nobody waits for its proof any more")


def _tap(beside: _Beside) -> Callable[[], None]:
    """Begin to unpack a stream that is not there yet; what is returned waits until all of it is."""
    bench, place = beside.bench, beside.place
    place.data.mkdir(mode=0o700)
    open_tap(place)

    def unpack() -> None:
        try:
            unpack_tapped(bench, place, unpack_command(bench, place))
        except ThingAMeError:
            # What goes on being stored needs the room.
            remove_data(bench, place)
            raise

    return beside.unpack(unpack).result
