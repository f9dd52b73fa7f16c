"""Do soft-deleted rows make the window longer than need be? Services mark rows as deleted and keep them until somebody purges.

Operators asked for it beforehand: openstack-operators, 2018-09-10. What it would save is told by the newest rehearsal's own
seconds: those of a table's ALTERs, by the share of its rows that are deleted.
"""

from runner.checks.finding import Finding, Severity
from runner.checks.question import Question
from runner.mariadb.connection import quote
from runner.planning.cloud import Database

NAME = "soft-deleted"

MANY = 10_000
"""Rows of a table that are worth a word."""
SHARE = 0.2
"""Of its rows."""


def ask(question: Question) -> tuple[Finding, ...]:
    """Count the soft-deleted rows of every large table that has a `deleted_at`, where a project purges."""
    return tuple(
        _finding(question, database, table, deleted, rows)
        for schema, database in question.schemas.items()
        if (soft := question.recipes[database.project].soft_deleted) and database.role in soft.roles
        for table in _large(question, schema)
        for deleted, rows in [_count(question, schema, table)]
        if deleted >= MANY and deleted >= SHARE * rows
    )


def _large(question: Question, schema: str) -> list[str]:
    """Name the tables that may have so many: the server's own estimate may be half of what is there."""
    rows = question.server.rows(
        "SELECT table_name FROM information_schema.tables JOIN information_schema.columns USING (table_schema, table_name)"
        " WHERE table_schema = :schema AND column_name = 'deleted_at' AND table_rows >= :rows ORDER BY table_name",
        schema=schema,
        rows=MANY // 2,
    )
    return [str(table) for (table,) in rows]


def _count(question: Question, schema: str, table: str) -> tuple[int, int]:
    # COUNT of a column leaves NULL out.
    ((deleted, rows),) = question.server.rows(
        f"SELECT COUNT(deleted_at), COUNT(*) FROM {quote(schema)}.{quote(table)}"  # noqa: S608  # names that we quoted
    )
    return int(deleted), int(rows)


def _finding(question: Question, database: Database, table: str, deleted: int, rows: int) -> Finding:
    recipe = question.recipes[database.project]
    assert recipe.soft_deleted
    member = database.member if recipe.roles[database.role].many else ""
    seconds = question.altered.get((database.project, member, table))
    saved = (
        f"some {seconds * deleted / rows:.0f} s of the {seconds:.0f} s that the last rehearsal spent on changing this table"
        if seconds is not None
        else "time of every hop that rebuilds the table; after a rehearsal this check says how much"
    )
    return Finding(
        check=NAME,
        severity=Severity.WARNS,
        where=f"{database.id}.{table}",
        rows=deleted,
        says=f"{deleted} of {rows} rows are soft-deleted",
        breaks=f"nothing; it costs {saved}",
        way_out=recipe.soft_deleted.way_out,
    )
