"""One database's canonical schema, read from information_schema in seven queries.

Facts: https://mariadb.com/kb/en/information-schema-tables/. Every query names the schema as a constant: MariaDB then looks
into that schema only, instead of opening every table of the server. Of a charset's two names the newer is kept: a fresh
install is made on a server of ours, and production's may be older.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from runner.errors import SchemaMissing
from runner.mariadb.charset_names import one_name
from runner.mariadb.connection import DatabaseServer, quote
from runner.planning.schema import Column, Constraint, ForeignKey, Index, Program, Schema, Table

_TABLES = """
    SELECT table_name, engine, table_collation, row_format FROM information_schema.tables
    WHERE table_schema = :schema AND table_type = 'BASE TABLE' ORDER BY table_name"""
_COLUMNS = """
    SELECT table_name, column_name, ordinal_position, column_type, is_nullable, column_default,
           CONCAT_WS(' ', extra, generation_expression), character_set_name, collation_name, column_comment
    FROM information_schema.columns WHERE table_schema = :schema ORDER BY table_name, ordinal_position"""
_INDEXES = """
    SELECT table_name, index_name, non_unique, column_name, sub_part, index_type FROM information_schema.statistics
    WHERE table_schema = :schema ORDER BY table_name, index_name, seq_in_index"""
_FOREIGN_KEYS = """
    SELECT rules.table_name, rules.constraint_name, ends.column_name,
           ends.referenced_table_schema, ends.referenced_table_name, ends.referenced_column_name,
           rules.update_rule, rules.delete_rule
    FROM information_schema.referential_constraints AS rules
    JOIN information_schema.key_column_usage AS ends
      ON ends.constraint_name = rules.constraint_name AND ends.table_name = rules.table_name
    WHERE rules.constraint_schema = :schema AND ends.constraint_schema = :schema AND ends.table_schema = :schema
      AND ends.referenced_table_name IS NOT NULL
    ORDER BY rules.table_name, rules.constraint_name, ends.ordinal_position"""
_CONSTRAINTS = """
    SELECT table_name, constraint_name, check_clause FROM information_schema.check_constraints
    WHERE constraint_schema = :schema ORDER BY table_name, constraint_name"""
_PROGRAMS = """
    SELECT 'view', '', table_name, view_definition FROM information_schema.views WHERE table_schema = :schema
    UNION ALL
    SELECT 'trigger', event_object_table, trigger_name, CONCAT_WS(' ', action_timing, event_manipulation, action_statement)
    FROM information_schema.triggers WHERE trigger_schema = :schema
    UNION ALL
    SELECT 'routine', '', routine_name, CONCAT_WS(' ', routine_type, dtd_identifier, routine_definition)
    FROM information_schema.routines WHERE routine_schema = :schema
    ORDER BY 1, 2, 3"""

Row = tuple[Any, ...]


def read_schema(server: DatabaseServer, schema: str) -> Schema:
    """Read all of one schema.

    Raises:
        SchemaMissing: there is no such schema, or our account sees nothing of it.
    """
    if not server.rows("SELECT 1 FROM information_schema.schemata WHERE schema_name = :schema", schema=schema):
        raise SchemaMissing(f"{server.name}: there is no schema {schema!r}")
    columns = _by_table(server.rows(_COLUMNS, schema=schema))
    indexes = _by_table(server.rows(_INDEXES, schema=schema))
    foreign_keys = _by_table(server.rows(_FOREIGN_KEYS, schema=schema))
    constraints = _by_table(server.rows(_CONSTRAINTS, schema=schema))
    tables = tuple(
        Table(
            name,
            engine or "",
            one_name(collation or ""),
            row_format or "",
            tuple(_column(row) for row in columns[name]),
            tuple(_indexes(indexes[name])),
            tuple(_foreign_keys(foreign_keys[name], schema)),
            tuple(Constraint(constraint, clause) for constraint, clause in constraints[name]),
        )
        for name, engine, collation, row_format in server.rows(_TABLES, schema=schema)
    )
    own = f"{quote(schema)}."
    programs = tuple(
        Program(kind, table, name, (definition or "").replace(own, ""))
        for kind, table, name, definition in server.rows(_PROGRAMS, schema=schema)
    )
    return Schema(tables, programs)


def _by_table(rows: Sequence[Row]) -> defaultdict[str, list[Row]]:
    """Group rows by their first value, which is taken off."""
    grouped: defaultdict[str, list[Row]] = defaultdict(list)
    for table, *rest in rows:
        grouped[table].append(tuple(rest))
    return grouped


def _column(row: Row) -> Column:
    name, position, kind, nullable, default, extra, charset, collation, comment = row
    # A text default is shown in quotes; a bare NULL says no more than that the column takes one.
    default = None if default == "NULL" else default
    charset, collation = (one_name(one) if one else None for one in (charset, collation))
    return Column(name, position, kind, nullable == "YES", default, extra.strip(), charset, collation, comment)


def _indexes(rows: Sequence[Row]) -> Iterator[Index]:
    for name, parts in _by_table(rows).items():
        columns = tuple(f"{column}({prefix})" if prefix else column for _, column, prefix, _ in parts)
        yield Index(name, unique=not parts[0][0], columns=columns, method=parts[0][3])


def _foreign_keys(rows: Sequence[Row], schema: str) -> Iterator[ForeignKey]:
    for name, parts in _by_table(rows).items():
        _, target_schema, target, _, on_update, on_delete = parts[0]
        yield ForeignKey(
            name,
            tuple(part[0] for part in parts),
            target if target_schema == schema else f"{target_schema}.{target}",
            tuple(part[3] for part in parts),
            _rule(on_update),
            _rule(on_delete),
        )


def _rule(rule: str) -> str:
    """InnoDB treats NO ACTION as RESTRICT; which of the two is shown depends on how the table was written."""
    return "RESTRICT" if rule == "NO ACTION" else rule
