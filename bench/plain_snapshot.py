"""Snapshots the plain way: mariadb-backup, its prepare and a raw copy; and a dump that is piped into another server."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.production import IMAGE, Production, Reached

_BY_HAND = """
now() { date +%s.%N; }
rm -rf /work/backup /work/copy
a=$(now)
mariadb-backup --defaults-extra-file=/work/plain.cnf --backup --parallel="$1" --target-dir=/work/backup
mariadb-backup --prepare --use-memory=512M --target-dir=/work/backup
b=$(now)
cp -a /work/backup /work/copy
sync -f /work/copy
c=$(now)
rm -rf /work/backup /work/copy
awk "BEGIN { printf \\"[%f, %f]\\", $b - $a, $c - $b }"
"""
"""What is on the disk at the end counts, as it does for ours."""
_COPY = """
rm -rf /work/copy
a=$(date +%s.%N)
cp -a /data /work/copy
sync -f /work/copy
b=$(date +%s.%N)
rm -rf /work/copy
awk "BEGIN { print $b - $a }"
"""
_RELOAD = (
    "mariadb-dump --defaults-extra-file=/work/from.cnf --single-transaction --routines --events --triggers --databases"
    ' "$@" | mariadb --defaults-extra-file=/work/into.cnf'
)


@dataclass(frozen=True)
class ByHand:
    """Seconds of mariadb-backup with its prepare, and of one raw copy of what they made."""

    backup: float
    copy: float


def by_hand(production: Production, work: Path) -> ByHand:
    """Back up beside the server, on all cores, prepare and copy."""
    _write_options(work / "plain.cnf", production.reached)
    beside = ("--volumes-from", f"{production.name}:ro", "--network", f"container:{production.name}")
    said = _run(work, *beside, script=_BY_HAND, arguments=(str(production.jobs),))
    return ByHand(*json.loads(said))


def copy_raw(data: Path, work: Path) -> float:
    """Copy a data directory, and say in how many seconds."""
    return float(_run(work, "-v", f"{data}:/data:ro", script=_COPY))


def dump_and_reload(production: Production, into: Reached, schemas: tuple[str, ...], work: Path) -> None:
    """Pipe a dump of these schemas into another server."""
    _write_options(work / "from.cnf", production.reached)
    _write_options(work / "into.cnf", into)
    _run(work, "--network", "host", script=_RELOAD, arguments=schemas)


def _write_options(file: Path, reached: Reached) -> None:
    file.touch(mode=0o600)
    file.write_text(f"[client]\nprotocol=tcp\nhost={reached.host}\nuser=root\npassword={reached.password}\n")


def _run(work: Path, *options: str, script: str, arguments: tuple[str, ...] = ()) -> str:
    command = ("docker", "run", "--rm", "--entrypoint", "bash", "-v", f"{work}:/work", *options, IMAGE)
    inside = ("-euo", "pipefail", "-c", script, "plain", *arguments)
    return subprocess.run([*command, *inside], check=True, capture_output=True, timeout=7200, text=True).stdout
