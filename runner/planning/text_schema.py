"""What a schema is once its text is mended: as it was, but for the charset and collation of those columns. Pure."""

from collections.abc import Callable
from dataclasses import replace

from runner.planning.schema import Column, Schema, Table
from runner.planning.text_mend import TableMend, TextPlan

OneName = Callable[[str], str]
"""Calls a charset what the newer servers call it."""


def expect(was: Schema, name: str, plan: TextPlan, one_name: OneName) -> Schema:
    """Say what the schema `name` has to be after the plan."""
    mends = {table.name: table for table in plan.tables if table.schema == name}
    return replace(
        was, tables=tuple(_table(table, mends[table.name], one_name) if table.name in mends else table for table in was.tables)
    )


def _table(table: Table, mend: TableMend, one_name: OneName) -> Table:
    collation = one_name(mend.default[1]) if mend.default else table.collation
    aims = {one.line.name: (one_name(one.charset), one_name(one.collation)) for one in mend.columns}
    return replace(table, collation=collation, columns=tuple(_column(column, aims) for column in table.columns))


def _column(column: Column, aims: dict[str, tuple[str, str]]) -> Column:
    if column.name not in aims:
        return column
    charset, collation = aims[column.name]
    return replace(column, charset=charset, collation=collation)
