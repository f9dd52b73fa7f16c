"""Checkpoints: copies of a rehearsal's clone, one per release, kept beside the snapshot that it was a clone of.

<snapshot>/checkpoints/<run>/<release>/data/             the copy
<snapshot>/checkpoints/<run>/<release>/checkpoint.json   written last. Without it there is no checkpoint
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from runner.containers.lasting import Lasting, list_data
from runner.containers.workbench import Workbench
from runner.errors import CheckpointMissing, SnapshotBroken, SnapshotFolderUnfit
from runner.planning.checkpoint import Checkpoint
from runner.snapshots.hold import use_checkpoints
from runner.snapshots.method import LABEL, Bench
from runner.snapshots.shelf import Place, read_vouched, write_last

MANIFEST = "checkpoint.json"
NEWEST = "newest"
"""Said in place of a release."""
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


def sign(lasting: Lasting, checkpoint: Checkpoint) -> None:
    """Make a lasting copy a checkpoint.

    Raises:
        SnapshotFolderUnfit: its manifest cannot be written.
    """
    # Commit point: now it is a checkpoint.
    write_last(lasting.data.parent / MANIFEST, checkpoint)


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
    """Demand that a checkpoint is what its folder says, and that no file of it is gone, cut off or new since it was made.

    Raises:
        SnapshotBroken
        EngineRefused, EngineMissing
    """
    checkpoint = spot.checkpoint
    if (checkpoint.snapshot, checkpoint.run, checkpoint.release) != (place.id, *spot.folder.parts[-2:]):
        raise SnapshotBroken(f"{spot.folder / MANIFEST} is another checkpoint's", hint=_BEGIN_ANEW)
    workbench = Workbench(bench.client, bench.tools, {LABEL: str(place.folder)})
    if not spot.data.is_dir() or list_data(workbench, spot.data).digest != checkpoint.listing:
        raise SnapshotBroken(f"the files in {spot.data} are not those that were put there", hint=_BEGIN_ANEW)
