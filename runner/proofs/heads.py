"""Every version table holds the heads of the target's own migrations, and nothing else."""

from runner.mariadb.version_rows import read_standing
from runner.planning.cloud import Database
from runner.planning.detection import rows_of
from runner.proofs.question import Evidence, Question

NAME = "heads"


def give(question: Question) -> tuple[Evidence, ...]:
    """One piece of evidence per database."""
    databases = [Database(one.project, one.role, one.member, one.schema_name) for one in question.plan.databases]
    expected = {one.id: one.ends for one in question.plan.databases}
    found = read_standing(question.server, databases, question.recipes)
    evidence = []
    for facts in found:
        rows = rows_of(facts, question.recipes[facts.database.project])
        holds = rows == expected[facts.database.id]
        detail = f"at {', '.join(rows) or 'nothing'}"
        if not holds:
            detail += f", expected {', '.join(expected[facts.database.id])}"
        evidence.append(Evidence(NAME, facts.database.id, holds, (detail,)))
    return tuple(evidence)
