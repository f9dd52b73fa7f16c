"""Prove: climb the ladder. What was taken is hashed, prepared, restored, started and compared; only then it is a snapshot."""

import datetime
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from runner.errors import SnapshotNotProved
from runner.events import RungReached
from runner.mariadb.fingerprint import read_print
from runner.mariadb.point import open_point
from runner.mariadb.table_prints import Progress
from runner.planning.comparison import Comparison, compare
from runner.planning.fingerprint import ServerPrint
from runner.planning.snapshot import Climbed, Rung, SnapshotManifest, Taken
from runner.snapshots.clone import Clone, Equipment, open_clone
from runner.snapshots.hold import change_snapshot
from runner.snapshots.logical import load
from runner.snapshots.method import Bench, progress
from runner.snapshots.pack import HERE
from runner.snapshots.physical import prepare
from runner.snapshots.removal import remove_dump, remove_work
from runner.snapshots.shelf import Place, State, write_last
from runner.snapshots.stored import demand_data, demand_stored, hash_data, read_production, unpack

_SHOWN = 20
"""Differences in a message; all of them are counted."""


@dataclass
class _Climb:
    """The rungs so far; each is told when it is reached."""

    bench: Bench
    place: Place
    image: str
    rungs: list[Climbed] = field(default_factory=list)
    clock: float = field(default_factory=time.monotonic)

    def reach(self, rung: Rung, detail: str = "", *, seconds: float | None = None) -> None:
        """Note a rung; without `seconds` it took all the time since the one before."""
        now = time.monotonic()
        took = now - self.clock if seconds is None else seconds
        climbed = Climbed(rung=rung, seconds=round(took, 3), detail=detail)
        self.clock = now
        self.rungs.append(climbed)
        self.bench.tell(RungReached(snapshot=self.place.id, rung=rung, seconds=climbed.seconds, detail=detail))


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
        taken, production = place.read_taken(), read_production(place)
        climb = _Climb(bench, place, image)
        climb.rungs.append(Climbed(rung=Rung.TAKEN, seconds=taken.seconds))
        with _clean(bench, place):
            _build(climb, taken)
            data = hash_data(bench, place, taken.origin.owner)
            comparison, way = _compare(climb, taken, production)
            manifest = SnapshotManifest(
                taken=taken,
                proved_at=datetime.datetime.now(datetime.UTC),
                rungs=tuple(climb.rungs),
                comparison=comparison,
                way=way,
                data=data,
            )
            # Commit point: now it is a snapshot.
            write_last(place.manifest, manifest)
    return manifest


def _build(climb: _Climb, taken: Taken) -> None:
    """Make the data directory of what was stored."""
    bench, place = climb.bench, climb.place
    if taken.method == "physical":
        unpack(bench, place, taken, ("mbstream", "-x", "-p", str(max(2, bench.jobs)), "-C", f"{HERE}/{place.data.name}"))
        climb.reach(Rung.HASHED, f"{taken.stored_bytes} bytes are as they were stored")
        prepare(bench, place, climb.image)
    else:
        place.dump.mkdir(mode=0o700)
        unpack(bench, place, taken, ("tar", "-xC", f"{HERE}/{place.dump.name}"))
        climb.reach(Rung.HASHED, f"{taken.stored_bytes} bytes are as they were stored")
        load(bench, place, climb.image, taken.origin.options)
        remove_dump(bench, place)
    climb.reach(Rung.PREPARED)


def _prove_again(bench: Bench, place: Place, image: str) -> SnapshotManifest:
    manifest = place.read_manifest()
    taken, production = place.read_taken(), read_production(place)
    climb = _Climb(bench, place, image)
    demand_stored(bench, place, taken)
    demand_data(bench, place, manifest)
    climb.reach(Rung.HASHED, "what is stored and what copies are made from")
    _compare(climb, taken, production)
    return manifest


@contextmanager
def _clean(bench: Bench, place: Place) -> Iterator[None]:
    """Begin without what an earlier proof left, and leave nothing where this one fails."""
    remove_work(bench, place)
    place.data.mkdir(mode=0o700)
    try:
        yield
    except BaseException:
        remove_work(bench, place)
        raise


def _compare(climb: _Climb, taken: Taken, production: ServerPrint) -> tuple[Comparison, str]:
    """Copy the data directory, start the server's own version on it, and compare it with production at the point."""
    bench, place = climb.bench, climb.place
    equipment = Equipment(image=climb.image, tools=bench.tools, options=taken.origin.options)
    before = time.monotonic() - climb.clock
    with open_clone(bench.client, place.data, place.clones, equipment) as clone:
        climb.reach(Rung.RESTORED, f"copied by {clone.copy.way}", seconds=before + clone.copy.seconds)
        climb.reach(Rung.STARTED, seconds=clone.seconds - clone.copy.seconds)
        comparison = compare(production, _print_of(climb, clone, taken), restarted=True)
        way = clone.copy.way
    with suppress(OSError):
        place.clones.rmdir()
    if not comparison.is_equal:
        lines = [str(one) for one in (*comparison.skipped, *comparison.differences)]
        raise SnapshotNotProved(f"{place.id}: {comparison}:\n" + "\n".join(lines[:_SHOWN]))
    climb.reach(Rung.COMPARED, str(comparison))
    return comparison, way


def _print_of(climb: _Climb, clone: Clone, taken: Taken) -> ServerPrint:
    told, clock = progress(climb.bench, climb.place, "comparing", taken.raw_bytes), time.monotonic()

    def hear(now: Progress) -> None:
        told(now.bytes_done, time.monotonic() - clock)

    with open_point(clone.server, taken.schemas, connections=max(2, climb.bench.jobs)) as point:
        point.hold()
        return read_print(point, taken.schemas, hear)
