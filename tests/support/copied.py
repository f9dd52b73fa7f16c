"""Data directories for clones: a running server's, by mariadb-backup as a snapshot has it, with its owner kept."""

import hashlib
import subprocess
from pathlib import Path
from typing import Any

from tests.support.mariadb import PASSWORD_FILE

_TAKE = f"""
mariadb-backup --user=root --password="$(cat {PASSWORD_FILE})" --backup --target-dir=/taken
mariadb-backup --prepare --target-dir=/taken
chown -R --reference=/var/lib/mysql /taken
chmod --reference=/var/lib/mysql /taken
"""


def take_data(container: Any, folder: Path) -> Path:
    """Take the data of a server that runs in one of our containers, prepared, into `folder`/data. Takes root."""
    done = container.exec_run(["sh", "-euc", _TAKE], user="0:0")
    assert done.exit_code == 0, done.output[-2000:]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "data").mkdir()
    pipe = f"docker exec {container.id} tar -C /taken -c . | tar -C data -xp --numeric-owner"
    subprocess.run(["bash", "-euo", "pipefail", "-c", pipe], cwd=folder, check=True)
    assert container.exec_run(["rm", "-rf", "/taken"], user="0:0").exit_code == 0
    return folder / "data"


def digest(data: Path) -> str:
    """A digest of names, owners, modes and content of all files."""
    lines = []
    for path in sorted((data, *data.rglob("*"))):
        facts = path.stat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        lines.append(f"{path.relative_to(data)} {facts.st_uid}:{facts.st_gid} {facts.st_mode:o} {content}")
    return "\n".join(lines)
