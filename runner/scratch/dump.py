"""Load a dump that mariadb-dump or mysqldump made into a throw-away server."""

import re
from pathlib import Path

from runner.containers.throwaway import Throwaway
from runner.containers.tool import ETC, Ended, Tool, at_work, say_end
from runner.containers.workbench import bind
from runner.errors import BadDocument, MissingFile, QueryFailed
from runner.mariadb.facts import version_numbers
from runner.mariadb.option_file import option_file
from runner.settings import EngineSettings

_AT = "/dump"
_UNPACK = (
    f'case "$1" in *.gz) unpack="gzip -dc";; *.zst) unpack="zstd -dc";; *) unpack=cat;; esac; file={_AT}/$1;'
    # Not through a pipe that is closed early: whoever writes into it would fail.
    ' $unpack < "$file" | { head -n 8 >&2; cat > /dev/null; }'
)
_LOAD = (
    f'case "$1" in *.gz) unpack="gzip -dc";; *.zst) unpack="zstd -dc";; *) unpack=cat;; esac; file={_AT}/$1; shift;'
    f' $unpack < "$file" | tee >(tail -n 3 > {ETC}/last) | mariadb --defaults-file={ETC}/client.cnf "$@";'
    f' wait; grep -q "^-- Dump completed" {ETC}/last || {{ echo "it does not end as a whole dump does" >&2; exit 66; }}'
)
_VERSION = re.compile(r"^-- Server version\s+(?P<version>\S+)")


def load_dump(file: Path, made: Throwaway, version: str, *, image: str, engine: EngineSettings) -> None:
    """Load a dump (plain, .gz or .zst) that creates its schemas itself (`--databases`); `version` is the server's.

    Raises:
        MissingFile: it is not there.
        BadDocument: it is no dump, of a newer server or of another kind, or not whole.
        QueryFailed: the server does not take it; its words are in the message.
        EngineRefused, EngineMissing
    """
    if not file.is_file():
        raise MissingFile(f"there is no dump {file}")
    _demand_readable(file, _head(file, image, engine), version)
    tool = Tool(
        image=image,
        argv=("/bin/bash", "-euo", "pipefail", "-c", _LOAD, "load", file.name, f"--host={made.name}"),
        labels={},
        files={"client.cnf": option_file(("client",), "root", made.password, "max-allowed-packet=1G")},
        rights=("DAC_OVERRIDE",),
        network=str(made.from_steps.network),
        mounts=(bind(file.resolve().parent, _AT, read_only=True),),
    )
    with at_work(engine, tool, f"loading {file}") as work:
        ended = work.end()
    if ended.exit_code != 0:
        raise _refusal(file, ended)


def _head(file: Path, image: str, engine: EngineSettings) -> list[str]:
    """Read the first lines of a dump."""
    tool = Tool(
        image=image,
        argv=("/bin/bash", "-euo", "pipefail", "-c", _UNPACK, "look", file.name),
        labels={},
        rights=("DAC_OVERRIDE",),
        mounts=(bind(file.resolve().parent, _AT, read_only=True),),
    )
    with at_work(engine, tool, f"reading {file}") as work:
        lines = list(work.words())
        ended = work.end()
    if ended.exit_code != 0:
        raise BadDocument(f"{file} cannot be unpacked: {say_end(ended)}", hint="it is not whole: copy or make it again")
    return lines


def _demand_readable(file: Path, head: list[str], version: str) -> None:
    said = next((found["version"] for line in head if (found := _VERSION.match(line))), None)
    if said is None:
        raise BadDocument(
            f"{file} is no dump that mariadb-dump made: it does not say of which server it is",
            hint="make it with `mariadb-dump --single-transaction --routines --triggers --databases ...`, comments included",
        )
    if "mariadb" not in said.lower():
        raise BadDocument(f"{file} is of a server {said}, which is not MariaDB")
    if version_numbers(said)[:2] > version_numbers(version)[:2]:
        raise BadDocument(
            f"{file} is of a server {said}, newer than the {version} that it would be loaded into",
            hint="rehearse on a snapshot of that server instead: its copy has the server's own version",
        )


def _refusal(file: Path, ended: Ended) -> BadDocument | QueryFailed:
    """Tell a dump that is not whole from one that the server does not take."""
    if "ERROR " in ended.words:
        line = next(line for line in ended.words.splitlines() if line.startswith("ERROR "))
        return QueryFailed(f"{file} cannot be loaded: {line}")
    return BadDocument(f"{file} is not whole: {say_end(ended)}", hint="copy it again, or make it again")
