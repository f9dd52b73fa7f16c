"""Prove: climb the ladder. What was taken is hashed, prepared, restored, started and compared; only then it is a snapshot."""

import datetime
import threading
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
from runner.planning.snapshot import Climbed, Rung, SnapshotManifest, StoredFile, Taken
from runner.snapshots.clone import READING, Clone, Equipment, start_clone
from runner.snapshots.hold import change_snapshot
from runner.snapshots.logical import load
from runner.snapshots.method import LABEL, Bench, progress
from runner.snapshots.pack import HERE
from runner.snapshots.physical import prepare, unpack_command
from runner.snapshots.removal import remove_dump, remove_work
from runner.snapshots.shelf import Place, State, write_last
from runner.snapshots.stored import demand_data, demand_stored, hashing, read_production, unpack

_SHOWN = 20
"""Differences in a message; all of them are counted."""


@dataclass
class Climb:
    """The rungs so far, each with the time since the one before; where nobody hears of them yet, `say_so_far` tells later.

    One thread climbs; another may ask that it be said. `earlier` are the seconds that the take took, where it is over.
    """

    bench: Bench
    place: Place
    image: str
    is_heard: bool = True
    earlier: float = 0.0
    rungs: list[Climbed] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    clock: float = field(default_factory=time.monotonic)
    _saying: threading.Lock = field(default_factory=threading.Lock)

    @property
    def seconds(self) -> float:
        """What all of it took so far, the take with it."""
        return round(self.earlier + time.monotonic() - self.began, 3)

    def reach(self, rung: Rung, detail: str = "", *, before: float = 0.0) -> None:
        """Note a rung; `before` are seconds that went into it before the last one was noted."""
        climbed = Climbed(rung=rung, seconds=round(before + self.lap(), 3), detail=detail)
        with self._saying:
            self.rungs.append(climbed)
            if self.is_heard:
                self._tell(climbed)

    def lap(self) -> float:
        """Give the seconds since the last rung or lap."""
        last, self.clock = self.clock, time.monotonic()
        return self.clock - last

    def say_so_far(self) -> None:
        """Tell of the rungs that nobody heard of; from now on each is told when it is reached."""
        with self._saying:
            for climbed in self.rungs:
                self._tell(climbed)
            self.is_heard = True

    def _tell(self, climbed: Climbed) -> None:
        self.bench.tell(RungReached(snapshot=self.place.id, rung=climbed.rung, seconds=climbed.seconds, detail=climbed.detail))


@dataclass(frozen=True)
class Trial:
    """What a server said that was started on a copy: its fingerprint, and how many `seconds` that took.

    `way` is how the copy was made, `data` are the files that it was made of.
    """

    way: str
    found: ServerPrint
    seconds: float
    data: tuple[StoredFile, ...]


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
        climb = Climb(bench, place, image, earlier=taken.seconds)
        if taken.is_packed:
            build(climb, taken)
            return finish(climb, taken, try_out(climb, taken))
        _stand_on(climb, taken)
        return finish(climb, taken, try_out(climb, taken, taken.files))


def build(climb: Climb, taken: Taken, unpacked: Callable[[], None] | None = None) -> None:
    """Make the data directory of what was stored, whose place we hold; where that fails nothing of it is left.

    `unpacked` waits until the stream is unpacked, where all of it came out of the tap while it was stored (tap.py).
    Production's fingerprint is not needed yet. Raises as `prove`.
    """
    bench, place = climb.bench, climb.place
    climb.lap()
    with _clean(bench, place):
        stored = f"{taken.stored_bytes} bytes are as they were stored"
        if unpacked:
            unpacked()
            with ThreadPoolExecutor(1) as reader:
                read = reader.submit(demand_stored, bench, place, taken)
                try:
                    prepare(bench, place, climb.image, taken.origin.owner)
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
            prepare(bench, place, climb.image, taken.origin.owner)
        else:
            place.dump.mkdir(mode=0o700)
            unpack(bench, place, taken, ("tar", "-xC", f"{HERE}/{place.dump.name}"))
            climb.reach(Rung.HASHED, stored)
            load(bench, place, climb.image, taken.origin)
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


