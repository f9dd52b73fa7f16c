"""What the bytes of text columns are, whatever the columns say: counted by the server, so that no row leaves it.

MariaDB's latin1 has a character for each of the 256 bytes (cp1252, its five holes filled), so that latin1 -> Unicode -> latin1
gives back what went in. Whether bytes are UTF-8 is asked by a round trip: a conversion of ill-formed bytes gives NULL, '?' or
less, depending on sql_mode and version, and never the same bytes (https://mariadb.com/kb/en/convert/).
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from runner.mariadb.connection import DatabaseServer, quote

WORDS = ("name", "description", "display_name", "display_description", "label", "tag", "value")
"""Columns of UTF-8 tables that hold what people have typed; of others nothing can be double-encoded that is not ASCII."""


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


def read_text_columns(server: DatabaseServer, schemas: Collection[str]) -> tuple[TextColumn, ...]:
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


def find_misread(server: DatabaseServer, columns: Sequence[TextColumn]) -> tuple[Misread, ...]:
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
    value = quote(column.name)
    if column.charset == "latin1":
        strange, latin1 = f"LENGTH({value}) <> LENGTH(CONVERT({value} USING utf8mb4))", value
        is_utf8 = _is_utf8(latin1)
    else:
        strange, latin1 = f"LENGTH({value}) <> CHAR_LENGTH({value})", f"CONVERT({value} USING latin1)"
        is_utf8 = f"{_same(f'CONVERT({latin1} USING utf8mb4)', f'CONVERT({value} USING utf8mb4)')} AND {_is_utf8(latin1)}"
    return f"COALESCE(SUM({strange} AND {is_utf8}), 0), COALESCE(SUM({strange} AND NOT ({is_utf8})), 0)"


def _is_utf8(text: str) -> str:
    return _same(f"CONVERT(CAST({text} AS BINARY) USING utf8mb4)", text)


def _same(one: str, other: str) -> str:
    """Compare bytes; NULL is not the same."""
    return f"IFNULL(CAST({one} AS BINARY) = CAST({other} AS BINARY), 0)"
