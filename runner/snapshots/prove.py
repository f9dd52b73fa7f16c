"""Prove: climb the ladder. What was taken is hashed, prepared, restored, started and compared; only then it is a snapshot."""

import datetime
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

from runner.containers.claims import claim_clone
from runner.containers.copies import copy_tree
from runner.errors import SnapshotBroken, SnapshotNotProved
from runner.events import RungReached
from runner.mariadb.fingerprint import read_print
from runner.mariadb.point import open_point
from runner.mariadb.soundness import find_unsound
from runner.mariadb.table_prints import Progress
from runner.planning.comparison import Comparison, compare
from runner.planning.fingerprint import ServerPrint
from runner.planning.snapshot import Climbed, Rung, SnapshotManifest, Taken
from runner.snapshots.clone import READING, Clone, Equipment, start_clone
from runner.snapshots.hold import change_snapshot
from runner.snapshots.logical import load
from runner.snapshots.method import Bench, progress
from runner.snapshots.pack import HERE
from runner.snapshots.physical import prepare, unpack_command
from runner.snapshots.removal import remove_dump, remove_work
from runner.snapshots.shelf import Place, State, write_last
from runner.snapshots.stored import demand_data, demand_stored, hashing, read_production, unpack

_SHOWN = 20
"""Differences in a message; all of them are counted."""


@dataclass
class Climb:
    """The rungs so far, each with the time since the one before; where nobody hears of them yet, `say_so_far` tells later."""

    bench: Bench
    place: Place
    image: str
    is_heard: bool = True
    rungs: list[Climbed] = field(default_factory=list)
    clock: float = field(default_factory=time.monotonic)

    @property
    def reached(self) -> set[Rung]:
        return {climbed.rung for climbed in self.rungs}

    def reach(self, rung: Rung, detail: str = "") -> None:
        """Note a rung."""
        now = time.monotonic()
        self.rungs.append(Climbed(rung=rung, seconds=round(now - self.clock, 3), detail=detail))
        self.clock = now
        if self.is_heard:
            self._tell(self.rungs[-1])

    def reach_beside(self, rung: Rung, detail: str) -> None:
        """Note a rung that was climbed beside the last one; its time is what it took longer."""
        now = time.monotonic()
        self.rungs.insert(-1, Climbed(rung=rung, seconds=round(now - self.clock, 3), detail=detail))
        self.clock = now
        self._tell(self.rungs[-2])

    def say_so_far(self) -> None:
        """Tell of the rungs that nobody heard of; from now on each is told when it is reached."""
        for climbed in self.rungs:
            self._tell(climbed)
        self.is_heard, self.clock = True, time.monotonic()

    def _tell(self, climbed: Climbed) -> None:
        self.bench.tell(RungReached(snapshot=self.place.id, rung=climbed.rung, seconds=climbed.seconds, detail=climbed.detail))


def prove(bench: Bench, place: Place, image: str) -> SnapshotManifest:
    """Prove what was taken, in this image; one that is proven already is proven again, on the files that lie there.

    Raises:
        SnapshotBroken: what lies there is not what was put there.
        SnapshotNotProved: the restored copy is not what production was.
        SnapshotFailed, SnapshotLocked, SnapshotMissing, SnapshotBusy, DiskFull, CloneFailed
        ImageMissing, EngineRefused, EngineMissing
    """
    with change_snapshot(place):
        if place.state is State.PROVEN:
            return _prove_again(bench, place, image)
        # Asked for first: without production's fingerprint nothing could be proven.
        taken, _ = place.read_taken(), read_production(place)
        climb = Climb(bench, place, image)
        if taken.is_packed:
            build(climb, taken)
        else:
            _stand_on(climb, taken)
        return finish(climb, taken)


def build(climb: Climb, taken: Taken, unpacked: Callable[[], None] | None = None) -> None:
    """Make the data directory of what was stored, whose place we hold; where that fails nothing of it is left.

    `unpacked` waits until the stream is unpacked, where all of it came out of the tap while it was stored (tap.py).
    Production's fingerprint is not needed yet. Raises as `prove`.
    """
    bench, place = climb.bench, climb.place
    climb.clock = time.monotonic()
    with _clean(bench, place):
        stored = f"{taken.stored_bytes} bytes are as they were stored"
        if unpacked:
            unpacked()
            with ThreadPoolExecutor(1) as reader:
                read = reader.submit(demand_stored, bench, place, taken)
                try:
                    prepare(bench, place, climb.image)
                finally:
                    # Where both fail this one is why.
                    read.result()
            climb.reach(Rung.HASHED, stored)
            climb.reach(Rung.PREPARED, "meanwhile")
            return
        # What an earlier proof left.
        remove_work(bench, place)
        place.data.mkdir(mode=0o700)
        if taken.method == "physical":
            unpack(bench, place, taken, unpack_command(bench, place))
            climb.reach(Rung.HASHED, stored)
            prepare(bench, place, climb.image)
        else:
            place.dump.mkdir(mode=0o700)
            unpack(bench, place, taken, ("tar", "-xC", f"{HERE}/{place.dump.name}"))
            climb.reach(Rung.HASHED, stored)
            load(bench, place, climb.image, taken.origin.options)
            remove_dump(bench, place)
        climb.reach(Rung.PREPARED)


