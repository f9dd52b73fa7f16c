"""A connection to the database server, and what its refusals mean.

Every statement gets a connection of its own: lanes run in threads, steps last longer than a server's `wait_timeout`, and
a session's state (its current schema, its locks) must not outlive the statement it was made for.
"""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from socket import create_connection
from typing import Any

import pymysql  # type: ignore[import-untyped]  # types-PyMySQL is not a dependency
from sqlalchemy import Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import DBAPIError
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from runner.errors import Aftermath, LoginRefused, MissingFile, ServerUnreachable, ThingAMeError, TlsRequired
from runner.mariadb.refusals import explain
from runner.settings import Server, Tls

CONNECT_SECONDS = 10
READ_SECONDS = 1800
"""Longer than counting the biggest table takes, shorter than a window: a server that hangs is noticed within it."""
LOCK_SECONDS = 60
"""MariaDB waits a day for another session's ALTER by default; we would rather say who is in the way."""
_OWN = (
    f"SET SESSION lock_wait_timeout={LOCK_SECONDS}, sql_select_limit=18446744073709551615 /*M!100101 , max_statement_time=0 */"
)
"""Of our sessions, whatever the server's are: a limit would cut what is read, and say nothing. `= DEFAULT` is the server's."""


@dataclass(frozen=True)
class DatabaseServer:
    """A server that takes statements, from any thread. Raises the 40s of `errors`, never with a password in them.

    A statement without parameters is sent as it is; one with parameters names them `:name`.
    """

    engine: Engine
    name: str
    schema: str | None = None

    def at(self, schema: str) -> "DatabaseServer":
        """The same server, with `schema` as its current one."""
        return replace(self, schema=schema)

    def rows(self, sql: str, /, **params: object) -> list[tuple[Any, ...]]:
        """Read rows. A failure leaves the databases untouched, so `sql` may not write."""
        with self._connection(Aftermath.UNTOUCHED) as connection:
            if params:
                return [tuple(row) for row in connection.execute(text(sql), params)]
            return [tuple(row) for row in connection.exec_driver_sql(sql, execution_options={"no_parameters": True})]

    def scalar(self, sql: str, /, **params: object) -> Any:
        """Read the first column of the first row; None when there is none."""
        found = self.rows(sql, **params)
        return found[0][0] if found else None

    def execute(self, sql: str, /, **params: object) -> int:
        """Execute a statement that writes, committed at once, and return how many rows it changed."""
        with self._connection(Aftermath.UNKNOWN) as connection:
            if params:
                return connection.execute(text(sql), params).rowcount
            return connection.exec_driver_sql(sql, execution_options={"no_parameters": True}).rowcount

    def execute_many(self, sql: str, rows: Sequence[Mapping[str, object]]) -> int:
        """Execute one INSERT for many rows, sent in bulk; no rows, no statement."""
        if not rows:
            return 0
        with self._connection(Aftermath.UNKNOWN) as connection:
            return connection.execute(text(sql), [dict(row) for row in rows]).rowcount

    @contextmanager
    def _connection(self, aftermath: Aftermath) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection:
                if self.schema is not None:
                    connection.exec_driver_sql(f"USE {quote(self.schema)}", execution_options={"no_parameters": True})
                yield connection
        except DBAPIError as error:
            # Not from SQLAlchemy's error: that one quotes the statement, and a log would keep it.
            raise explain(error.orig, self.name, aftermath=aftermath) from error.orig


