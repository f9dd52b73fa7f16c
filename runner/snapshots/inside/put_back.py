"""Put a snapshot's data directory in the place of a server's, by renames that can be taken back. One JSON object per line.

Arguments: look HOME | copy HOME FACTS SOURCE OWNER | vouch HOME | forward HOME | back HOME [KEPT] | settle HOME |
finish HOME [KEPT]. HOME is the server's data directory, FACTS a JSON object that is kept. In HOME/.thing-a-me-aside lie
`new`, `old`, `facts.json`, and an empty file that is named after the phase:

copying     new/ is being filled; the server's own files are where they were
copied      new/ is whole
emptying    the server's own files go into old/
filling     what is in new/ goes into HOME
filled      the snapshot's files are in place
proven      they are what production was; old/ may go
unfilling   what is in HOME goes back into new/
refilling   what is in old/ goes back into HOME

Each phase is on the disk before its first rename, and each can be entered again.
"""

import errno
import fcntl
import hashlib
import io
import json
import os
import shutil
import stat
import struct
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

AREA = ".thing-a-me-aside"
OURS = ".thing-a-me-"
FICLONE = 0x40049409
"""ioctl_ficlone(2)."""
CHUNK = 1 << 20
MARGIN = 64 << 20
"""Bytes that are left to the server's log."""
LOCKED = ("ibdata*", "aria_log_control")
"""What MariaDB locks for as long as it runs (seen of 10.11 in /proc/locks)."""
FLOCK = "hhqqi4x"
"""struct flock of fcntl(2), on 64 bits."""


def sync(folder: Path) -> None:
    """Have a folder's names on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_phase(home: Path) -> str:
    """Read where a restore is; empty where there is none. An area without a phase is none's, unless it holds old files."""
    area = home / AREA
    for file in area.glob("phase.*"):
        return file.name.partition(".")[2]
    if (area / "old").is_dir() and any((area / "old").iterdir()):
        raise FileNotFoundError(f"{AREA}/old holds files, and its phase is gone: somebody has to look")
    return "copying" if area.exists() else ""


def read_facts(home: Path) -> dict[str, Any]:
    """Read what was kept when the copy was begun."""
    file = home / AREA / "facts.json"
    return dict(json.loads(file.read_text())) if file.exists() else {}


def enter(home: Path, phase: str) -> None:
    """Enter a phase: after this it is what a crash leaves. A rename, which works on a full disk too."""
    area = home / AREA
    # Commit point: of each phase.
    (area / f"phase.{read_phase(home)}").rename(area / f"phase.{phase}")
    sync(area)


def move_all(source: Path, target: Path) -> None:
    """Move everything that is not ours from one folder into another."""
    names = sorted(path.name for path in source.iterdir() if not path.name.startswith(OURS) and path.name != "lost+found")
    if both := [name for name in names if os.path.lexists(target / name)]:
        raise FileExistsError(f"{both[0]} is on both sides: somebody started the server meanwhile, and has to look")
    for name in names:
        (source / name).rename(target / name)
    sync(source)
    sync(target)


def holder(home: Path) -> str:
    """Say which process runs a server on a data directory; empty: none does."""
    for file in (file for pattern in LOCKED for file in sorted(home.glob(pattern))):
        with file.open("rb") as opened:
            asked = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
            kind, _, _, _, number = struct.unpack(FLOCK, fcntl.fcntl(opened, fcntl.F_GETLK, asked))
        if kind != fcntl.F_UNLCK:
            # One that this container cannot see has no number here.
            return f"process {number} ({name_of(number)})" if number > 0 else "a process of another container"
    return ""


def name_of(process: int) -> str:
    """Name a process."""
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except OSError:
        return "gone since"


def demand_down(home: Path, command: str) -> None:
    """Demand that no server runs on a data directory whose files are to be renamed; a copy goes while one does."""
    harmless = {"forward": ("filled",), "back": ("", "copying", "copied", "proven")}
    if read_phase(home) not in harmless[command] and (found := holder(home)):
        raise BlockingIOError(errno.EBUSY, f"{found} runs on {home}")


def forward(home: Path) -> None:
    """Take a copy that is whole to its place."""
    area = home / AREA
    if read_phase(home) == "copied":
        enter(home, "emptying")
    if read_phase(home) == "emptying":
        move_all(home, area / "old")
        enter(home, "filling")
    if read_phase(home) == "filling":
        move_all(area / "new", home)
        enter(home, "filled")


def back(home: Path, kept: str = "") -> None:
    """Take the server's own files back to their place, from whatever phase; the other ones are removed, or kept."""
    area = home / AREA
    if read_phase(home) in ("filling", "filled"):
        enter(home, "unfilling")
    if read_phase(home) == "unfilling":
        move_all(home, area / "new")
        enter(home, "refilling")
    if read_phase(home) == "emptying":
        enter(home, "refilling")
    if read_phase(home) == "refilling":
        # Gone where an earlier way back died while it cleared.
        if (area / "old").is_dir():
            move_all(area / "old", home)
        if kept:
            area.rename(home / f"{OURS}{kept}")
            sync(home)
    clear(home)


def settle(home: Path) -> None:
    """Have it on the disk that the snapshot's files were proven."""
    if read_phase(home) != "filled":
        raise ValueError(f"a restore that is {read_phase(home)} cannot be settled")
    enter(home, "proven")


