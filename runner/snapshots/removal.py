"""Removing snapshots, in an order in which half of one is never taken for a whole one; and what dead processes left."""

import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from runner.containers.leftovers import remove_containers
from runner.containers.workbench import Workbench
from runner.errors import SnapshotBusy, SnapshotMissing
from runner.events import Note
from runner.snapshots.checkpoints import MANIFEST, list_checkpoints
from runner.snapshots.hold import change_checkpoints, change_snapshot
from runner.snapshots.method import LABEL, Bench
from runner.snapshots.shelf import Place, State, list_places, sync_folder


def drop(bench: Bench, place: Place) -> None:
    """Remove a snapshot with all that works on it.

    Raises:
        SnapshotBusy: somebody takes, proves or uses it.
        SnapshotMissing, EngineRefused, EngineMissing
    """
    with change_snapshot(place):
        remove(bench, place)


def remove(bench: Bench, place: Place) -> None:
    """Remove a place that we hold; what it was stops being told first."""
    for path in (place.manifest, place.taken):
        path.unlink(missing_ok=True)
    sync_folder(place.folder)
    remove_work(bench, place)
    shutil.rmtree(place.folder)


def remove_work(bench: Bench, place: Place) -> None:
    """Remove what works on a place that we hold, and what is a server's user's and not ours: data, all copies, a dump.

    The data directory stays where it is what was taken.
    """
    remove_containers(bench.client, {LABEL: str(place.folder)})
    for fifo in (place.fifo, place.tap):
        fifo.unlink(missing_ok=True)
    made = (place.clones, place.checkpoints, place.dump)
    _remove(bench, place, made if place.holds_files else (place.data, *made))


def remove_data(bench: Bench, place: Place) -> None:
    """Remove the data directory."""
    _remove(bench, place, (place.data,))


def remove_dump(bench: Bench, place: Place) -> None:
    """Remove a dump that was loaded."""
    _remove(bench, place, (place.dump,))


def remove_checkpoints(bench: Bench, place: Place, *, target: str | None = None) -> tuple[str, ...]:
    """Remove what rehearsals of a snapshot kept on their way to a target, or all of it and what is half of one; name the runs.

    What somebody makes or goes on from now is left alone.

    Raises:
        EngineRefused, EngineMissing, SnapshotFolderUnfit
    """
    spots = list_checkpoints(place)
    folders = {spot.folder.parent for spot in spots if target in (None, spot.checkpoint.target)}
    if target is None and place.checkpoints.is_dir():
        folders.update(path for path in place.checkpoints.iterdir() if not path.name.startswith("."))
    gone = []
    for folder in sorted(folders):
        with suppress(SnapshotBusy, SnapshotMissing), change_checkpoints(folder):
            # First what says that it is one.
            for manifest in folder.glob(f"*/{MANIFEST}"):
                manifest.unlink()
                sync_folder(manifest.parent)
            _remove(bench, place, (folder,))
            gone.append(folder.name)
    return tuple(gone)


def _remove(bench: Bench, place: Place, paths: tuple[Path, ...]) -> None:
    Workbench(bench.client, bench.tools, {LABEL: str(place.folder)}).remove(*paths)


def remove_unfinished(bench: Bench, shelf: Path) -> tuple[str, ...]:
    """Remove what takes that were killed left, and name it. Whatever is held, or was taken to its end, is left alone."""
    gone = []
    for place in list_places(shelf):
        if place.state is State.UNFINISHED:
            with suppress(SnapshotBusy, SnapshotMissing):
                drop(bench, place)
                gone.append(place.id)
                bench.tell(Note(about="snapshots", text=f"removed {place.id}, which was not finished"))
    return tuple(gone)


def keep_newest(
    bench: Bench, shelf: Path, keep: int, *, spare: Place | None = None, pinned: Collection[str] = ()
) -> tuple[str, ...]:
    """Drop the oldest proven snapshots but `keep`, and name them; one that is in use stays. Others are left alone.

    `spare` is one of those that stay, however old it is: somebody has just had it proved. `pinned` stay and do not count: a run
    that is not over would be turned back with them, or a sealed plan was rehearsed on them.
    """
    keep = keep - 1 if spare else keep
    every = [place for place in list_places(shelf) if place.state is State.PROVEN]
    proven = [place for place in every if place != spare and place.id not in pinned]
    gone = []
    for place in proven[: max(0, len(proven) - keep)]:
        try:
            drop(bench, place)
        except SnapshotBusy as error:
            bench.tell(Note(about="snapshots", text=f"kept although it is one too many: {error.message}"))
        else:
            gone.append(place.id)
            bench.tell(Note(about="snapshots", text=f"dropped {place.id}: {keep} newer ones are kept"))
    return tuple(gone)