def try_out(climb: Climb, taken: Taken, known: tuple[StoredFile, ...] = ()) -> Trial:
    """Start a server on a copy of the data directory that was built, and read it; hash that directory, unless that is `known`.

    Production's fingerprint is not needed yet. Raises as `prove`; then nothing of it is left but what was taken.
    """
    bench, place = climb.bench, climb.place
    with _clean(bench, place):
        if known:
            return Trial(*_read_copy(climb, taken), known)
        # Hashing waits for the disk, reading for the processor.
        with hashing(bench, place) as hashes:
            read = _read_copy(climb, taken)
            data = hashes()
        if taken.is_packed:
            climb.lap()
        else:
            climb.reach(Rung.HASHED, f"{len(data)} files")
        return Trial(*read, data)


def finish(climb: Climb, taken: Taken, trial: Trial) -> SnapshotManifest:
    """Compare what was tried out with production, and make it a snapshot. Raises as `prove`."""
    bench, place = climb.bench, climb.place
    # Waiting for production to be read is no rung.
    climb.lap()
    with _clean(bench, place):
        comparison = _compare(climb, read_production(place, taken), trial)
        if place.state is State.UNFINISHED:
            write_last(place.taken, taken.with_files(trial.data))
        manifest = SnapshotManifest(
            taken=place.read_taken(),
            proved_at=datetime.datetime.now(datetime.UTC),
            seconds=climb.seconds,
            rungs=(Climbed(rung=Rung.TAKEN, seconds=taken.seconds), *climb.rungs),
            comparison=comparison,
            way=trial.way,
            data=trial.data,
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
    _compare(climb, production, Trial(*_read_copy(climb, taken), manifest.data))
    return manifest


@contextmanager
def _clean(bench: Bench, place: Place) -> Iterator[None]:
    """Leave nothing of a proof that fails but what was taken."""
    try:
        yield
    except BaseException:
        remove_work(bench, place)
        raise


def _read_copy(climb: Climb, taken: Taken) -> tuple[str, ServerPrint, float]:
    """Copy the data directory, start the server's own version on it and read it; how it was copied, what was read, in how long.

    It is started twice: once as whoever is given a copy starts it, once to be read only.
    """
    bench, place = climb.bench, climb.place
    equipment = Equipment(image=climb.image, tools=bench.tools, options=taken.origin.options)
    reading = replace(equipment, options=(*equipment.options, *READING))
    with claim_clone(bench.client, {LABEL: str(place.folder)}) as claim:
        copy = copy_tree(bench.client, claim, place.data, place.clones / claim.name, image=bench.tools)
        climb.reach(Rung.RESTORED, f"copied by {copy.way}")
        with start_clone(bench.client, claim, copy, equipment, settle=True):
            bench.go_on()
        climb.reach(Rung.STARTED)
        with start_clone(bench.client, claim, copy, reading) as clone:
            found = _print_of(climb, clone, taken)
    with suppress(OSError):
        place.clones.rmdir()
    return copy.way, found, climb.lap()


def _compare(climb: Climb, production: ServerPrint, trial: Trial) -> Comparison:
    comparison = compare(production, trial.found, restarted=True)
    if not comparison.is_equal:
        lines = [str(one) for one in (*comparison.skipped, *comparison.differences)]
        raise SnapshotNotProved(f"{climb.place.id}: {comparison}:\n" + "\n".join(lines[:_SHOWN]))
    climb.reach(Rung.COMPARED, str(comparison), before=trial.seconds)
    return comparison


def _print_of(climb: Climb, clone: Clone, taken: Taken) -> ServerPrint:
    """The copy's fingerprint; a table whose indexes are not sound counts as one that could not be read."""
    told, clock = progress(climb.bench, climb.place, "reading the copy", taken.raw_bytes), time.monotonic()
    connections = max(2, climb.bench.jobs)

    def hear(now: Progress) -> None:
        climb.bench.go_on()
        # Before that production's is what is told.
        if climb.is_heard:
            told(now.bytes_done, time.monotonic() - clock)

    with open_point(clone.server, taken.schemas, connections=connections) as point:
        point.hold()
        found = read_print(point, taken.schemas, hear)
    # The biggest first, so that no connection is left alone with it at the end.
    tables = sorted(found.tables.items(), key=lambda one: -one[1].rows)
    unsound = find_unsound(clone.server, [name for name, _ in tables], connections=connections, go_on=climb.bench.go_on)
    return found.model_copy(update={"unread": (*found.unread, *unsound)})
