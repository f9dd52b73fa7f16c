"""No row is lost, except where a recipe's rule names the step that may delete it."""

from fnmatch import fnmatchcase

from runner.mariadb.rows import count_rows
from runner.planning.plan import Plan, PlannedDatabase
from runner.planning.recipe import RowRule
from runner.proofs.question import Evidence, Question

NAME = "rows"


def give(question: Question) -> tuple[Evidence, ...]:
    """One piece of evidence per database: tables compared, rows gained, rows lost and by which rule."""
    after = count_rows(question.server, [database.schema_name for database in question.plan.databases])
    return tuple(_compare(database, question, after) for database in question.plan.databases)


def _compare(database: PlannedDatabase, question: Question, after: dict[tuple[str, str], int]) -> Evidence:
    before = {table: rows for (schema, table), rows in question.before.items() if schema == database.schema_name}
    rules = question.recipes[database.project].rows
    gained = sum(max(0, after.get((database.schema_name, t), 0) - rows) for t, rows in before.items())
    lines: list[str] = []
    holds = bool(before)
    for table, rows in sorted(before.items()):
        left = after.get((database.schema_name, table), 0)
        if left >= rows:
            continue
        rule = _permission(rules, table, database.project, question.plan)
        holds = holds and rule is not None
        says = f"permitted: {rule.why} ({rule.source})" if rule else "no rule permits it"
        lines.append(f"{table}: {rows - left} of {rows} rows are gone; {says}")
    summary = f"{len(before)}/{len(before)} tables compared, 0 skipped; {sum(before.values())} rows kept, {gained} new"
    return Evidence(NAME, database.id, holds, (summary if before else "no rows were counted before the chain", *lines))


def _permission(rules: tuple[RowRule, ...], table: str, project: str, plan: Plan) -> RowRule | None:
    """Find a rule for this table whose step is one that ran."""
    ran = [step.id for step in plan.to_run if step.project == project]
    for rule in rules:
        if fnmatchcase(table, rule.table) and any(fnmatchcase(step, rule.step) for step in ran):
            return rule
    return None