def finish(home: Path, kept: str = "") -> None:
    """Remove what was moved aside, or give it a name under which it stays."""
    area = home / AREA
    if read_phase(home) != "proven":
        raise ValueError(f"a restore that is {read_phase(home)} cannot be finished")
    if kept:
        area.rename(home / f"{OURS}{kept}")
        sync(home)
        return
    clear(home)


def clear(home: Path) -> None:
    """Remove the area; what says where the restore is goes last."""
    area = home / AREA
    if read_phase(home) in ("emptying", "filling", "filled", "unfilling"):
        raise ValueError(f"a restore that is {read_phase(home)} cannot be removed")
    if read_phase(home) == "refilling" and (area / "old").is_dir():
        (area / "old").rmdir()
    for folder in (area / "new", area / "old", area):
        if folder.exists():
            shutil.rmtree(folder)
    sync(home)


def clone(came: IO[bytes], goes: IO[bytes]) -> bool:
    """Share the blocks of a file; says whether the file system does."""
    try:
        fcntl.ioctl(goes.fileno(), FICLONE, came.fileno())
    except OSError:
        return False
    return True


def read(came: io.FileIO, buffer: memoryview) -> int:
    """Read some of a file; an error names it, as one of `open` does."""
    try:
        return came.readinto(buffer) or 0
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(came.name)) from error


def copy_file(source: Path, folder: Path, path: Path, owner: tuple[int, int]) -> dict[str, object]:
    """Copy a file, hash what is read, and have it on the disk."""
    target, buffer = folder / path.relative_to(source), memoryview(bytearray(CHUNK))
    if path.is_symlink() or not path.is_file():
        raise ValueError(f"{path} is no regular file")
    digest, size = hashlib.sha256(), 0
    with path.open("rb", buffering=0) as came, target.open("xb", buffering=0) as goes:
        shared = clone(came, goes)
        while count := read(came, buffer):
            digest.update(buffer[:count])
            size += count
            written = count if shared else 0
            while written < count:
                written += goes.write(buffer[written:count])
        os.fchown(goes.fileno(), *owner)
        os.fchmod(goes.fileno(), stat.S_IMODE(os.fstat(came.fileno()).st_mode))
        os.fsync(goes.fileno())
    return {"name": str(path.relative_to(source)), "size": size, "sha256": digest.hexdigest(), "shared": shared}


def demand_room(home: Path, files: list[Path]) -> None:
    """Demand room for a copy, unless files can share their blocks."""
    with files[0].open("rb") as came, (home / AREA / ".trial").open("wb") as goes:
        shared = clone(came, goes)
    (home / AREA / ".trial").unlink()
    found, needed = os.statvfs(home), sum(path.lstat().st_size for path in files)
    free = found.f_bavail * found.f_frsize
    if not shared and free < needed + MARGIN:
        raise OSError(errno.ENOSPC, f"No space left on device: {needed} bytes are needed beside the old data, {free} are free")


def begin(home: Path, facts: dict[str, Any]) -> Path:
    """Begin a copy, and name the folder that it is to fill; what a copy before left is removed."""
    clear(home)
    area = home / AREA
    area.mkdir(mode=0o700)
    new = area / "new"
    for folder in (new, area / "old"):
        folder.mkdir()
    (area / "phase.copying").touch()
    with (area / "facts.json").open("w") as file:
        json.dump(facts, file)
        file.flush()
        os.fsync(file.fileno())
    sync(area)
    return new


def copy(home: Path, facts: dict[str, Any], source: Path, owner: tuple[int, int]) -> None:
    """Fill new/ on all cores. A whole copy is told by its phase."""
    new = begin(home, facts)
    found = sorted(source.rglob("*"))
    folders = [new, *(new / path.relative_to(source) for path in found if path.is_dir() and not path.is_symlink())]
    files = sorted((p for p in found if p.is_symlink() or not p.is_dir()), key=lambda p: -p.lstat().st_size)
    demand_room(home, files)
    for folder in folders[1:]:
        folder.mkdir()
        os.chown(folder, *owner)
        came = source / folder.relative_to(new)
        folder.chmod(stat.S_IMODE(came.stat().st_mode))
        if not any(came.iterdir()):
            # As hash_files.py tells of one: to a server it is a schema.
            empty = {"name": str(came.relative_to(source)), "size": 0, "sha256": "no regular file"}
            sys.stdout.write(json.dumps(empty) + "\n")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for answer in pool.map(lambda path: copy_file(source, new, path, owner), files):
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()
    for folder in folders:
        sync(folder)


def main(command: str, home: Path, *rest: str) -> None:
    """Do one thing, and say where the restore is then."""
    if command == "copy":
        user, group = map(int, rest[2].split(":"))
        copy(home, json.loads(rest[0]), Path(rest[1]), (user, group))
    elif command == "vouch":
        enter(home, "copied")
    elif command == "forward":
        demand_down(home, command)
        forward(home)
    elif command == "back":
        demand_down(home, command)
        back(home, *rest)
    elif command == "settle":
        settle(home)
    elif command == "finish":
        finish(home, *rest)
    elif command != "look":
        raise ValueError(command)
    sys.stdout.write(json.dumps({**read_facts(home), "phase": read_phase(home)}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
