"""Database URLs that projects keep in rows of their own, read without their passwords."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from runner.errors import ThingAMeError
from runner.mariadb.accounts import create_account
from runner.mariadb.connection import DatabaseServer, quote, try_login
from runner.planning.cloud import Database
from runner.planning.recipe import StoredUrl
from runner.settings import Server, Tls

_LAST_PORT = 65535
_NO = ("false", "no", "off", "n", "f", "0")
"""SQLAlchemy's words for it (util/langhelpers.py, asbool)."""
_AUTHORITY = "ssl_ca"
_NOT_TO_BE_HAD = ("ssl_capath", "ssl_cert", "ssl_key")
_NAME = "ssl_check_hostname"
_TLS = (_AUTHORITY, *_NOT_TO_BE_HAD, _NAME, "ssl_cipher")
"""What SQLAlchemy's dialect for PyMySQL takes for TLS (dialects/mysql/mysqldb.py, create_connect_args)."""


@dataclass(frozen=True)
class StoredUrlRow:
    """One row's URL. Whatever cannot be told is None: a message queue's parts, a template's, an empty URL's.

    `template` says that nova fills in the URL from its own configuration when it reads it (`{scheme}://{username}...`).
    `speaks_tls` says that it has any of TLS's arguments. `authority` is the file that the server's certificate is to be checked
    against, and `checks_name` whether that has to be for the URL's host too; `keys` are other files that it needs: paths on
    the hosts where the project runs.
    """

    database: Database
    column: str
    name: str
    scheme: str = ""
    user: str | None = None
    host: str | None = None
    port: int | None = None
    schema: str | None = None
    template: bool = False
    speaks_tls: bool = False
    authority: str | None = None
    checks_name: bool = True
    keys: tuple[str, ...] = ()

    @property
    def is_database(self) -> bool:
        return self.scheme.partition("+")[0] in ("mysql", "mariadb")

    @property
    def where(self) -> str:
        """Name the row to an operator, without what stands in it."""
        return f"{self.database.id} {self.column} of {self.name!r}"


def read_stored_urls(
    server: DatabaseServer, databases: Sequence[Database], stored: Sequence[StoredUrl]
) -> tuple[StoredUrlRow, ...]:
    """Read the URL columns of one project's databases.

    Raises:
        QueryFailed: a table that the recipe names is not there.
    """
    return tuple(parse(*one) for one in _rows(server, databases, stored))


def try_logins(
    address: Server, server: DatabaseServer, databases: Sequence[Database], stored: Sequence[StoredUrl]
) -> Iterator[tuple[StoredUrlRow, ThingAMeError]]:
    """Log in as the rows of one project say, at the server of `address`, and yield those that do not get in, and why.

    Where a row names an authority the server's certificate has to hold for the row's host, as it has to for a step. A row's
    password is in this process's memory for as long as that takes, and nowhere else.

    Raises:
        QueryFailed: a table that the recipe names is not there.
    """
    for one in _rows(server, databases, stored):
        row = parse(*one)
        if row.host is None or row.user is None or row.keys:
            continue
        theirs = address.model_copy(update={"user": row.user, "tls": _tls_of(row, address)})
        try:
            try_login(theirs, make_url(one[-1]).password or "", known_as=row.host if row.checks_name else address.host)
        except ThingAMeError as trouble:
            yield row, trouble


def make_logins(server: DatabaseServer, databases: Sequence[Database], stored: Sequence[StoredUrl]) -> None:
    """Create the accounts that rows of one project log in with, on a server that came to its databases without any.

    Raises:
        QueryFailed: a table that the recipe names is not there.
    """
    for one in _rows(server, databases, stored):
        row = parse(*one)
        if row.user:
            password = make_url(one[-1]).password or ""
            create_account(server, row.user, password, [database.schema for database in databases])


def _tls_of(row: StoredUrlRow, address: Server) -> Tls | None:
    if not row.speaks_tls:
        return None
    return address.tls if row.authority and address.tls else Tls(verify=False)


def _rows(
    server: DatabaseServer, databases: Sequence[Database], stored: Sequence[StoredUrl]
) -> Iterator[tuple[Database, str, str, str]]:
    """Read the database, column, name and URL of each row."""
    for source in stored:
        for database in databases:
            if database.role == source.role:
                rows = server.rows(
                    f"SELECT {quote(source.name_column)}, {quote(source.column)}"  # noqa: S608
                    f" FROM {quote(database.schema)}.{quote(source.table)} ORDER BY 1"
                )
                for name, url in rows:
                    yield database, source.column, name or "", url or ""


def parse(database: Database, column: str, name: str, url: str) -> StoredUrlRow:
    """Take a URL apart as the projects do (SQLAlchemy's make_url), and forget its password."""
    # nova formats every URL that holds a brace, whatever surrounds it.
    if "{" in url:
        return StoredUrlRow(database, column, name, template=True)
    row = StoredUrlRow(database, column, name, scheme=url.partition(":")[0])
    if not row.is_database:
        return row
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        # The error would quote the URL, password and all.
        return row
    port = parts.port or 3306
    if not 0 < port <= _LAST_PORT:
        return row
    said = {key: parts.query[key] for key in _TLS if key in parts.query}
    # Where there are several SQLAlchemy makes one of them, and it is no file.
    keys = [str(said.pop(key)) for key in (_AUTHORITY, *_NOT_TO_BE_HAD) if not isinstance(said.get(key, ""), str)]
    authority = said.get(_AUTHORITY)
    return StoredUrlRow(
        database,
        column,
        name,
        row.scheme,
        parts.username,
        parts.host,
        port,
        parts.database,
        speaks_tls=bool(said) or bool(keys),
        authority=str(authority) if authority else None,
        checks_name=str(said.get(_NAME, "true")).lower() not in _NO,
        keys=(*keys, *(str(said[key]) for key in _NOT_TO_BE_HAD if key in said)),
    )
