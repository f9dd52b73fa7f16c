"""Checkpoints: copies of a rehearsal's clone, one per release, kept beside the snapshot that it was a clone of.

<snapshot>/checkpoints/<run>/<release>/data/             the copy
<snapshot>/checkpoints/<run>/<release>/checkpoint.json   written last. Without it there is no checkpoint
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from runner.errors import CheckpointMissing, SnapshotBroken, SnapshotFolderUnfit
from runner.planning.checkpoint import Checkpoint
from runner.planning.snapshot import StoredFile, compare_files
from runner.snapshots.hold import use_checkpoints
from runner.snapshots.method import Bench
from runner.snapshots.shelf import Place, read_vouched, write_last
from runner.snapshots.stored import hash_data

MANIFEST = "checkpoint.json"
NEWEST = "newest"
"""Said in place of a release."""
_SHOWN = 20
"""Files in a message; all of them were looked at."""
_BEGIN_ANEW = "rehearse from the snapshot, without --from-checkpoint: that removes it"


@dataclass(frozen=True)
class Spot:
    """One checkpoint, whole: its folder and what it is."""

    folder: Path
    checkpoint: Checkpoint

    @property
    def data(self) -> Path:
        return self.folder / "data"


@contextmanager
def hold_checkpoints(place: Place, run: str) -> Iterator[Path]:
    """Hold the folder of a run's checkpoints while it makes some; where it made none, nothing is left of it.

    Raises:
        SnapshotBusy, SnapshotMissing, SnapshotFolderUnfit
    """
    aside, folder = place.checkpoints / f".{run}", place.checkpoints / run
    try:
        aside.mkdir(parents=True)
    except OSError as error:
        raise SnapshotFolderUnfit(f"cannot make {folder}: {error.strerror}") from error
    try:
        with use_checkpoints(aside):
            # Whoever removes checkpoints just now meets it as one that is held.
            aside.rename(folder)
            yield folder
    finally:
        with suppress(OSError):
            if not any(path.is_dir() for path in folder.iterdir()):
                (folder / ".lock").unlink()
                folder.rmdir()


def hash_files(bench: Bench, place: Place, data: Path) -> tuple[StoredFile, ...]:
    """Hash every file of a checkpoint, and have it on the disk.

    Raises:
        SnapshotBroken: a file cannot be read.
        EngineRefused, EngineMissing
    """
    try:
        return hash_data(bench, place, data)
    except SnapshotBroken as error:
        raise SnapshotBroken(error.message, hint=_BEGIN_ANEW) from error


def sign(folder: Path, checkpoint: Checkpoint) -> None:
    """Make a copy that was kept a checkpoint.

    Raises:
        SnapshotFolderUnfit: its manifest cannot be written.
    """
    # Commit point: now it is a checkpoint.
    write_last(folder / MANIFEST, checkpoint)


def list_checkpoints(place: Place) -> tuple[Spot, ...]:
    """List a snapshot's checkpoints, oldest first; one whose manifest was damaged is none."""
    found = []
    for file in place.checkpoints.glob(f"*/*/{MANIFEST}"):
        with suppress(SnapshotBroken):
            found.append(Spot(file.parent, read_vouched(Checkpoint, file)))
    return tuple(sorted(found, key=lambda spot: spot.checkpoint.made_at))


def find_checkpoint(place: Place, target: str, release: str) -> Spot:
    """Find the newest checkpoint on the way to a target, or the newest at a release on that way.

    Raises:
        CheckpointMissing: there is none; the message names what is there.
    """
    known = list_checkpoints(place)
    fitting = [spot for spot in known if spot.checkpoint.target == target and release in (NEWEST, spot.checkpoint.release)]
    if fitting:
        return fitting[-1]
    wanted = "" if release == NEWEST else f" at {release}"
    there = ", ".join(f"{one.release} on the way to {one.target}" for one in (spot.checkpoint for spot in known))
    raise CheckpointMissing(f"{place.id} has no checkpoint{wanted} on the way to {target}; it has {there or 'none'}")


def demand_whole(bench: Bench, place: Place, spot: Spot) -> None:
    """Demand that a checkpoint is what its folder says, and every file of it what it was when it was made.

    Raises:
        SnapshotBroken: each file that is not is named.
        EngineRefused, EngineMissing
    """
    checkpoint = spot.checkpoint
    if (checkpoint.snapshot, checkpoint.run, checkpoint.release) != (place.id, *spot.folder.parts[-2:]):
        raise SnapshotBroken(f"{spot.folder / MANIFEST} is another checkpoint's", hint=_BEGIN_ANEW)
    found = hash_files(bench, place, spot.data) if spot.data.is_dir() else ()
    if faults := compare_files(checkpoint.data, found):
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise SnapshotBroken(f"{spot.data}: {'; '.join(faults[:_SHOWN])}{more}", hint=_BEGIN_ANEW)
