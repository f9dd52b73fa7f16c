"""No row is lost, except where a recipe's rule names the step that may delete it."""

from fnmatch import fnmatchcase

from runner.planning.plan import Plan, PlannedDatabase
from runner.planning.rules import RowRule
from runner.proofs.question import Evidence, Question

NAME = "rows"
_VERSION_ROWS = RowRule(
    table="*",
    step="*",
    why="version rows; a head that another one depends on has none, and heads are compared by themselves",
    source="alembic/runtime/migration.py HeadMaintainer",
)


def give(question: Question) -> tuple[Evidence, ...]:
    """One piece of evidence per database of a project that moved: tables compared, rows new, rows lost and by which rule.

    What stays is not asked: its services may be running, and their rows are theirs to delete.
    """
    return tuple(_compare(database, question) for database in question.plan.moving)


def _compare(database: PlannedDatabase, question: Question) -> Evidence:
    before = _before(database, question)
    if not before:
        return Evidence(NAME, database.id, holds=False, detail=("no rows were counted before the chain",))
    after = {table: question.after.get((database.schema_name, table), 0) for table in before}
    recipe = question.recipes[database.project]
    versions = {chain.table for chain in recipe.chains.values()}
    lost = {table: rows - after[table] for table, rows in before.items() if after[table] < rows}
    new = sum(after[table] - rows for table, rows in before.items() if after[table] > rows)
    permitted = {
        table: _VERSION_ROWS if table in versions else _permission(recipe.rows, table, database.project, question.plan)
        for table in lost
    }
    lines = [
        f"{table}: {count} of {before[table]} rows are gone; {_say(permitted[table])}" for table, count in sorted(lost.items())
    ]
    kept = sum(before.values()) - sum(lost.values())
    summary = f"{len(after)}/{len(before)} tables compared, 0 skipped; {kept} rows kept, {new} new, {sum(lost.values())} gone"
    return Evidence(NAME, database.id, None not in permitted.values(), (summary, *lines))


def _before(database: PlannedDatabase, question: Question) -> dict[str, int]:
    """Map each of the database's tables to its rows before the chain, wherever they lay then."""
    moved_in = question.recipes[database.project].moved_in
    keeper = question.plan.keeper_of(database, moved_in)
    schema, wanted = (keeper.schema_name, moved_in.tables) if keeper and moved_in else (database.schema_name, None)
    found = {table: rows for (s, table), rows in question.before.items() if s == schema}
    return {table: rows for table, rows in found.items() if wanted is None or table in wanted}


def _say(rule: RowRule | None) -> str:
    return f"permitted: {rule.why} ({rule.source})" if rule else "no rule permits it"


def _permission(rules: tuple[RowRule, ...], table: str, project: str, plan: Plan) -> RowRule | None:
    """Find a rule for this table whose step is one that ran."""
    ran = [step.id for step in plan.to_run if step.project == project]
    for rule in rules:
        if fnmatchcase(table, rule.table) and any(fnmatchcase(step, rule.step) for step in ran):
            return rule
    return None
