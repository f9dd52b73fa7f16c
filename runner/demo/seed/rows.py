"""Rows on their way into one table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from runner.mariadb.connection import DatabaseServer, quote


@dataclass(frozen=True)
class Rows:
    """Rows for one table, all with the same columns; a column that none of them names keeps its default."""

    schema: str
    table: str
    values: tuple[Mapping[str, object], ...]
    keeps_zero: bool = False
    """An id of 0 is meant, not "give me the next one"."""

    def insert(self) -> str:
        """Write the INSERT, its values as named parameters."""
        columns = tuple(self.values[0])
        names = ", ".join(quote(column) for column in columns)
        places = ", ".join(f":{column}" for column in columns)
        statement = f"INSERT INTO {quote(self.schema)}.{quote(self.table)} ({names}) VALUES ({places})"  # noqa: S608
        return f"SET STATEMENT sql_mode='NO_AUTO_VALUE_ON_ZERO' FOR {statement}" if self.keeps_zero else statement


def rows(schema: str, table: str, values: Iterable[Mapping[str, object]], *, keeps_zero: bool = False) -> Rows:
    """Gather rows for a table; there may be none."""
    return Rows(schema, table, tuple(values), keeps_zero)


def put(server: DatabaseServer, batch: Rows) -> int:
    """Insert the rows in one go and return how many there were.

    Raises:
        QueryFailed: the table is not as 2023.1 makes it, or the rows are there already.
    """
    if batch.values:
        server.execute_many(batch.insert(), batch.values)
    return len(batch.values)
