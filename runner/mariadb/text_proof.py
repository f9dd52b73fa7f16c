"""The evidence of a text mend: what every row of a table reads as, and the print by which two servers' tables are compared.

Two witnesses. The server sums up each row with the text that its columns should read as before, and do read as after. And
every value that is not ASCII comes here by its key, where Python decides apart from the server what it should read as.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from runner.errors import MendNotProved
from runner.frozen import Frozen, digest_of
from runner.mariadb.connection import quote
from runner.mariadb.definitions import define_one, define_table
from runner.mariadb.outline import TableOutline, read_outline
from runner.mariadb.ranges import sum_rows
from runner.mariadb.session import Session
from runner.mariadb.text_sql import as_it_reads, is_strange, reads_as
from runner.planning.text_mend import TableMend
from runner.planning.text_reading import fold, should_read

_UTF8 = "utf8mb4"
_KEY = """
    SELECT column_name FROM information_schema.statistics
    WHERE table_schema = :schema AND table_name = :name AND index_name = 'PRIMARY' ORDER BY seq_in_index"""
Decode = Callable[[bytes, str], str]
"""Bytes and a charset -> text."""


@dataclass(frozen=True)
class Readings:
    """What a table's rows read as: how many there are, the server's sum over all columns, and our own of all but ASCII."""

    rows: int
    total: int
    values: int
    folded: str


class TextPrint(Frozen):
    """A table as it is: its definition's digest, its rows, and the sum of what is stored in all its columns."""

    schema_name: str
    table: str
    definition: str
    rows: int
    checksum: str

    @property
    def where(self) -> str:
        return f"{self.schema_name}.{self.table}"


def outlines_of(session: Session, tables: Sequence[tuple[str, str]]) -> dict[tuple[str, str], TableOutline]:
    """Read the outlines of these tables, (schema, name); one that is not there is not in the answer."""
    schemas = dict.fromkeys(schema for schema, _ in tables)
    found = {(schema, one.name): one for schema in schemas for one in read_outline(session, schema).tables}
    return {key: found[key] for key in tables if key in found}


def print_tables(session: Session, tables: Sequence[tuple[str, str]]) -> tuple[TextPrint, ...]:
    """Print these tables, in this session, which may have locked them."""
    return tuple(_print(session, outline) for outline in outlines_of(session, tables).values())


def digest_table(session: Session, schema: str, name: str) -> str:
    """Give the digest of a table's definition; empty where there is no such table."""
    definition = define_one(session, schema, name)
    return digest_of(definition) if definition else ""


def should_be_read(session: Session, table: TableMend, outline: TableOutline) -> Readings:
    """Say what a table's rows should read as once it is mended; `outline` is what it is now.

    Raises:
        MendNotProved: there are bytes that the server alone takes for UTF-8.
    """
    columns = {one.line.name: one.found.charset for one in table.columns}
    reads = {name: reads_as(name, charset) for name, charset in columns.items()}
    return _read(session, outline, reads, fold(_values(session, table, columns, should_read)))


def are_read(session: Session, table: TableMend, outline: TableOutline) -> Readings:
    """Say what the rows of a mended table read as. Raises MendNotProved."""
    columns = {one.line.name: _UTF8 for one in table.columns}
    reads = {name: as_it_reads(name) for name in columns}
    return _read(session, outline, reads, fold(_values(session, table, columns, lambda raw, _: raw.decode("utf-8"))))


def _print(session: Session, outline: TableOutline) -> TextPrint:
    rows, total = sum_rows(session, outline)
    definition = digest_of(define_table(session, outline))
    return TextPrint(schema_name=outline.schema, table=outline.name, definition=definition, rows=rows, checksum=str(total))


def _read(session: Session, outline: TableOutline, reads: Mapping[str, str], folded: tuple[int, str]) -> Readings:
    # Members of an ENUM are summed up by their number, which is what is stored.
    columns = tuple(
        one if one.type in ("enum", "set") else replace(one, reads=reads.get(one.name, "")) for one in outline.columns
    )
    return Readings(*sum_rows(session, replace(outline, columns=columns)), *folded)


def _values(session: Session, table: TableMend, columns: Mapping[str, str], decode: Decode) -> Iterator[tuple[str, ...]]:
    """Give every value of the mended columns that is not ASCII, with its row's key; other columns' bytes as they are."""
    rows = session.rows(_KEY, schema=table.schema, name=table.name)
    key = [name for (name,) in rows]
    source = f"{quote(table.schema)}.{quote(table.name)}"
    for column, charset in columns.items():
        names = (*key, column)
        shown = ", ".join(f"HEX(CAST({quote(name)} AS BINARY))" for name in names)
        for row in session.rows(f"SELECT {shown} FROM {source} WHERE {is_strange(column, charset)}"):  # noqa: S608
            values = zip(names, (bytes.fromhex(value) for value in row), strict=True)
            try:
                yield (column, *(decode(raw, columns[name]) if name in columns else raw.hex() for name, raw in values))
            except UnicodeDecodeError as error:
                bad = error.object[error.start : error.end].hex()
                said = f"{table.where}.{column}: the server takes bytes for UTF-8 that are none, such as X'{bad}'"
                raise MendNotProved(said) from error
