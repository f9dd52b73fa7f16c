"""The statements of a text mend, in an order in which each leaves the server with tables that can be read."""

from collections.abc import Iterator
from dataclasses import dataclass

from runner.mariadb.connection import quote
from runner.mariadb.text_sql import decoded, is_misread, is_strange, is_utf8
from runner.planning.text_mend import Case, ColumnMend, TableMend, TextPlan

_BYTES = {"tinytext": "tinyblob", "text": "blob", "mediumtext": "mediumblob", "longtext": "longblob"}
_WIDER = {"tinyblob": "blob", "blob": "mediumblob", "mediumblob": "longblob", "longblob": "longblob"}
_LONGEST_VARBINARY = 65532
_THROUGH_BYTES = (Case.HIDDEN, Case.MIXED)


@dataclass(frozen=True)
class TextStatement:
    """One statement, of one table; `says` what it does."""

    schema: str
    table: str
    sql: str
    says: str

    @property
    def where(self) -> str:
        return f"{self.schema}.{self.table}"


def write_statements(plan: TextPlan) -> tuple[TextStatement, ...]:
    """Write a plan's statements: foreign keys away, columns to bytes, bytes to UTF-8, foreign keys back, rows encoded twice."""
    ways = (_drop_foreign, _to_bytes, _mixed_rows, _to_utf8, _rows_twice, _add_foreign)
    return tuple(TextStatement(table.schema, table.name, *one) for way in ways for table in plan.tables for one in way(table))


Written = Iterator[tuple[str, str]]


def _drop_foreign(table: TableMend) -> Written:
    if table.foreign:
        drops = ", ".join(f"DROP FOREIGN KEY {quote(foreign.name)}" for foreign in table.foreign)
        yield f"{_alter(table)} {drops}", "foreign keys away; they come back at the end"


def _add_foreign(table: TableMend) -> Written:
    if table.foreign:
        adds = ", ".join(f"ADD {foreign.text}" for foreign in table.foreign)
        yield f"{_alter(table)} {adds}", "foreign keys back; the server looks at every row"


def _to_bytes(table: TableMend) -> Written:
    columns = [column for column in table.columns if column.case in _THROUGH_BYTES]
    if columns:
        modified = ", ".join(f"MODIFY {quote(one.line.name)} {_as_bytes(one)}{one.line.rest}" for one in columns)
        yield f"{_alter(table)} {modified}", f"{_named(columns)} to bytes, none of which changes"


def _mixed_rows(table: TableMend) -> Written:
    for column in table.columns:
        if column.case is Case.MIXED:
            value = quote(column.line.name)
            text = f"CAST(CONVERT(CONVERT({value} USING latin1) USING utf8mb4) AS BINARY)"
            yield (
                _update(table, value, text, f"{value} IS NOT NULL AND NOT {is_utf8(value)}"),
                (f"{column.found.beside} rows of {column.line.name} that are latin1 become UTF-8"),
            )


def _to_utf8(table: TableMend) -> Written:
    columns = [column for column in table.columns if column.case is not Case.TWICE]
    changes = [
        f"MODIFY {quote(one.line.name)} {one.line.type} CHARACTER SET {one.charset} COLLATE {one.collation}{one.line.rest}"
        for one in columns
    ]
    # The server forgets which keys it made for a foreign key only when they are made by name.
    changes += [f"DROP KEY {quote(key.name)}, ADD {key.text}" for key in table.keys]
    if table.default:
        charset, collation = table.default
        changes.append(f"DEFAULT CHARACTER SET {charset} COLLATE {collation}")
    if changes:
        says = f"{_named(columns)} to {columns[0].charset}" if columns else "keys that serve foreign keys are made by name"
        yield f"{_alter(table)} {', '.join(changes)}", says


def _rows_twice(table: TableMend) -> Written:
    for column in table.columns:
        if column.case is Case.TWICE:
            name, charset = column.line.name, column.found.charset
            where = f"{is_strange(name, charset)} AND {is_misread(name, charset)}"
            yield (
                _update(table, quote(name), decoded(name, charset), where),
                (f"{column.found.twice} rows of {name} that were encoded twice are decoded once"),
            )


def _as_bytes(column: ColumnMend) -> str:
    """A type of bytes with room for what will be in it: for latin1 rows among others, three times as much."""
    mixed = column.case is Case.MIXED
    if (plain := _BYTES.get(column.line.bare)) is None:
        # Not BINARY for CHAR, which would fill up what is shorter with zeros.
        return f"varbinary({min(column.line.length * (3 if mixed else 1), _LONGEST_VARBINARY)})"
    return _WIDER[plain] if mixed else plain


def _update(table: TableMend, value: str, text: str, where: str) -> str:
    kept = "".join(f", {quote(name)} = {quote(name)}" for name in table.kept)
    # In a strict mode the question alone, of bytes that are no UTF-8, ends an UPDATE. What is cut off the proof would find.
    update = f"SET STATEMENT sql_mode = '' FOR UPDATE {quote(table.schema)}.{quote(table.name)}"
    return f"{update} SET {value} = {text}{kept} WHERE {where}"


def _alter(table: TableMend) -> str:
    return f"ALTER TABLE {quote(table.schema)}.{quote(table.name)}"


def _named(columns: list[ColumnMend]) -> str:
    return ", ".join(one.line.name for one in columns)
