"""The SQL of a table's checksum: one number per row from all its columns, summed by the server.

A row's number is CRC32(CRC32(values)), and the sum does not mind the order of the rows. CRC32 alone would not do: it is affine,
so that two values swapped between two rows leave the sum as it was once in 11,000 times (measured); through the decimal text
of the inner number they did not in 4,000,000. MD5 costs three times as much.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.mariadb.connection import quote

_INTEGERS = frozenset(("tinyint", "smallint", "mediumint", "int", "bigint"))
_NUMBERS = _INTEGERS | {"decimal", "year"}
_TIMES = frozenset(("date", "time", "datetime", "timestamp"))
_STRINGS = frozenset(("char", "varchar", "binary", "varbinary"))
_NAMES = frozenset(("uuid", "inet4", "inet6"))

_BY_NUMBER = frozenset(("bit", "enum", "set"))
"""Types whose number says more than their text: '' may be an ENUM's member, or its error value 0."""

_BY_DOUBLE = frozenset(("float", "double"))
"""A FLOAT's own text has 6 digits, a DOUBLE(M,D)'s D behind the point; a plain DOUBLE's tells it from its neighbours."""

UNREADABLE = 2**64 - 1
"""What a row adds whose number is NULL, which no row's should be: more than 2^32 rows can add otherwise."""


@dataclass(frozen=True)
class Column:
    """One column, as far as its value needs it. `type` is the bare type, as in `varchar`.

    `reads` is SQL of what it reads as, where that is summed and not the bytes that are stored.
    """

    name: str
    type: str
    charset: str | None = None
    reads: str = ""


@dataclass(frozen=True)
class Boundary:
    """Where a range of rows ends: the primary key of one row, as literals."""

    literals: tuple[str, ...]


def checksum(source: str, columns: Sequence[Column], where: str = "") -> str:
    """Write the statement that gives rows and sum (NULL where there are no rows) of `source`, a FROM clause's content."""
    return f"SELECT COUNT(*), SUM(IFNULL({row_number(columns)}, {UNREADABLE})) FROM {source}{where}"  # noqa: S608


def row_number(columns: Sequence[Column]) -> str:
    """Write a row's number. A NULL is told by a letter, which no other value has: CONCAT_WS would leave it out."""
    values = ", ".join(f"IFNULL({_value(column)}, 'N')" for column in columns)
    return f"CRC32(CRC32(CONCAT_WS(',', {values})))"


def boundary(source: str, key: Sequence[Column], after: Boundary | None, rows: int) -> str:
    """Write the statement that gives the key of the last of `rows` rows after a boundary, as `literals` reads it."""
    names = [quote(column.name) for column in key]
    forms = ", ".join(_form(column) for column in key)
    where = f" WHERE {beyond(key, after)}" if after else ""
    return f"SELECT {forms} FROM {source}{where} ORDER BY {', '.join(names)} LIMIT 1 OFFSET {rows - 1}"  # noqa: S608


def span(source: str, key: Sequence[Column]) -> str:
    """Write the statement that gives the lowest and the highest of a key that is a number; NULL where there are no rows."""
    name = quote(key[0].name)
    return f"SELECT MIN({name}), MAX({name}) FROM {source}"  # noqa: S608


def literals(key: Sequence[Column], forms: Sequence[object]) -> Boundary:
    """Turn the values that `boundary` asked for into literals that the server reads back as the same values."""
    return Boundary(tuple(_literal(column, str(form)) for column, form in zip(key, forms, strict=True)))


def between(key: Sequence[Column], after: Boundary | None, until: Boundary | None) -> str:
    """Write the WHERE of the rows after one boundary, up to and with another; None is the table's own end."""
    tests = [test for test in (after and beyond(key, after), until and _up_to(key, until)) if test]
    return f" WHERE {' AND '.join(tests)}" if tests else ""


def beyond(key: Sequence[Column], low: Boundary) -> str:
    """Write `key > low`. Not as (a, b) > (1, 2): MariaDB uses no index for that."""
    return _compared(key, low, ">", ">")


def is_walkable(key: Sequence[Column]) -> bool:
    """Say whether ranges can be made of this key: a value's literal has to be that value exactly."""
    return bool(key) and all(column.type in _NUMBERS | _TIMES | _STRINGS | _NAMES for column in key)


def is_number(key: Sequence[Column]) -> bool:
    """Say whether a key is one whole number, with which one can calculate."""
    return len(key) == 1 and key[0].type in _INTEGERS


def _up_to(key: Sequence[Column], high: Boundary) -> str:
    return _compared(key, high, "<", "<=")


def _compared(key: Sequence[Column], ends: Boundary, strictly: str, at_last: str) -> str:
    """Compare the columns in their order: the next one only counts where those before are equal."""
    (*others, last), (*values, end) = key, ends.literals
    test = f"{quote(last.name)} {at_last} {end}"
    for column, value in zip(reversed(others), reversed(values), strict=True):
        name = quote(column.name)
        test = f"{name} {strictly} {value} OR {name} = {value} AND ({test})"
    return f"({test})"


def _value(column: Column) -> str:
    """Write a column's value as something whose text is exact, and holds no comma and no letter N."""
    name = quote(column.name)
    if column.reads:
        return f"CRC32({column.reads})"
    if column.type in _NUMBERS | _TIMES:
        return name
    if column.type in _BY_NUMBER:
        return f"CAST({name} AS UNSIGNED)"
    if column.type in _BY_DOUBLE:
        return f"CAST({name} AS DOUBLE)"
    # CRC32 reads the stored bytes: nothing is converted, and no value is too big for max_allowed_packet.
    return f"CRC32({name})"


def _form(column: Column) -> str:
    return f"HEX({quote(column.name)})" if column.type in _STRINGS else f"CAST({quote(column.name)} AS CHAR)"


def _literal(column: Column, form: str) -> str:
    if column.type in _STRINGS:
        return f"_{column.charset} X'{form}'" if column.charset else f"X'{form}'"
    return form if column.type in _NUMBERS else f"'{form}'"
