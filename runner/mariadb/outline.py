"""What there is to fingerprint in a schema: its tables with their columns and keys, and the names of its programs.

Facts: https://mariadb.com/kb/en/information-schema-tables/. `runner/mariadb/schema.py` reads what a schema must be; this only
what it takes to read every row, also of tables that OpenStack does not make: sequences, system-versioned tables.
"""

from collections import defaultdict
from dataclasses import dataclass

from runner.mariadb.checksum_sql import Column, is_walkable
from runner.mariadb.connection import quote
from runner.mariadb.session import Session

_DEFAULTS = """
    SELECT default_character_set_name, default_collation_name /*M!100500 , schema_comment */
    FROM information_schema.schemata WHERE schema_name = :schema"""
_TABLES = """
    SELECT table_name, table_type, row_format, data_length, avg_row_length, auto_increment
    FROM information_schema.tables WHERE table_schema = :schema AND table_type <> 'VIEW' ORDER BY table_name"""
_COLUMNS = """
    SELECT table_name, column_name, data_type, character_set_name, extra, generation_expression
    FROM information_schema.columns WHERE table_schema = :schema ORDER BY table_name, ordinal_position"""
_KEYS = """
    SELECT table_name, column_name, sub_part IS NULL AND collation = 'A' FROM information_schema.statistics
    WHERE table_schema = :schema AND index_name = 'PRIMARY' ORDER BY table_name, seq_in_index"""
_PROGRAMS = """
    SELECT 'view', '', table_name, '' FROM information_schema.views WHERE table_schema = :schema
    UNION ALL
    SELECT 'trigger', event_object_table, trigger_name, action_order
    FROM information_schema.triggers WHERE trigger_schema = :schema
    UNION ALL
    SELECT LOWER(routine_type), '', routine_name, '' FROM information_schema.routines WHERE routine_schema = :schema
    UNION ALL
    SELECT 'event', '', event_name, '' FROM information_schema.events WHERE event_schema = :schema
    ORDER BY 1, 2, 3"""

_VERSIONED = "SYSTEM VERSIONED"
_PERIOD = (Column("row_start", "timestamp"), Column("row_end", "timestamp"))


@dataclass(frozen=True)
class TableOutline:
    """One table. `size` are the bytes of its rows and `row_size` those of one, both estimates; `key` its primary key.

    `columns` lack the VIRTUAL ones, which hold nothing: their expressions are in the definition. `key` is empty where no
    ranges can be made of it.
    """

    schema: str
    name: str
    row_format: str
    size: int
    row_size: int
    counter: int | None
    is_versioned: bool
    columns: tuple[Column, ...]
    key: tuple[Column, ...]

    @property
    def source(self) -> str:
        """What comes after FROM. History rows are rows too; the key is named because another index may look cheaper."""
        versions = " FOR SYSTEM_TIME ALL" if self.is_versioned else ""
        index = " FORCE INDEX (PRIMARY)" if self.key else ""
        return f"{quote(self.schema)}.{quote(self.name)}{versions}{index}"


@dataclass(frozen=True)
class ProgramOutline:
    """One program. `kind` is a word of SHOW CREATE in small letters; `order` is a trigger's among those of its moment."""

    kind: str
    table: str
    name: str
    order: str


@dataclass(frozen=True)
class Outline:
    """One schema; `exists` is False where there is none, or our account sees nothing of it."""

    schema: str
    exists: bool
    defaults: str = ""
    tables: tuple[TableOutline, ...] = ()
    programs: tuple[ProgramOutline, ...] = ()


def read_outline(session: Session, schema: str) -> Outline:
    """Read what there is in a schema."""
    defaults = session.rows(_DEFAULTS, schema=schema)
    if not defaults:
        return Outline(schema, exists=False)
    columns: defaultdict[str, list[Column]] = defaultdict(list)
    periods: set[str] = set()
    for table, name, kind, charset, extra, expression in session.rows(_COLUMNS, schema=schema):
        if "VIRTUAL" not in extra:
            columns[table].append(Column(name, kind, charset))
        if expression == "ROW START":
            periods.add(table)
    keys: defaultdict[str, list[tuple[str, bool]]] = defaultdict(list)
    for table, name, is_plain in session.rows(_KEYS, schema=schema):
        keys[table].append((name, bool(is_plain)))
    tables = tuple(
        TableOutline(
            schema,
            name,
            row_format or "",
            size or 0,
            row_size or 0,
            None if counter is None else int(counter),
            is_versioned=kind == _VERSIONED,
            # Where a table does not declare them, the two columns of a row's time are listed nowhere.
            columns=(*columns[name], *(_PERIOD if kind == _VERSIONED and name not in periods else ())),
            key=_key(columns[name], keys[name]),
        )
        for name, kind, row_format, size, row_size, counter in session.rows(_TABLES, schema=schema)
    )
    programs = tuple(ProgramOutline(*row) for row in session.rows(_PROGRAMS, schema=schema))
    return Outline(schema, exists=True, defaults=", ".join(defaults[0]), tables=tables, programs=programs)


def _key(columns: list[Column], key: list[tuple[str, bool]]) -> tuple[Column, ...]:
    """Give the key's columns if ranges can be made of it: whole values, in ascending order."""
    named = {column.name: column for column in columns}
    found = tuple(named[name] for name, is_plain in key if is_plain and name in named)
    return found if len(found) == len(key) and is_walkable(found) else ()
