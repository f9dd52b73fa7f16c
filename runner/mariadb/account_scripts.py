"""Accounts as statements that make them again, for a copy that is loaded and not copied. They hold password hashes."""

from collections.abc import Sequence

from runner.mariadb.account_prints import read_accounts
from runner.mariadb.session import Session


def write_accounts(session: Session, schemas: Sequence[str]) -> str:
    """Write the statements that make every account and role with rights on these schemas, and no other but the server's own.

    Raises:
        RightsMissing: our account may not read the schema `mysql`.
    """
    wanted = [account for account in read_accounts(session, schemas) if account.reach != "none"]
    roles = [account.name for account in wanted if account.definition == "role" and account.name != "PUBLIC"]
    users = [account.name for account in wanted if account.definition.startswith("CREATE USER")]
    lines = [_DROP_FRESH, *(f"CREATE OR REPLACE ROLE {name}" for name in roles)]
    for name in users:
        ((definition,),) = session.rows(f"SHOW CREATE USER {name}")
        lines.append(definition.replace("CREATE USER", "CREATE OR REPLACE USER", 1))
    for name in (*roles, *users):
        lines += [line for (line,) in session.rows(f"SHOW GRANTS FOR {name}")]
    return "".join(f"{line};\n" for line in lines)


_DROP_FRESH = "DROP USER IF EXISTS root@'127.0.0.1', root@'::1', ''@localhost"
"""What `mariadb-install-db` makes besides root@localhost, by which we are in."""
