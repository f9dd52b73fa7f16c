"""May our account do what a run needs: create the steps' accounts, give them rights on the schemas, keep the server's lease?"""

from collections.abc import Sequence

from runner.checks.finding import Finding, Severity, listed
from runner.checks.question import Question
from runner.errors import RightsMissing
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.lease_row import lacking_rights, say_grant
from runner.mariadb.rights import Rights, read_rights

NAME = "rights"


def ask(question: Question) -> tuple[Finding, ...]:
    """Compare the rights our account holds with those a run needs; nothing is tried out."""
    return _find(question.server, tuple(question.schemas))


def demand(server: DatabaseServer, schemas: Sequence[str]) -> None:
    """Demand them before anything is changed.

    Raises:
        RightsMissing: the hint has the GRANTs.
    """
    if found := _find(server, schemas):
        says = "; ".join(f"{one.where} {one.says}" for one in found)
        raise RightsMissing(says, hint=f"as an administrator: {'; '.join(one.way_out for one in found)}")


def _find(server: DatabaseServer, schemas: Sequence[str]) -> tuple[Finding, ...]:
    rights = read_rights(server, schemas)
    lease = [_finding(rights.account, "may not keep the server's lease", say_grant(server))] if lacking_rights(server) else []
    return (*judge(rights), *lease)


def judge(rights: Rights) -> tuple[Finding, ...]:
    """Find what is missing, and the GRANT that gives it."""
    account = _quoted(rights.account)
    found: list[Finding] = []
    if not rights.creates_accounts:
        way_out = f"GRANT CREATE USER ON *.* TO {account}"
        found.append(_finding(rights.account, "may not create the steps' accounts", way_out))
    if rights.ungrantable:
        schemas = listed(sorted(rights.ungrantable))
        missing = listed(sorted({right for lacking in rights.ungrantable.values() for right in lacking}))
        way_out = (
            rf"for each of these schemas GRANT ALL ON `SCHEMA`.* TO {account} WITH GRANT OPTION (write `_` in its name as `\_`)"
        )
        found.append(_finding(rights.account, f"may not pass on {missing} on {schemas}", way_out))
    return tuple(found)


def _quoted(account: str) -> str:
    """Write CURRENT_USER() as a GRANT takes it: the host is what stands behind the last @."""
    user, _, host = account.rpartition("@")
    return "@".join("'" + part.replace("'", "''") + "'" for part in (user, host))


def _finding(account: str, says: str, way_out: str) -> Finding:
    return Finding(
        check=NAME, severity=Severity.BLOCKS, where=account, says=says, breaks="the run, before its first step", way_out=way_out
    )
