"""`inspect` of 30 databases: an empty cloud of every project, and copies of a cell of nova until there are as many."""

import tempfile
from pathlib import Path

import yaml

from bench.commands import THING, best_of
from bench.figure import Figure
from runner.demo.night import TARGET
from runner.events import silent
from runner.flows.ci_start import Empty, Way
from runner.flows.images import open_workshop
from runner.mariadb.connection import DatabaseServer, quote
from runner.recipes import load_calendar

DATABASES = 30


def measure() -> list[Figure]:
    """Put the cloud up, and time the command as a process of its own."""
    workshop, way = open_workshop(None, silent), Way(TARGET, load_calendar())
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as scratch,
        Empty(TARGET).open(workshop, way, Path(scratch), jobs=2) as world,
    ):
        cloud, there = world.cloud.file, world.cloud.databases
        document = yaml.safe_load(cloud.read_text(encoding="utf-8"))
        cells = document["databases"]["nova"]["cell"]
        origin = next(iter(cells.values()))
        for number in range(DATABASES - len(there)):
            cells[f"copy{number}"] = _copy(world.server, origin, f"{origin}_copy{number}")
        cloud.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        seconds = best_of([THING, "inspect", "--cloud", str(cloud)])
    return [Figure(f"inspect of {DATABASES} databases", seconds, "s", bound=2)]


def _copy(server: DatabaseServer, origin: str, copy: str) -> str:
    """Copy a cell's tables, and the version rows by which it is known."""
    server.execute(f"CREATE DATABASE {quote(copy)}")
    tables = "SELECT table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' AND table_schema = :schema"
    for (table,) in server.rows(tables, schema=origin):
        server.execute(f"CREATE TABLE {quote(copy)}.{quote(table)} LIKE {quote(origin)}.{quote(table)}")
    server.execute(f"INSERT INTO {quote(copy)}.alembic_version SELECT * FROM {quote(origin)}.alembic_version")
    return copy
