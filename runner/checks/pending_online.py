"""Are online migrations pending of the release a project is at? The next release's sync may refuse what they leave."""

from runner.checks.finding import Finding, Severity, Unanswered
from runner.checks.question import Question
from runner.errors import ThingAMeError
from runner.mariadb.rows import count
from runner.planning.cloud import Database
from runner.planning.recipe import Pending

NAME = "pending-online"


def ask(question: Question) -> tuple[Finding | Unanswered, ...]:
    """Count what each online migration of the present release would still move."""
    answers = []
    for project, hops in question.hops.items():
        for pending in question.recipes[project].pending if hops else ():
            if pending.releases.covers(hops[0].start, question.calendar):
                databases = question.of(project, pending.role)
                answers += [_count(question, pending, database, hops[0].start) for database in databases]
    return tuple(answer for answer in answers if answer is not None)


def _count(question: Question, pending: Pending, database: Database, release: str) -> Finding | Unanswered | None:
    try:
        rows = count(question.server, database.schema, pending.count)
    except ThingAMeError as error:
        return Unanswered(NAME, f"{pending.migration}: {error.message}")
    if not rows:
        return None
    return Finding(
        check=NAME,
        severity=Severity.WARNS,
        where=database.id,
        rows=rows,
        says=f"{rows} rows wait for {release}'s online migration {pending.migration}",
        way_out=f"run {release}'s online migrations before its successor's sync",
        mend=f"{database.project}-online",
    )
