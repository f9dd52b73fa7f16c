"""Do nova's instance mappings lead to instances? One that does not holds up what comes behind it, and counts as living.

Nova's API database says which cell an instance is in, the cell's database has it: no SQL of one of them tells. They come from
instances that were archived or deleted by hand, and from archiving before pike deleted mappings.
"""

from runner.checks.finding import Finding, Severity
from runner.checks.question import Question
from runner.mariadb.connection import quote
from runner.mariadb.stored_urls import read_stored_urls
from runner.planning.cloud import Database

NAME = "orphan-mappings"

_COUNT = """
SELECT COUNT(*) FROM {api}.instance_mappings m JOIN {api}.cell_mappings c ON c.id = m.cell_id
LEFT JOIN {cell}.instances i ON i.uuid = CONVERT(m.instance_uuid USING {charset}) COLLATE {collation}
WHERE c.name = :name AND i.id IS NULL
"""


def ask(question: Question) -> tuple[Finding, ...]:
    """Count, cell by cell, the mappings whose instance is not even soft-deleted there."""
    cells = {database.schema: database for database in question.of("nova", "cell")}
    urls = question.recipes["nova"].stored_urls if "nova" in question.recipes else ()
    return tuple(
        finding
        for api in question.of("nova", "api")
        for name, schema in {
            row.name: row.schema for row in read_stored_urls(question.server, [api], urls) if row.schema in cells and row.name
        }.items()
        for finding in _count(question, api, cells[str(schema)], name)
    )


def _count(question: Question, api: Database, cell: Database, name: str) -> tuple[Finding, ...]:
    # Two databases may have two collations, which do not compare by themselves (1267).
    ((charset, collation),) = question.server.rows(
        "SELECT character_set_name, collation_name FROM information_schema.columns"
        " WHERE table_schema = :schema AND table_name = 'instances' AND column_name = 'uuid'",
        schema=cell.schema,
    )
    sql = _COUNT.format(api=quote(api.schema), cell=quote(cell.schema), charset=charset, collation=collation)
    rows = int(question.server.scalar(sql, name=name))
    if not rows:
        return ()
    return (
        Finding(
            check=NAME,
            severity=Severity.WARNS,
            where=f"{api.id}.instance_mappings",
            rows=rows,
            says=f"{rows} mappings lead to instances that {cell.id} does not have",
            breaks="populate_user_id (stein and later) moves none without a user, nor what lies behind 50 of them; exit code 0",
            way_out="look at them, and delete from instance_mappings those whose instance_uuid is not in the cell's instances",
        ),
    )
