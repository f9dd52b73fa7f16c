"""Load a dump that mariadb-dump or mysqldump made into a throw-away server."""

import re
from collections.abc import Mapping
from pathlib import Path

from runner.containers.throwaway import Throwaway
from runner.containers.tool import ETC, Tool, at_work, say_end
from runner.containers.workbench import bind
from runner.errors import BadDocument, MissingFile, QueryFailed
from runner.mariadb.facts import version_numbers
from runner.mariadb.option_file import option_file
from runner.settings import EngineSettings

_AT = "/dump"
_LINES = 8
"""How much of its beginning and its end is looked at."""
_UNPACK = f'case "$1" in *.gz) unpack="gzip -dc";; *.zst) unpack="zstd -dc";; *) unpack=cat;; esac; file={_AT}/$1; shift;'
_LOOK = (
    f'{_UNPACK} {{ $unpack < "$file" || true; }} 2> /dev/null | head -n {_LINES} >&2; $unpack < "$file" | tail -n {_LINES} >&2'
)
_LOAD = f'{_UNPACK} $unpack < "$file" | mariadb --defaults-file={ETC}/client.cnf "$@"'
_WHOLE = "-- Dump completed"
_VERSION = re.compile(r"^-- Server version\s+(?P<version>\S+)")


def load_dump(
    file: Path, made: Throwaway, version: str, *, image: str, engine: EngineSettings, labels: Mapping[str, str]
) -> None:
    """Load a dump (plain, .gz or .zst) that creates its schemas itself (`--databases`); `version` is the server's.

    The containers that it takes get `labels`.

    Raises:
        MissingFile: it is not there.
        BadDocument: it is no dump, of a newer server or of another kind, or not whole.
        QueryFailed: the server does not take it; its words are in the message.
        EngineRefused, EngineMissing
    """
    if not file.is_file():
        raise MissingFile(f"there is no dump {file}")
    file = file.resolve()
    _demand_readable(file, _look(file, image, engine, labels), version)
    tool = Tool(
        image=image,
        argv=("/bin/bash", "-euo", "pipefail", "-c", _LOAD, "load", file.name, f"--host={made.name}"),
        labels=labels,
        files={"client.cnf": option_file(("client",), "root", made.password, "max-allowed-packet=1G")},
        rights=("DAC_OVERRIDE",),
        network=str(made.from_steps.network),
        mounts=(bind(file.parent, _AT, read_only=True),),
    )
    with at_work(engine, tool, f"loading {file}") as work:
        ended = work.end()
    if ended.exit_code != 0:
        refusals = [line for line in ended.words.splitlines() if line.startswith("ERROR ")]
        raise QueryFailed(f"{file} cannot be loaded: {refusals[0] if refusals else say_end(ended)}")


def _look(file: Path, image: str, engine: EngineSettings, labels: Mapping[str, str]) -> list[str]:
    """Read the first and the last lines of a dump, and all between them once.

    Raises:
        BadDocument: it cannot be unpacked.
    """
    tool = Tool(
        image=image,
        argv=("/bin/bash", "-euo", "pipefail", "-c", _LOOK, "look", file.name),
        labels=labels,
        rights=("DAC_OVERRIDE",),
        mounts=(bind(file.parent, _AT, read_only=True),),
    )
    with at_work(engine, tool, f"reading {file}") as work:
        lines = list(work.words())
        ended = work.end()
    if ended.exit_code != 0:
        said = [line for line in lines if line.startswith(("gzip:", "zstd:", "cat:"))]
        raise BadDocument(
            f"{file} cannot be unpacked: {'; '.join(said)}", hint="it is not whole: copy it again, or make it again"
        )
    return lines


def _demand_readable(file: Path, lines: list[str], version: str) -> None:
    said = next((found["version"] for line in lines if (found := _VERSION.match(line))), None)
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
    if not any(line.startswith(_WHOLE) for line in lines):
        raise BadDocument(
            f"{file} is not whole: it does not end with `{_WHOLE}`", hint="copy it again, or make it again, comments included"
        )
