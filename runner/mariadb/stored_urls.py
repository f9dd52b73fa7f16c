"""Database URLs that projects keep in rows of their own, read without their passwords."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from runner.mariadb.connection import DatabaseServer, quote
from runner.planning.cloud import Database
from runner.planning.recipe import StoredUrl

_LAST_PORT = 65535


@dataclass(frozen=True)
class StoredUrlRow:
    """One row's URL. Whatever cannot be told is None: a message queue's parts, a template's, an empty URL's.

    `template` says that nova fills in the URL from its own configuration when it reads it (`{scheme}://{username}...`).
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

    @property
    def is_database(self) -> bool:
        return self.scheme.partition("+")[0] in ("mysql", "mariadb")


def read_stored_urls(
    server: DatabaseServer, databases: Sequence[Database], stored: Sequence[StoredUrl]
) -> tuple[StoredUrlRow, ...]:
    """Read the URL columns of one project's databases.

    Raises:
        QueryFailed: a table that the recipe names is not there.
    """
    found: list[StoredUrlRow] = []
    for source in stored:
        for database in databases:
            if database.role == source.role:
                rows = server.rows(
                    f"SELECT {quote(source.name_column)}, {quote(source.column)}"  # noqa: S608
                    f" FROM {quote(database.schema)}.{quote(source.table)} ORDER BY 1"
                )
                found += [parse(database, source.column, name or "", url or "") for name, url in rows]
    return tuple(found)


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
    return StoredUrlRow(database, column, name, row.scheme, parts.username, parts.host, port, parts.database)
