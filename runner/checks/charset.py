"""Is all text UTF-8? A database that is not gives every new table its own charset, and foreign keys then meet across two."""

from collections import defaultdict

from runner.checks.finding import Finding, Severity, listed
from runner.checks.question import Question
from runner.mariadb.charset_names import name_on
from runner.mariadb.connection import quote

NAME = "charset"

DECLARED = {
    "nova": frozenset(
        {"allocations", "consumers", "placement_aggregates", "projects", "resource_classes", "resource_providers", "users"}
    )
}
"""Tables that a fresh install makes latin1 itself: `mysql_charset='latin1'` in nova/db/{api,main}/migrations/versions,
d67eeaabee36 and 8f2f1571d55b, 2023.1 to 2026.1."""


def ask(question: Question) -> tuple[Finding, ...]:
    """Find databases whose default is not UTF-8, and tables with columns that are not."""
    return (*_defaults(question), *_columns(question))


def _defaults(question: Question) -> tuple[Finding, ...]:
    charset, collation = (name_on(question.server_facts.numbers, name) for name in ("utf8mb3", "utf8mb3_general_ci"))
    return tuple(
        Finding(
            check=NAME,
            severity=Severity.WARNS,
            where=database.id,
            says=f"the database's default charset is {question.facts[database].charset}",
            breaks="any hop that creates a table with a foreign key to an old one",
            way_out=f"ALTER DATABASE {quote(schema)} CHARACTER SET {charset} COLLATE {collation}",
        )
        for schema, database in question.schemas.items()
        if not question.facts[database].charset.startswith("utf8")
    )


def _columns(question: Question) -> tuple[Finding, ...]:
    rows = question.server.rows(
        "SELECT DISTINCT table_schema, table_name, character_set_name FROM information_schema.columns"
        " WHERE character_set_name NOT LIKE 'utf8%' ORDER BY 1, 2"
    )
    utf8 = name_on(question.server_facts.numbers, "utf8mb3")
    found: defaultdict[str, list[str]] = defaultdict(list)
    for schema, table, charset in rows:
        database = question.schemas.get(schema)
        if database and table not in DECLARED.get(database.project, ()):
            found[schema].append(f"{table} ({charset})")
    return tuple(
        Finding(
            check=NAME,
            severity=Severity.WARNS,
            where=question.schemas[schema].id,
            rows=len(tables),
            says=f"tables with text that is not UTF-8: {listed(tables)}",
            breaks="any hop that adds a foreign key between one of them and a table of its own",
            way_out=(
                f"ALTER TABLE ... CONVERT TO CHARACTER SET {utf8}; not of a table that misread-text names, whose text would be"
                " encoded twice"
            ),
            mend="text",
        )
        for schema, tables in found.items()
    )
