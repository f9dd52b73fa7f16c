"""Are all tables InnoDB? A foreign key cannot end in another engine, and a Galera cluster does not replicate one."""

from collections import defaultdict

from runner.checks.finding import Finding, Severity, listed
from runner.checks.question import Question

NAME = "storage-engine"


def ask(question: Question) -> tuple[Finding, ...]:
    """Find the tables of another engine, one finding per database; on a Galera cluster they block."""
    rows = question.server.rows(
        "SELECT table_schema, table_name, engine FROM information_schema.tables"
        " WHERE table_type = 'BASE TABLE' AND COALESCE(engine, 'none') <> 'InnoDB' ORDER BY 1, 2"
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for schema, table, engine in rows:
        if schema in question.schemas:
            found[schema].append(f"{table} ({engine})")
    return tuple(
        Finding(
            check=NAME,
            severity=Severity.BLOCKS if question.server_facts.wsrep else Severity.WARNS,
            where=question.schemas[schema].id,
            rows=len(tables),
            says=f"tables that are not InnoDB: {listed(tables)}",
            breaks="any hop that adds a foreign key to one of them; a failed ALTER cannot be rolled back",
            way_out="ALTER TABLE ... ENGINE=InnoDB for each of them",
        )
        for schema, tables in found.items()
    )
