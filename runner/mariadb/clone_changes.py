"""What is changed on a clone so that a chain can run on it, remembered before and taken back after: for a clone that stays.

Stored URLs hold passwords. They are kept on the clone itself, in a schema of ours, and put back by the server.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from runner.errors import QueryFailed
from runner.mariadb.account_prints import OURS
from runner.mariadb.clone_accounts import demand_clone
from runner.mariadb.connection import DatabaseServer, quote
from runner.planning.cloud import Database
from runner.planning.recipe import Recipe, StoredUrl

KEPT = f"{OURS}kept"
"""The schema that holds them meanwhile."""
_IN_NO_EFFECT = "(1141)"


@dataclass(frozen=True)
class KeptColumn:
    """A column of URLs, and the table of ours that holds what it was; `key` is the primary key of both."""

    database: Database
    source: StoredUrl
    table: str
    key: tuple[str, ...]

    @property
    def original(self) -> str:
        return f"{quote(self.database.schema)}.{quote(self.source.table)}"

    @property
    def kept(self) -> str:
        return f"{quote(KEPT)}.{quote(self.table)}"

    @property
    def same_row(self) -> str:
        return " AND ".join(f"here.{quote(name)} = kept.{quote(name)}" for name in self.key)


@dataclass(frozen=True)
class Kept:
    """What a clone was before it was changed. `accounts` maps each to its SHOW CREATE USER, which holds password hashes."""

    columns: tuple[KeptColumn, ...]
    accounts: dict[str, str] = field(repr=False)


def keep(server: DatabaseServer, databases: Sequence[Database], recipes: Mapping[str, Recipe]) -> Kept:
    """Remember the columns of stored URLs that the recipes name, and every account.

    Raises:
        ValueError: a bug of ours: this is no clone.
        QueryFailed: a table that a recipe names is not there, or has no primary key.
    """
    demand_clone(server)
    server.execute(f"CREATE OR REPLACE DATABASE {quote(KEPT)}")
    pairs = [(one, url) for one in databases for url in recipes[one.project].stored_urls if url.role == one.role]
    columns = tuple(_keep_column(server, number, *pair) for number, pair in enumerate(pairs))
    return Kept(columns, _read_accounts(server))


def take_back(server: DatabaseServer, kept: Kept) -> None:
    """Have stored URLs and accounts as they were, and nothing of ours left but the account that we are in by.

    Raises:
        ValueError: a bug of ours: this is no clone.
        QueryFailed: a row with a URL is there that was not there before: nobody knows where it should lead.
    """
    demand_clone(server)
    for column in kept.columns:
        _take_back_column(server, column)
    _take_back_accounts(server, kept.accounts)
    server.execute(f"DROP DATABASE {quote(KEPT)}")


def leave(server: DatabaseServer) -> None:
    """Drop every account of ours, also those that the copy came with; it is the last that this connection can do."""
    demand_clone(server)
    own = str(server.scalar("SELECT CURRENT_USER()")).rpartition("@")[0]
    ours = [(user, host) for user, host in server.rows("SELECT user, host FROM mysql.user") if user.startswith(OURS)]
    for user, host in sorted(ours, key=lambda account: account[0] == own):
        server.execute(f"DROP USER {quote(user)}@{quote(host)}")


def _keep_column(server: DatabaseServer, number: int, database: Database, source: StoredUrl) -> KeptColumn:
    rows = server.rows(
        "SELECT column_name FROM information_schema.key_column_usage"
        " WHERE constraint_name = 'PRIMARY' AND table_schema = :schema AND table_name = :name ORDER BY ordinal_position",
        schema=database.schema,
        name=source.table,
    )
    column = KeptColumn(database, source, f"urls_{number}", tuple(str(name) for (name,) in rows))
    if not column.key:
        raise QueryFailed(f"{column.original} has no primary key: its URLs could not be put back into their rows")
    server.execute(f"CREATE TABLE {column.kept} LIKE {column.original}")
    server.execute(f"INSERT INTO {column.kept} SELECT * FROM {column.original}")  # noqa: S608
    return column


def _take_back_column(server: DatabaseServer, column: KeptColumn) -> None:
    """Put URLs back into their rows, and see that every row of the table is one of them."""
    name = quote(column.source.column)
    # Bytes are compared: to most collations two URLs that differ in case are one.
    differs = f"NOT (CAST(here.{name} AS BINARY) <=> CAST(kept.{name} AS BINARY))"
    server.execute(
        f"UPDATE {column.original} AS here JOIN {column.kept} AS kept ON {column.same_row}"  # noqa: S608
        f" SET here.{name} = kept.{name} WHERE {differs}"
    )
    left = server.scalar(
        f"SELECT COUNT(*) FROM {column.original} AS here LEFT JOIN {column.kept} AS kept ON {column.same_row}"  # noqa: S608
        f" WHERE kept.{quote(column.key[0])} IS NULL OR {differs}"
    )
    if left:
        raise QueryFailed(f"{left} URLs in {column.original}.{name} are not what they were before the chain")


def _read_accounts(server: DatabaseServer) -> dict[str, str]:
    """Read every account's definition but ours; one that is in no effect here cannot be read, nor was it changed."""
    found = {}
    for user, host in server.rows("SELECT user, host FROM mysql.user WHERE is_role = 'N'"):
        name = f"{quote(user)}@{quote(host)}"
        if user.startswith(OURS):
            continue
        try:
            found[name] = str(server.scalar(f"SHOW CREATE USER {name}"))
        except QueryFailed as error:
            if not error.message.endswith(_IN_NO_EFFECT):
                raise
    return found


def _take_back_accounts(server: DatabaseServer, before: dict[str, str]) -> None:
    for name, definition in _read_accounts(server).items():
        if name not in before:
            server.execute(f"DROP USER {name}")
        elif definition != before[name]:
            server.execute(before[name].replace("CREATE USER", "ALTER USER", 1))
