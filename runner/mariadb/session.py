"""One connection that stays: what is set, begun or seen in it holds until it is closed."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, PendingRollbackError

from runner.errors import Aftermath, QueryFailed, ThingAMeError
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.refusals import explain


@dataclass(frozen=True)
class Session:
    """A connection for one thread at a time. `number` is the server's for it."""

    server: DatabaseServer
    connection: Connection
    number: int

    def rows(self, sql: str, /, **params: object) -> list[tuple[Any, ...]]:
        """Read rows; as `DatabaseServer.rows`, in this connection."""
        with _told(self.server):
            return _rows(self.connection, sql, params)

    def named_rows(self, sql: str, /) -> list[dict[str, Any]]:
        """Read rows by their columns' names, for what has other columns on every version: SHOW ... STATUS."""
        with _told(self.server):
            found = self.connection.exec_driver_sql(sql, execution_options={"no_parameters": True})
            return [dict(row) for row in found.mappings()]

    def execute(self, sql: str, /) -> None:
        """Execute a statement that concerns this connection only: SET, START TRANSACTION, SAVEPOINT."""
        with _told(self.server):
            self.connection.exec_driver_sql(sql, execution_options={"no_parameters": True})

    @property
    def is_alive(self) -> bool:
        """Say whether the server still answers in this connection."""
        try:
            return bool(self.rows("SELECT 1"))
        except ThingAMeError:
            return False

    def interrupt(self) -> None:
        """End the statement that another thread is waiting for in this connection; one that cannot be told is let be."""
        with suppress(ThingAMeError):
            self.server.execute(f"KILL QUERY {self.number}")


@contextmanager
def open_session(server: DatabaseServer, *settings: str) -> Iterator[Session]:
    """Connect, execute the `settings` (SET statements), and close at the end.

    Raises:
        ServerUnreachable, LoginRefused, TlsRequired, QueryFailed
    """
    with _told(server):
        connection = server.engine.connect()
    try:
        with _told(server):
            number = int(_rows(connection, "SELECT CONNECTION_ID()", {})[0][0])
        session = Session(server, connection, number)
        for setting in settings:
            session.execute(setting)
        yield session
    finally:
        # A connection that is broken already cannot be closed properly, and need not be.
        with suppress(DBAPIError):
            connection.close()


def _rows(connection: Connection, sql: str, params: dict[str, object]) -> list[tuple[Any, ...]]:
    if params:
        return [tuple(row) for row in connection.execute(text(sql), params)]
    return [tuple(row) for row in connection.exec_driver_sql(sql, execution_options={"no_parameters": True})]


@contextmanager
def _told(server: DatabaseServer) -> Iterator[None]:
    """Turn the driver's errors into ours; all that is done here reads."""
    try:
        yield
    except DBAPIError as error:
        raise explain(error.orig, server.name, aftermath=Aftermath.UNTOUCHED) from error.orig
    except PendingRollbackError as error:
        raise QueryFailed(f"{server.name}: the connection was lost before", aftermath=Aftermath.UNTOUCHED) from error
