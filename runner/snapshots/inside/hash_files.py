"""Hash every file below a folder, on all cores, and have it all on the disk. One line per file, in no order.

Arguments: FOLDER [OWNER]; with OWNER (`uid:gid`) everything is given to it first.
"""

import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def hash_file(folder: Path, path: Path) -> dict[str, object]:
    """Hash a file. A link or a device is no file of a database: it counts by what it is."""
    name = str(path.relative_to(folder))
    if path.is_symlink() or not path.is_file():
        return {"name": name, "size": 0, "sha256": "no regular file"}
    with path.open("rb", buffering=0) as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
        return {"name": name, "size": os.fstat(file.fileno()).st_size, "sha256": digest}


def give(folder: Path, owner: str) -> None:
    """Change the owner of everything."""
    user, group = map(int, owner.split(":"))
    for path in (folder, *folder.rglob("*")):
        os.chown(path, user, group, follow_symlinks=False)


def list_files(folder: Path) -> list[Path]:
    """Name every file, the biggest first, so that no core is left alone with it at the end."""
    found = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir()]
    return sorted(found, key=lambda path: -path.lstat().st_size)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    for to in sys.argv[2:]:
        give(place, to)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for answer in pool.map(lambda path: hash_file(place, path), list_files(place)):
            sys.stdout.write(json.dumps(answer) + "\n")
