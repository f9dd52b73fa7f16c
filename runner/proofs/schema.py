"""Each database's schema equals a fresh install of the target; every difference is explained by a rule, or drift."""

from runner.mariadb.schema import read_schema
from runner.planning.difference import compare, explain
from runner.planning.plan import PlannedDatabase
from runner.proofs.question import Evidence, Question

NAME = "schema"


def give(question: Question) -> tuple[Evidence, ...]:
    """One piece of evidence per database of a project that moved, listing each difference with its explanation."""
    return tuple(_compare(database, question) for database in question.plan.moving)


def _compare(database: PlannedDatabase, question: Question) -> Evidence:
    fresh = question.fresh.get(database.project, {}).get(database.role)
    if fresh is None:
        return Evidence(NAME, database.id, holds=False, detail=("there is no fresh install to compare with",))
    ours = read_schema(question.server, database.schema_name)
    explained, unexplained = explain(compare(ours, fresh), question.recipes[database.project].differences)
    summary = f"{len(ours.tables)} tables compared, {len(explained)} differences explained, {len(unexplained)} unexplained"
    drift = [f"drift: {difference}" for difference in unexplained]
    known = [f"explained: {difference}; {rule.why} ({rule.source})" for difference, rule in explained]
    return Evidence(NAME, database.id, not unexplained, (summary, *drift, *known))
