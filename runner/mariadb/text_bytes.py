"""What the bytes of text columns are, whatever the columns say: counted by the server, so that no row leaves it."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from runner.mariadb.connection import quote
from runner.mariadb.text_sql import is_misread, is_strange

WORDS = ("name", "description", "display_name", "display_description", "label", "tag", "value")
"""Columns of UTF-8 tables that hold what people have typed; of others nothing can be double-encoded that is not ASCII."""


class Reader(Protocol):
    """A server, or one session on it: who has locked tables reads them in that session only."""

    def rows(self, sql: str, /, **params: object) -> list[tuple[Any, ...]]: ...


@dataclass(frozen=True)
class TextColumn:
    """A column of text, and its charset."""

    schema: str
    table: str
    name: str
    charset: str


@dataclass(frozen=True)
class Misread:
    """Rows of a column whose bytes are not what it says.

    `hidden` are those with UTF-8 in a latin1 column, `beside` those of the same column that are latin1; `twice` those of a
    UTF-8 column that were encoded twice.
    """

    column: TextColumn
    hidden: int = 0
    beside: int = 0
    twice: int = 0


def read_text_columns(server: Reader, schemas: Collection[str]) -> tuple[TextColumn, ...]:
    """Name the latin1 columns of these schemas, and those of their UTF-8 columns that hold people's words."""
    words = ", ".join(f"'{word}'" for word in WORDS)
    rows = server.rows(
        "SELECT c.table_schema, c.table_name, c.column_name, c.character_set_name FROM information_schema.columns c"  # noqa: S608
        " JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name"
        " WHERE t.table_type = 'BASE TABLE' AND (c.data_type IN ('char', 'varchar') OR c.data_type LIKE '%text')"
        f" AND (c.character_set_name = 'latin1' OR (c.character_set_name LIKE 'utf8%' AND c.column_name IN ({words})))"
        " ORDER BY 1, 2, c.ordinal_position"
    )
    return tuple(TextColumn(*row) for row in rows if row[0] in schemas)


def find_misread(server: Reader, columns: Sequence[TextColumn]) -> tuple[Misread, ...]:
    """Count the rows of each column whose bytes say something else than the column: one statement for each table."""
    tables: defaultdict[tuple[str, str], list[TextColumn]] = defaultdict(list)
    for column in columns:
        tables[column.schema, column.table].append(column)
    found: list[Misread] = []
    for (schema, table), of_table in tables.items():
        counts = ", ".join(_counts(column) for column in of_table)
        ((*numbers,),) = server.rows(f"SELECT {counts} FROM {quote(schema)}.{quote(table)}")  # noqa: S608  # names that we quoted
        found += [_judge(column, *map(int, numbers[2 * n : 2 * n + 2])) for n, column in enumerate(of_table)]
    return tuple(one for one in found if one.hidden or one.twice)


def _judge(column: TextColumn, utf8: int, others: int) -> Misread:
    if column.charset == "latin1":
        return Misread(column, hidden=utf8, beside=others if utf8 else 0)
    return Misread(column, twice=utf8)


def _counts(column: TextColumn) -> str:
    """Two sums: of rows whose bytes are UTF-8 under another name, and of the others that are not ASCII."""
    strange, misread = is_strange(column.name, column.charset), is_misread(column.name, column.charset)
    return f"COALESCE(SUM({strange} AND {misread}), 0), COALESCE(SUM({strange} AND NOT ({misread})), 0)"