def _stand_on(climb: Climb, taken: Taken) -> None:
    """Demand that the files that were taken are what they were; what an earlier proof left is removed."""
    bench, place = climb.bench, climb.place
    remove_work(bench, place)
    if not place.data.is_dir():
        raise SnapshotBroken(f"{place.id} is half deleted: {place.data.name} is missing")
    demand_data(bench, place, taken.files)
    climb.reach(Rung.HASHED, f"{len(taken.files)} files are as they were taken")
    climb.reach(Rung.PREPARED, "when they were taken")


def finish(climb: Climb, taken: Taken) -> SnapshotManifest:
    """Climb on from a data directory that was built, and make it a snapshot. Raises as `prove`."""
    bench, place = climb.bench, climb.place
    production = read_production(place, taken)
    with _clean(bench, place):
        # Hashing waits for the disk, comparing for the processor.
        with hashing(bench, place, taken.origin.owner) as hashes:
            comparison, way = _compare(climb, taken, production)
            data = hashes()
        if Rung.HASHED not in climb.reached:
            climb.reach_beside(Rung.HASHED, f"{len(data)} files")
        if place.state is State.UNFINISHED:
            write_last(place.taken, taken.with_files(data))
        manifest = SnapshotManifest(
            taken=place.read_taken(),
            proved_at=datetime.datetime.now(datetime.UTC),
            rungs=(Climbed(rung=Rung.TAKEN, seconds=taken.seconds), *climb.rungs),
            comparison=comparison,
            way=way,
            data=data,
        )
        # Commit point: now it is a snapshot.
        write_last(place.manifest, manifest)
    return manifest


def _prove_again(bench: Bench, place: Place, image: str) -> SnapshotManifest:
    manifest = place.read_manifest()
    taken, production = place.read_taken(), read_production(place)
    climb = Climb(bench, place, image)
    if taken.is_packed:
        demand_stored(bench, place, taken)
    demand_data(bench, place, manifest.data)
    climb.reach(Rung.HASHED, "what is stored and what copies are made from")
    _compare(climb, taken, production)
    return manifest


@contextmanager
def _clean(bench: Bench, place: Place) -> Iterator[None]:
    """Leave nothing of a proof that fails but what was taken."""
    try:
        yield
    except BaseException:
        remove_work(bench, place)
        raise


def _compare(climb: Climb, taken: Taken, production: ServerPrint) -> tuple[Comparison, str]:
    """Copy the data directory, start the server's own version on it, and compare it with production at the point.

    It is started twice: once as whoever is given a copy starts it, once to be read only.
    """
    bench, place = climb.bench, climb.place
    equipment = Equipment(image=climb.image, tools=bench.tools, options=taken.origin.options)
    reading = replace(equipment, options=(*equipment.options, *READING))
    with claim_clone(bench.client) as claim:
        copy = copy_tree(bench.client, claim, place.data, place.clones / claim.name, image=bench.tools)
        climb.reach(Rung.RESTORED, f"copied by {copy.way}")
        with start_clone(bench.client, claim, copy, equipment, settle=True):
            bench.go_on()
        climb.reach(Rung.STARTED)
        with start_clone(bench.client, claim, copy, reading) as clone:
            comparison = compare(production, _print_of(climb, clone, taken), restarted=True)
    with suppress(OSError):
        place.clones.rmdir()
    if not comparison.is_equal:
        lines = [str(one) for one in (*comparison.skipped, *comparison.differences)]
        raise SnapshotNotProved(f"{place.id}: {comparison}:\n" + "\n".join(lines[:_SHOWN]))
    climb.reach(Rung.COMPARED, str(comparison))
    return comparison, copy.way


def _print_of(climb: Climb, clone: Clone, taken: Taken) -> ServerPrint:
    """The copy's fingerprint; a table whose indexes are not sound counts as one that could not be read."""
    told, clock = progress(climb.bench, climb.place, "comparing", taken.raw_bytes), time.monotonic()
    connections = max(2, climb.bench.jobs)

    def hear(now: Progress) -> None:
        climb.bench.go_on()
        told(now.bytes_done, time.monotonic() - clock)

    with open_point(clone.server, taken.schemas, connections=connections) as point:
        point.hold()
        found = read_print(point, taken.schemas, hear)
    # The biggest first, so that no connection is left alone with it at the end.
    tables = sorted(found.tables.items(), key=lambda one: -one[1].rows)
    unsound = find_unsound(clone.server, [name for name, _ in tables], connections=connections, go_on=climb.bench.go_on)
    return found.model_copy(update={"unread": (*found.unread, *unsound)})
