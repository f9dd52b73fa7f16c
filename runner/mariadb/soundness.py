"""Are indexes sound: the server's own CHECK TABLE, of as many tables at once as there are connections.

A fingerprint reads rows, and no index beside the primary key. CHECK TABLE reads all indexes, and demands that they are in
order and hold as many entries as there are rows; QUICK leaves out how their pages lead to each other
(https://mariadb.com/kb/en/check-table/). Not for production: a server marks what it finds corrupt.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial

from runner.errors import QueryFailed
from runner.mariadb.connection import DatabaseServer, quote
from runner.mariadb.crew import Job, share
from runner.mariadb.session import Session, open_session
from runner.planning.fingerprint import Unread


def find_unsound(
    server: DatabaseServer,
    tables: Iterable[tuple[str, str]],
    *,
    connections: int,
    go_on: Callable[[], object] = lambda: None,
) -> tuple[Unread, ...]:
    """Check these (schema, table), and name each that the server finds fault with, in its words.

    `go_on` is asked after each; what it raises ends the others.

    Raises:
        ServerUnreachable, QueryFailed: a connection was lost.
    """
    found: list[Unread] = []

    def take(faults: tuple[Unread, ...]) -> tuple[()]:
        found.extend(faults)
        go_on()
        return ()

    jobs: list[Job[tuple[Unread, ...]]] = [partial(_check, schema=schema, table=table) for schema, table in tables]
    with ExitStack() as stack:
        share([stack.enter_context(open_session(server)) for _ in range(connections)], jobs, take)
    return tuple(sorted(found, key=lambda one: (one.schema_name, one.name)))


def _check(session: Session, schema: str, table: str) -> tuple[Unread, ...]:
    try:
        told = session.rows(f"CHECK TABLE {quote(schema)}.{quote(table)} QUICK")
    except QueryFailed as error:
        if not session.is_alive:
            raise
        words = [error.message]
    else:
        # The last line is the verdict; what was open in a server while it was copied may get a warning before it.
        *_, (_, _, kind, verdict) = told
        words = [] if kind == "note" or verdict == "OK" else [str(text) for *_, text in told]
    return (Unread(kind="table", schema_name=schema, name=table, reason="; ".join(words)),) if words else ()
