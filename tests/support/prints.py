"""Fingerprints of real servers, and what a dump of one looks like in another."""

import os
import subprocess
from collections.abc import Sequence

from runner.mariadb.connection import DatabaseServer, quote
from runner.mariadb.fingerprint import read_print
from runner.mariadb.point import open_point
from runner.planning.comparison import Comparison
from runner.planning.fingerprint import ServerPrint
from tests.support.mariadb import TestServer

DUMP = ("--single-transaction", "--routines", "--events", "--triggers", "--hex-blob")


def printed(server: DatabaseServer, *schemas: str, connections: int = 2) -> ServerPrint:
    with open_point(server, schemas, connections=connections) as point:
        point.hold()
        return read_print(point, schemas)


def named(comparison: Comparison) -> set[tuple[str, str]]:
    """Say which differences there are: (kind, `table.name`); and what was not read, as ('unread', schema or table)."""
    return set(told(comparison))


def told(comparison: Comparison) -> dict[tuple[str, str], str]:
    """The same, each with the line that tells of it."""
    found = {(one.kind, ".".join(filter(None, (one.table, one.name)))): str(one) for one in comparison.differences}
    return found | {("unread", one.name or one.schema_name): str(one) for one in comparison.skipped}


def dump(server: TestServer, schema: str, *options: str) -> bytes:
    return _client(server, "mariadb-dump", (*DUMP, *options, schema), b"")


def load(server: TestServer, database: DatabaseServer, schema: str, text: bytes) -> None:
    """Load a dump into a schema that is made anew."""
    database.execute(f"DROP DATABASE IF EXISTS {quote(schema)}")
    database.execute(f"CREATE DATABASE {quote(schema)}")
    _client(server, "mariadb", (schema,), text)


def _client(server: TestServer, command: str, arguments: Sequence[str], given: bytes) -> bytes:
    call = ["docker", "exec", "-i", "-e", "MYSQL_PWD", server.container, command, "--user=root", *arguments]
    environment = {"MYSQL_PWD": server.password, "PATH": os.environ["PATH"]}
    ended = subprocess.run(call, input=given, capture_output=True, check=False, env=environment)
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stdout
