"""Hash every file below a folder, on all cores, and have it all on the disk. One line per file or empty folder, in no order.

Argument: FOLDER.
"""

import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def hash_file(folder: Path, path: Path) -> dict[str, object]:
    """Hash a file. A link, a device or an empty folder is no file of a database: it counts by what it is.

    What cannot be read is an answer too, so that it is named, and the others are looked at.
    """
    name = str(path.relative_to(folder))
    if path.is_symlink() or not path.is_file():
        return {"name": name, "size": 0, "sha256": "no regular file"}
    try:
        with path.open("rb", buffering=0) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
            return {"name": name, "size": os.fstat(file.fileno()).st_size, "sha256": digest}
    except OSError as error:
        return {"name": name, "fault": error.strerror}


def list_files(folder: Path) -> list[Path]:
    """Name every file, the biggest first, so that no core is left alone with it at the end; and every empty folder.

    To a server a folder is a schema, whether it holds anything or not.
    """
    found = [path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir() or not any(path.iterdir())]
    return sorted(found, key=lambda path: -path.lstat().st_size)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for answer in pool.map(lambda path: hash_file(place, path), list_files(place)):
            sys.stdout.write(json.dumps(answer) + "\n")
