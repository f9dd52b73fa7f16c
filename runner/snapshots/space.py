"""Is there room? Asked before, not found out during."""

import os
from pathlib import Path

from runner.errors import DiskFull, SnapshotFolderUnfit

_MARGIN = 256 * 1024**2
"""Bytes that are left to others."""
_HINT = "free some space, drop old snapshots (`thing-a-me snapshot list`), or name a bigger disk: snapshots.folder"


def demand_room(folder: Path, needed: int, what: str, *, hint: str = _HINT) -> None:
    """Demand that `needed` bytes can be written below a folder, which need not be there yet.

    Raises:
        DiskFull: the message says what is needed and what is free.
        SnapshotFolderUnfit: it cannot be written at all, or not be asked.
    """
    there = next((path for path in (folder, *folder.absolute().parents) if path.exists()), Path("/"))
    try:
        found = os.statvfs(there)
    except OSError as error:
        raise SnapshotFolderUnfit(f"cannot look at {there}: {error.strerror}") from error
    if found.f_flag & os.ST_RDONLY or not os.access(there, os.W_OK | os.X_OK):
        raise SnapshotFolderUnfit(f"{there} cannot be written: it is read-only, or not ours")
    free = found.f_bavail * found.f_frsize
    if free < needed + _MARGIN:
        raise DiskFull(
            f"{what} needs up to {_say(needed)} in {folder}, and {_say(free)} are free",
            hint=hint,
        )


def _say(size: int) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e6:.0f} MB"  # noqa: PLR2004
