"""Are there rows that make a sync on the way fail? The recipes know which, and how to get rid of them."""

from runner.checks.finding import Finding, Severity, Unanswered
from runner.checks.question import Question
from runner.errors import ThingAMeError
from runner.mariadb.rows import count
from runner.planning.cloud import Database
from runner.planning.path import Hop
from runner.planning.recipe import Blocker

NAME = "blockers"


def ask(question: Question) -> tuple[Finding | Unanswered, ...]:
    """Count each blocker's rows in each database, where a hop crosses its releases."""
    answers = [
        _count(question, blocker, sql, database, hop)
        for project, hops in question.hops.items()
        for blocker in question.recipes[project].blockers
        if (hop := question.crossing(project, blocker.releases))
        if (sql := blocker.count_at(hops[0].start, question.calendar))
        for database in question.of(project, blocker.role)
        if not blocker.guest or blocker.guest in question.facts[database].guests
    ]
    return tuple(answer for answer in answers if answer is not None)


def _count(question: Question, blocker: Blocker, sql: str, database: Database, hop: Hop) -> Finding | Unanswered | None:
    try:
        rows = count(question.server, database.schema, sql)
    except ThingAMeError as error:
        # One recipe's faulty SQL may not hide what the others find.
        return Unanswered(NAME, f"{blocker.name}: {error.message}")
    if not rows:
        return None
    return Finding(
        check=NAME,
        severity=Severity(blocker.severity),
        where=database.id,
        rows=rows,
        says=f"{blocker.name}: {rows} rows",
        breaks=f"{database.project} {hop}: {blocker.breaks}",
        way_out=blocker.way_out,
        mend=blocker.mend,
    )
