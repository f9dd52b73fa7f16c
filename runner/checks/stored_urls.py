"""Do the database URLs that projects store themselves lead to the databases cloud.yaml names?

nova-manage follows cell_mappings, not its configuration: a restored copy's rows still lead to where it was copied from.
"""

from runner.checks.finding import Finding, Severity
from runner.checks.question import Question
from runner.mariadb.stored_urls import StoredUrlRow, read_stored_urls

NAME = "stored-urls"


def ask(question: Question) -> tuple[Finding, ...]:
    """Compare schema and server of every stored URL, and miss those of databases that no row leads to."""
    found: list[Finding] = []
    for project in sorted({database.project for database in question.schemas.values()}):
        rows = read_stored_urls(question.server, question.of(project), question.recipes[project].stored_urls)
        for row in rows:
            found += _judge(question, row)
        if rows and not any(row.template for row in rows):
            found += _miss(question, project, {row.schema for row in rows})
    return tuple(found)


def _miss(question: Question, project: str, led_to: set[str | None]) -> list[Finding]:
    """Find databases that the project itself does not know of: only those there may be many of are stored as URLs."""
    roles = question.recipes[project].roles
    return [
        Finding(
            check=NAME,
            severity=Severity.WARNS,
            where=database.id,
            says=f"no stored URL leads to schema {database.schema!r}",
            breaks=f"{project}: commands that follow the stored URLs pass it over",
            way_out="map the cell, or take the database out of cloud.yaml",
        )
        for database in question.of(project)
        if roles[database.role].many and database.schema not in led_to
    ]


def _judge(question: Question, row: StoredUrlRow) -> list[Finding]:
    if row.template or not row.is_database:
        return []
    if row.host is None or row.schema is None:
        says = "the URL cannot be read"
        return [_finding(row, Severity.BLOCKS, says, "correct it with `nova-manage cell_v2 update_cell`")]
    found: list[Finding] = []
    known = {database.schema for database in question.databases if database.project == row.database.project}
    if row.schema not in known:
        says = f"leads to schema {row.schema!r}, which cloud.yaml does not name for {row.database.project}"
        found.append(_finding(row, Severity.BLOCKS, says, "name that schema in cloud.yaml, or correct the row"))
    here = {(question.address.host.lower(), question.address.port)}
    if steps := question.address.from_steps:
        here.add((steps.host.lower(), steps.port))
    if (row.host.lower(), row.port) not in here:
        says = f"leads to {row.host}:{row.port}, cloud.yaml to {question.address.host}:{question.address.port}"
        way_out = "make sure that both are one server; correct the row otherwise"
        breaks = "steps are led to the server of cloud.yaml all the same; another server's databases stay as they are"
        found.append(_finding(row, Severity.WARNS, says, way_out, breaks))
    return found


_LEADS_ON = "its commands go where this row leads, not where their configuration does"


def _finding(row: StoredUrlRow, severity: Severity, says: str, way_out: str, breaks: str = _LEADS_ON) -> Finding:
    return Finding(
        check=NAME,
        severity=severity,
        where=row.where,
        rows=1,
        says=says,
        breaks=f"{row.database.project}: {breaks}",
        way_out=way_out,
    )
