"""Did somebody try to jump over releases here? A sync that met tables it wanted to make leaves traces, and hurts later.

A release that knows alembic only makes its version table first, begins at its first script, and fails at the first table that
is there (1050). The version table stays, empty, and so do tables that it made before that: what an older release's sync then
wants to make is there already (1050, 1060). Seen of keystone newton to 2026.1 (lab notes, 9).
"""

from runner.checks.finding import Finding, Severity
from runner.checks.question import Question
from runner.mariadb.connection import quote

NAME = "failed-jump"


def ask(question: Question) -> tuple[Finding, ...]:
    """Find databases with an empty version table of alembic beside rows of sqlalchemy-migrate."""
    return tuple(
        Finding(
            check=NAME,
            severity=Severity.WARNS,
            where=database.id,
            says=f"{table} is there and empty, beside rows of migrate_version: a sync over releases was tried and failed",
            breaks="a hop whose sync makes a table that was made then: 1050, it exists",
            way_out=(
                f"DROP TABLE {quote(schema)}.{table}; and compare with a copy from before for tables that nobody misses."
                " A rehearsal says whether any is in the way"
            ),
        )
        for schema, database in question.schemas.items()
        for recipe in [question.recipes[database.project]]
        for table in [recipe.chains[recipe.roles[database.role].chain].table]
        if table in question.facts[database].tables
        if not question.facts[database].alembic and question.facts[database].legacy
    )
