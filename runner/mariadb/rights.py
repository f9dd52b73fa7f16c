"""What our own account may do."""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.mariadb.accounts import STEP_RIGHTS
from runner.mariadb.connection import DatabaseServer


@dataclass(frozen=True)
class Rights:
    """Our account's rights; `ungrantable` maps a schema to the rights that it cannot pass on to a step's account."""

    account: str
    creates_accounts: bool
    sees_sessions: bool
    ungrantable: dict[str, tuple[str, ...]]


def read_rights(server: DatabaseServer, schemas: Sequence[str]) -> Rights:
    """Read the rights of our account and its current role, server-wide and on each schema; nothing is tried out.

    Facts: https://mariadb.com/kb/en/grant/: to grant a right one needs the right and GRANT OPTION on the same level or above.
    """
    account, role = server.rows("SELECT CURRENT_USER(), CURRENT_ROLE()")[0]
    user, _, host = account.rpartition("@")
    grantees = [f"'{user}'@'{host}'", f"'{role}'" if role else "''"]
    held = server.rows(
        "SELECT privilege_type, is_grantable FROM information_schema.user_privileges WHERE grantee IN (:user, :role)",
        user=grantees[0],
        role=grantees[1],
    )
    everywhere = {right for right, _ in held}
    grantable = {right for right, may_grant in held if may_grant == "YES"}
    ungrantable = {schema: _ungrantable(server, grantees, schema, grantable) for schema in schemas}
    return Rights(
        account,
        creates_accounts="CREATE USER" in everywhere,
        sees_sessions="PROCESS" in everywhere,
        ungrantable={schema: missing for schema, missing in ungrantable.items() if missing},
    )


def _ungrantable(server: DatabaseServer, grantees: Sequence[str], schema: str, everywhere: set[str]) -> tuple[str, ...]:
    if everywhere.issuperset(STEP_RIGHTS):
        return ()
    # A grant's schema is a LIKE pattern.
    here = server.rows(
        "SELECT privilege_type FROM information_schema.schema_privileges"
        " WHERE grantee IN (:user, :role) AND is_grantable = 'YES' AND :schema LIKE table_schema",
        user=grantees[0],
        role=grantees[1],
        schema=schema,
    )
    grantable = everywhere | {right for (right,) in here}
    return tuple(right for right in STEP_RIGHTS if right not in grantable)
