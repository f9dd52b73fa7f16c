"""Where we keep what can be made again: build logs and the manifests of images."""

import os
from pathlib import Path


def cache_dir(name: str) -> Path:
    """Make and name a directory below the user's cache (XDG_CACHE_HOME)."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    directory = Path(home) / "thing-a-me" / name
    directory.mkdir(parents=True, exist_ok=True)
    return directory


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that no reader ever sees half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
