"""Nothing is left to migrate online: the target's own command ended so, and a count of the rows themselves agrees.

Printed counts are not trusted (lab notes 3: cinder prints zeros after moving 1,000 rows, nova counts a marker for ever),
nor is the exit code alone: nova and cinder end with 0 as soon as a batch moves nothing, whatever lies behind it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial

from runner.errors import ThingAMeError
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.rows import count
from runner.planning.asked import ExitMeaning
from runner.planning.plan import Step
from runner.planning.recipe import CommandKind, Pending
from runner.proofs.question import Evidence, Question

NAME = "online"


@dataclass(frozen=True)
class Left:
    """What an online migration left in a database: so many rows, or why they could not be counted."""

    rule: Pending
    database: str
    rows: int | str

    def __str__(self) -> str:
        if isinstance(self.rows, str):
            return f"{self.rule.migration}: not counted in {self.database}: {self.rows}"
        why = f"; {self.rule.may_stay}" if self.rule.may_stay else ""
        return f"{self.rule.migration}: {self.rows} rows left in {self.database}{why}"


def give(question: Question) -> tuple[Evidence, ...]:
    """One piece of evidence per online step of each project's last hop."""
    last = {journey.project: journey.stops[-1] for journey in question.plan.journeys if journey.stops}
    steps = [s for s in question.plan.steps if s.kind is CommandKind.ONLINE and s.end == last[s.project]]
    counts = cache(partial(_count, question.server))  # the steps of all of a project's cells ask its API database
    return tuple(_answer(step, question, counts) for step in steps)


def _answer(step: Step, question: Question, counts: Callable[[str, str], int | str]) -> Evidence:
    if step.skip:
        return Evidence(NAME, step.lane, holds=True, detail=(step.skip,))
    code = question.exit_codes.get(step.id)
    if code is None:
        return Evidence(NAME, step.lane, holds=False, detail=(f"{step.id} has no outcome in the journal",))
    if step.exits.get(code) is not ExitMeaning.DONE:
        return Evidence(NAME, step.lane, holds=False, detail=(f"{_ended(step, code)}: rows are left",))
    left = []
    for database, rule in to_count(step, question):
        schema = question.plan.database(database).schema_name
        left.append(Left(rule, database, counts(schema, rule.count)))
    return judge(step, code, left)


def to_count(step: Step, question: Question) -> tuple[tuple[str, Pending], ...]:
    """Name the databases that an online step writes, each with every rule that tells what its release leaves there."""
    rules = [one for one in question.recipes[step.project].pending if one.releases.covers(step.end, question.calendar)]
    roles = {name: question.plan.database(name).role for name in step.writes}
    return tuple((name, rule) for name, role in roles.items() for rule in rules if rule.role == role)


def judge(step: Step, code: int, counted: Sequence[Left]) -> Evidence:
    """Judge a step that ended with "done" by what it left. Rows that may stay for ever neither hold nor fail."""
    if not counted:
        return Evidence(NAME, step.lane, holds=True, detail=(f"{_ended(step, code)}; no rule counts what is left",))
    left = [one for one in counted if one.rows]
    fails = any(isinstance(one.rows, int) and not one.rule.may_stay for one in left)
    numbers = [one.rows for one in counted if isinstance(one.rows, int)]
    names = f": {', '.join(dict.fromkeys(one.rule.migration for one in left))}" if left else ""
    said = f"{_ended(step, code)}; {len(numbers)} of {len(counted)} rules counted, {sum(numbers)} rows left{names}"
    holds = False if fails else None if left else True
    return Evidence(NAME, step.lane, holds, (said, *map(str, left)))


def _ended(step: Step, code: int) -> str:
    return f"{step.argv[0]} of {step.end} ended with {code}"


def _count(server: DatabaseServer, schema: str, sql: str) -> int | str:
    """Count, or say why not: a rule may name a table that a later release has dropped."""
    try:
        return count(server, schema, sql)
    except ThingAMeError as error:
        return error.message
