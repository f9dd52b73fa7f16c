"""Who works with a snapshot: a lock on a file of its folder, which the kernel takes back when its holder dies."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from runner.errors import SnapshotBusy, SnapshotFolderUnfit, SnapshotMissing
from runner.file_lock import try_for
from runner.snapshots.shelf import Place


@contextmanager
def change_shelf(shelf: Path) -> Iterator[None]:
    """Hold the shelf itself: two do not take or tidy up at once. The folder is made where there is none.

    Raises:
        SnapshotBusy, SnapshotFolderUnfit
    """
    try:
        shelf.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SnapshotFolderUnfit(f"cannot make {shelf}: {error.strerror}") from error
    with _locked(shelf / ".lock", fcntl.LOCK_EX):
        yield


@contextmanager
def change_snapshot(place: Place) -> Iterator[None]:
    """Hold it alone: to take, prove or drop it.

    Raises:
        SnapshotBusy: somebody else holds it; the message names who.
        SnapshotMissing, SnapshotFolderUnfit
    """
    with _locked(place.lock, fcntl.LOCK_EX):
        yield


@contextmanager
def use_snapshot(place: Place) -> Iterator[None]:
    """Hold it with others, who all only read it: nobody drops or proves it meanwhile.

    Raises:
        SnapshotBusy, SnapshotMissing, SnapshotFolderUnfit
    """
    with _locked(place.lock, fcntl.LOCK_SH):
        yield


@contextmanager
def change_checkpoints(folder: Path) -> Iterator[None]:
    """Hold a run's checkpoints alone: to remove them.

    Raises:
        SnapshotBusy, SnapshotMissing, SnapshotFolderUnfit
    """
    with _locked(folder / ".lock", fcntl.LOCK_EX):
        yield


@contextmanager
def use_checkpoints(folder: Path) -> Iterator[None]:
    """Hold a run's checkpoints with others: to make some, or to go on from one.

    Raises:
        SnapshotBusy, SnapshotMissing, SnapshotFolderUnfit
    """
    with _locked(folder / ".lock", fcntl.LOCK_SH):
        yield


def is_held(place: Place) -> bool:
    """Say whether somebody works with it now."""
    with _open(place.lock) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    with _open(path) as file:
        if not try_for(file, how):
            file.seek(0)
            raise SnapshotBusy(f"{path.parent.name} is held by {file.read() or 'another process'}")
        if how == fcntl.LOCK_EX:
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}")
            file.flush()
        yield


def _open(path: Path) -> IO[str]:
    try:
        return path.open("a+", encoding="utf-8")
    except FileNotFoundError as error:
        raise SnapshotMissing(f"{path.parent.name} is gone") from error
    except OSError as error:
        raise SnapshotFolderUnfit(f"cannot lock {path.parent}: {error.strerror}") from error
