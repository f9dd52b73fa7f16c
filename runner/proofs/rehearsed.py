"""Each database's schema is, to the last definition, the one that the rehearsal of a sealed plan ended with."""

from runner.mariadb.schema import read_schema
from runner.proofs.question import Evidence, Question

NAME = "rehearsed"


def give(question: Question) -> tuple[Evidence, ...]:
    """One piece of evidence per database that a rehearsal tells of; none where the plan was not rehearsed."""
    evidence = []
    for database in question.plan.databases:
        if expected := question.rehearsed.get(database.id):
            found = read_schema(question.server, database.schema_name).digest
            detail = f"its schema is {found}" + ("" if found == expected else f"; the rehearsal ended with {expected}")
            evidence.append(Evidence(NAME, database.id, found == expected, (detail,)))
    return tuple(evidence)
