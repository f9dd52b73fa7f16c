"""One session that has locked tables, alters them, and reads them meanwhile: nobody else reads or writes them then."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from runner.mariadb.connection import DatabaseServer, quote
from runner.mariadb.point import SETTINGS
from runner.mariadb.session import Session, open_session
from runner.mariadb.text_statements import TextStatement

STRICT = "SET SESSION sql_mode = 'STRICT_ALL_TABLES', foreign_key_checks = 1, unique_checks = 1"
"""What does not fit is an error, and not cut off; dates that later modes refuse stay what they are."""


@contextmanager
def holding_tables(server: DatabaseServer, tables: Sequence[tuple[str, str]]) -> Iterator[Session]:
    """Lock these tables for ourselves, for the length of the block. It waits for statements that still use them.

    Raises:
        QueryFailed: somebody has one of them in an open transaction for longer than we wait, or one is not there.
        RightsMissing: LOCK TABLES is.
    """
    with open_session(server, *SETTINGS, STRICT) as session:
        locks = ", ".join(f"{quote(schema)}.{quote(name)} WRITE" for schema, name in tables)
        session.execute(f"LOCK TABLES {locks}")
        yield session


def execute(session: Session, statement: TextStatement) -> None:
    """Execute one statement whole or not at all, where its foreign keys find their tables by name alone.

    Raises:
        QueryFailed: the server refused it, and rolled it back; or the connection was lost, and nobody knows.
        ServerUnreachable
    """
    session.execute(f"USE {quote(statement.schema)}")
    session.execute(statement.sql)
