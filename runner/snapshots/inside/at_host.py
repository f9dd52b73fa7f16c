"""Put back on the database server's own host: what put_back.py does, and what only a host has to do. One JSON object per line.

Arguments: who HOME | receive HOME FACTS BYTES | those of put_back.py, but for `copy`. `receive` finds a tar archive on standard
input, whose files come to BYTES; they get the owner of HOME. Needs root and Python 3.9; host_shell.py brings it there.
"""

import errno
import fcntl
import hashlib
import json
import os
import signal
import stat
import sys
import tarfile
import time
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from runner.snapshots.inside import put_back

CHUNK = 1 << 20
PATIENCE = 30
"""Seconds to wait for one of ours that is still at work: what a dead runner left ends when its input does."""
SILENCE = 300
"""Seconds after which nobody sends any more: a connection can be gone without a word."""


def say(answer: dict[str, object]) -> None:
    """Answer with a line."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Be the only one of ours at a data directory; the kernel takes the lock back when its holder dies."""
    handle, deadline = os.open(home, os.O_RDONLY), time.monotonic() + PATIENCE
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"another restore is still at work in {home}") from None
                time.sleep(0.2)
        yield
    finally:
        os.close(handle)


def receive(home: Path, facts: dict[str, Any], needed: int) -> None:
    """Fill new/ from an archive, hash what arrives, and have it on the disk."""
    new, owner = put_back.begin(home, facts), home.stat()
    found = os.statvfs(home)
    if (free := found.f_bavail * found.f_frsize) < needed + put_back.MARGIN:
        raise OSError(errno.ENOSPC, f"No space left on device: {needed} bytes are needed beside the old data, {free} are free")
    written: list[Path] = []
    signal.alarm(SILENCE)
    with tarfile.open(fileobj=sys.stdin.buffer, mode="r|", bufsize=CHUNK) as archive, ThreadPoolExecutor(1) as hasher:
        for member in archive:
            path = place_of(new, member)
            if member.isdir():
                path.mkdir(exist_ok=True)
            else:
                say(receive_file(archive, member, path, hasher))
            os.chown(path, owner.st_uid, owner.st_gid)
            path.chmod(stat.S_IMODE(member.mode))
            written.append(path)
    # What is behind an archive's end is padding; its end says that nobody was cut off.
    while sys.stdin.buffer.read(CHUNK):
        signal.alarm(SILENCE)
    signal.alarm(0)
    settle(new, written)


def place_of(new: Path, member: tarfile.TarInfo) -> Path:
    """Say where a member goes; nothing but files and folders, and nothing outside."""
    parts = PurePosixPath(member.name).parts
    if not (member.isreg() or member.isdir()) or ".." in parts or "/" in parts:
        raise ValueError(f"{member.name} is no regular file")
    return new.joinpath(*parts)


def receive_file(archive: tarfile.TarFile, member: tarfile.TarInfo, path: Path, hasher: Executor) -> dict[str, object]:
    """Write a file while it arrives, and hash it meanwhile."""
    digest, size, said, came = hashlib.sha256(), 0, time.monotonic(), archive.extractfile(member)
    assert came
    with path.open("xb", buffering=0) as file:
        while chunk := came.read(CHUNK):
            signal.alarm(SILENCE)
            hashed = hasher.submit(digest.update, chunk)
            rest = memoryview(chunk)
            while rest:
                rest = rest[file.write(rest) :]
            hashed.result()
            size += len(chunk)
            if time.monotonic() > said + 1:
                said = time.monotonic()
                say({"came": size})
    return {"name": str(PurePosixPath(member.name)), "size": size, "sha256": digest.hexdigest()}


def settle(new: Path, written: list[Path]) -> None:
    """Have all of it on the disk, and tell of empty folders as hash_files.py does: to a server each is a schema."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(put_back.sync, written))
    for folder in (path for path in written if path.is_dir() and not any(path.iterdir())):
        say({"name": str(folder.relative_to(new)), "size": 0, "sha256": "no regular file"})


def main(command: str, home: Path, *rest: str) -> None:
    """Do one thing, and say how it stands then."""
    with alone(home):
        if command == "who":
            say({"host": os.uname().nodename, "holder": put_back.holder(home)})
            return
        if command == "receive":
            receive(home, json.loads(rest[0]), int(rest[1]))
            command, rest = "look", ()
        put_back.main(command, home, *rest)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
