"""URLs that projects keep in rows, rewritten on a clone so that none of them names production."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from runner.errors import QueryFailed
from runner.mariadb.clone_accounts import demand_clone
from runner.mariadb.connection import DatabaseServer, quote
from runner.mariadb.stored_urls import parse
from runner.planning.cloud import Database
from runner.planning.recipe import StoredUrl

NO_QUEUE = "none:///"
"""What nova itself stores where a cell has no message queue."""
_URL = re.compile(r"(?P<scheme>[^:/]*)://(?P<login>[^:/@]*(?::[^@]*)?@)?(?P<place>[^/?]*)(?P<path>[^?]*)(?P<query>\?.*)?", re.S)
"""As SQLAlchemy takes a URL apart, and without losing a character of it."""
_FIELD = re.compile(r"\{\w+\}")


@dataclass(frozen=True)
class Rewritten:
    """What became of the URLs of one column: how many rows changed, and which accounts database URLs log in with."""

    database: Database
    column: str
    rows: int
    users: tuple[str, ...]


def rewrite_stored_urls(
    server: DatabaseServer, databases: Sequence[Database], stored: Sequence[StoredUrl], *, host: str, port: int
) -> tuple[Rewritten, ...]:
    """Lead the URLs of one project's databases to `host:port`, and those of message queues nowhere.

    The URLs' passwords are not sent: rows are found by a digest, and edited by the server.

    Raises:
        ValueError: a bug of ours: this is no clone. Nothing was changed.
        QueryFailed: a table that the recipe names is not there.
    """
    demand_clone(server)
    return tuple(
        _rewrite_column(server, database, source, host, port)
        for source in stored
        for database in databases
        if database.role == source.role
    )


def lead(url: str, host: str, port: int) -> str:
    """Say what a URL becomes.

    A template, which nova fills in from its own configuration, is left alone where it names no place of its own. TLS
    arguments go: a clone is spoken to in the clear. What cannot be read becomes what cannot be read and names nothing.
    """
    found = _URL.fullmatch(url)
    is_database = found is not None and found["scheme"].partition("+")[0] in ("mysql", "mariadb")
    if "{" in url and not is_database:
        own = _FIELD.sub("", found["place"]).strip(":,") if found else url
        return NO_QUEUE if own else url
    if not url or not found or not is_database:
        return NO_QUEUE if url else url
    # Of a template's fields nova knows those of its configuration's URL, which leads to the clone too.
    place = found["place"] if "{" in url and not _FIELD.sub("", found["place"]).strip(":") else f"{host}:{port}"
    led = f"{found['scheme']}://{found['login'] or ''}{place}{found['path']}{_without_tls(found['query'] or '')}"
    return led if "{" in url or _leads_to(led, host, port) else f"{found['scheme']}://{host}:{port}"


def _without_tls(query: str) -> str:
    kept = [one for one in query.removeprefix("?").split("&") if one and not one.startswith("ssl")]
    return f"?{'&'.join(kept)}" if kept else ""


def _leads_to(url: str, host: str, port: int) -> bool:
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        return False
    return (parts.host, parts.port) == (host, port)


def _rewrite_column(server: DatabaseServer, database: Database, source: StoredUrl, host: str, port: int) -> Rewritten:
    table, column = f"{quote(database.schema)}.{quote(source.table)}", quote(source.column)

    def read() -> list[str]:
        # Not DISTINCT: to most collations two URLs that differ in case are one.
        rows = server.rows(f"SELECT {column} FROM {table} WHERE {column} <> ''")  # noqa: S608
        return list(dict.fromkeys(str(url) for (url,) in rows))

    urls = read()
    changed = sum(_edit(server, table, column, url, led) for url in urls if (led := lead(url, host, port)) != url)
    if left := sum(lead(url, host, port) != url for url in read()):
        raise QueryFailed(f"{server.name}: {left} URLs in {table}.{column} could not be rewritten")
    users = (parse(database, source.column, "", url).user for url in urls)
    return Rewritten(database, source.column, changed, tuple(dict.fromkeys(user for user in users if user)))


def _edit(server: DatabaseServer, table: str, column: str, url: str, led: str) -> int:
    """Replace what lies between what both begin and end with; a login is in neither's middle."""
    front = _shared(url, led)
    back = _shared(url[front:][::-1], led[front:][::-1])
    return server.execute(
        f"UPDATE {table} SET {column} = CONCAT(LEFT({column}, :front), :middle, RIGHT({column}, :back))"  # noqa: S608
        f" WHERE SHA2(CONVERT({column} USING utf8mb4), 256) = :digest",
        front=front,
        middle=led[front : len(led) - back],
        back=back,
        digest=hashlib.sha256(url.encode()).hexdigest(),
    )


def _shared(one: str, other: str) -> int:
    """Count the characters that both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(other)))