@contextmanager
def open_server(
    server: Server, password: str, *, socket: Path | None = None, seconds: float = READ_SECONDS
) -> Iterator[DatabaseServer]:
    """Log in to the server that cloud.yaml names, and close every connection at the end.

    With `socket`, a Unix socket, host and port do not count, nor does TLS. An answer may take `seconds`.

    TLS is used when `server.tls` is set, and then demanded; it is never used by chance, because the steps would not.

    Raises:
        MissingFile: the CA bundle is not readable.
        ServerUnreachable, LoginRefused, TlsRequired
    """
    name = f"{server.user}@{socket or f'{server.host}:{server.port}'}"
    tls = _tls_context(server.tls) if server.tls and not socket else None

    def connect() -> pymysql.Connection:
        return _connect(server, password, tls, name, socket, seconds=seconds)

    engine = create_engine(
        "mysql+pymysql://",
        creator=connect,
        poolclass=NullPool,
        pool_reset_on_return=None,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
    )
    try:
        opened = DatabaseServer(engine, name)
        opened.scalar("SELECT 1")
        yield opened
    finally:
        engine.dispose()


def try_login(server: Server, password: str, *, known_as: str) -> None:
    """Log in and out again. With TLS the server's certificate has to hold for `known_as`, whatever its address is.

    Raises:
        MissingFile: the CA bundle is not readable.
        ServerUnreachable, LoginRefused, TlsRequired
    """
    tls, name = _tls_context(server.tls) if server.tls else None, f"{server.user}@{known_as}"
    try:
        # As ssl does it, which would find a name that is none too late to close its socket.
        known_as.encode("idna")
    except UnicodeError as error:
        raise ServerUnreachable(f"{name}: {error}") from error
    _connect(server, password, tls, name, None, seconds=CONNECT_SECONDS, known_as=known_as).close()


def quote(identifier: str) -> str:
    """Quote a schema, table, column or index name. The only place where a name becomes SQL."""
    return "`" + identifier.replace("`", "``") + "`"


def _connect(
    server: Server,
    password: str,
    tls: ssl.SSLContext | None,
    name: str,
    socket: Path | None,
    *,
    seconds: float,
    known_as: str | None = None,
) -> pymysql.Connection:
    """Connect; a server that restarts gets a few seconds."""
    patience = Retrying(
        retry=retry_if_exception_type(ServerUnreachable), stop=stop_after_delay(3), wait=wait_fixed(0.5), reraise=True
    )
    try:
        return patience(_connect_once, server, password, tls, name, socket, seconds=seconds, known_as=known_as)
    except LoginRefused as refusal:
        # MariaDB 10.11 answers "access denied" where it means "not without TLS"; only trying tells them apart.
        if tls is None and socket is None and _takes_over_tls(server, password, name):
            raise TlsRequired(f"{name}: takes this account over TLS only") from refusal
        raise


def _connect_once(
    server: Server,
    password: str,
    tls: ssl.SSLContext | None,
    name: str,
    socket: Path | None = None,
    *,
    seconds: float = READ_SECONDS,
    known_as: str | None = None,
) -> pymysql.Connection:
    patience = max(1, min(CONNECT_SECONDS, int(seconds)))
    try:
        connection = pymysql.connect(
            host=known_as or server.host,
            port=server.port,
            unix_socket=str(socket) if socket else None,
            user=server.user,
            password=password.encode(),  # as str, PyMySQL takes only Latin-1
            charset="utf8mb4",
            ssl=tls,
            ssl_disabled=tls is None,
            connect_timeout=patience,
            read_timeout=seconds,
            write_timeout=seconds,
            init_command=_OWN,
            program_name="thing-a-me",
            defer_connect=True,
        )
        connection.connect(create_connection((server.host, server.port), patience) if known_as else None)
    except OSError as error:
        raise ServerUnreachable(f"{name}: {error}") from error
    except pymysql.MySQLError as error:
        raise explain(error, name, connecting=True) from error
    return connection


def _takes_over_tls(server: Server, password: str, name: str) -> bool:
    try:
        _connect_once(server, password, _tls_context(Tls(verify=False)), name).close()
    except ThingAMeError:
        return False
    return True


def _tls_context(tls: Tls) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.ca)
    except OSError as error:
        raise MissingFile(f"cannot read server.tls.ca {tls.ca}: {error}") from error
    # Python 3.13 refuses the certificates that MariaDB makes for itself for their form alone.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
