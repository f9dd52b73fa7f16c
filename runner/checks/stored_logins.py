"""Do the accounts get in that projects' stored URLs name, as those URLs say?

nova's online migrations and nova-status log in as cell_mappings say, not as their configuration does; a cell that they
cannot get into leaves the step stuck (nova/cmd/manage.py `_run_online_migration`, exit code 2). A rehearsal does not tell:
on a clone those URLs are rewritten.
"""

from runner.checks.finding import Finding, Severity, Unanswered
from runner.checks.question import Question
from runner.containers.engine import has_room_for
from runner.errors import LoginRefused, ThingAMeError, TlsRequired
from runner.mariadb.stored_urls import StoredUrlRow, read_stored_urls, try_logins

NAME = "stored-logins"


def ask(question: Question) -> tuple[Finding | Unanswered, ...]:
    """Log in as each stored URL says, and find those that a step could not follow."""
    found: list[Finding | Unanswered] = []
    for project in sorted({database.project for database in question.schemas.values()}):
        databases, stored = question.of(project), question.recipes[project].stored_urls
        for row in read_stored_urls(question.server, databases, stored):
            found += _files(question, row)
        logins = try_logins(question.address, question.server, databases, stored)
        found += [_judge(row, trouble) for row, trouble in logins]
    return tuple(found)


def _files(question: Question, row: StoredUrlRow) -> list[Finding]:
    """Find what a URL names that is not in a step's container."""
    update = "`nova-manage cell_v2 update_cell` to a URL that does without, until the run is over"
    if row.keys:
        return [_finding(row, Severity.BLOCKS, f"names {', '.join(row.keys)}, which steps do not have", update)]
    if row.authority is None:
        return []
    tls = question.address.tls
    if tls is None or not tls.verify:
        way_out = "set server.tls.ca in cloud.yaml, and verify: steps find it there then"
        return [_finding(row, Severity.BLOCKS, f"names the authority {row.authority}, which steps do not have", way_out)]
    if not has_room_for(row.authority):
        says = f"names the authority {row.authority}, in a directory that steps need as it is"
        return [_finding(row, Severity.BLOCKS, says, update)]
    return []


def _judge(row: StoredUrlRow, trouble: ThingAMeError) -> Finding | Unanswered:
    if isinstance(trouble, TlsRequired):
        way_out = "`nova-manage cell_v2 update_cell` to a host that the server's certificate holds for, with ?ssl_ca=FILE"
        return _finding(row, Severity.BLOCKS, trouble.message, way_out)
    if not isinstance(trouble, LoginRefused):
        return Unanswered(NAME, f"{row.where}: {trouble.message}")
    # flows/letting_in.py makes such accounts.
    way_out = "correct the row or the account; one that gets in from its services' hosts only is let in by a window alone"
    return _finding(row, Severity.WARNS, trouble.message, way_out)


def _finding(row: StoredUrlRow, severity: Severity, says: str, way_out: str) -> Finding:
    return Finding(
        check=NAME,
        severity=severity,
        where=row.where,
        rows=1,
        says=says,
        breaks=f"{row.database.project}: what follows this row gets stuck there",
        way_out=way_out,
    )
