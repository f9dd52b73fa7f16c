"""Accounts on a clone: ours, and those of production that must be able to log in from where a clone's steps are."""

import re

from runner.mariadb.accounts import native_hash
from runner.mariadb.connection import DatabaseServer, quote

PREFIX = "tam_clone_"
"""With what the names of our accounts on clones begin; there is none of that name anywhere else."""
_GRANTEE = re.compile(r" TO ([`'])(?:(?!\1).|\1\1)*\1@([`'])(?:(?!\2).|\2\2)*\2")


def clone_account(name: str, password: str) -> tuple[str, ...]:
    """Write the statements by which a clone makes our account: all rights, from its own socket only."""
    account = f"{quote(name)}@'localhost'"
    hashed = f"IDENTIFIED VIA mysql_native_password USING '{native_hash(password)}'"
    return (f"CREATE OR REPLACE USER {account} {hashed};", f"GRANT ALL PRIVILEGES ON *.* TO {account} WITH GRANT OPTION;")


def demand_clone(server: DatabaseServer) -> None:
    """Make sure that what is about to be rewritten is a clone.

    Raises:
        ValueError: a bug of ours: it is not. Nothing was changed.
    """
    if not str(server.scalar("SELECT CURRENT_USER()")).startswith(PREFIX):
        raise ValueError(f"{server.name} is no clone: it stays as it is")


def let_in(server: DatabaseServer, user: str) -> bool:
    """Let an account of production's log in to a clone from any host and without TLS, with the password and rights it has.

    Production may know it by the addresses of its own hosts, and a clone's steps come from none of them; a window may have
    locked it when it took the snapshot, where it lets steps in by a twin. An account that production does not have stays one
    that cannot log in. Says whether something had to be changed.

    Raises:
        ValueError: this is no clone.
        RightsMissing, QueryFailed
    """
    demand_clone(server)
    known = server.rows("SELECT host, ssl_type FROM mysql.user WHERE user = :user ORDER BY host = 'localhost'", user=user)
    hosts: dict[str, str] = dict(known)
    everywhere = f"{quote(user)}@'%'"
    is_locked = "%" in hosts and " ACCOUNT LOCK" in str(server.scalar(f"SHOW CREATE USER {everywhere}"))
    if not hosts or (hosts.get("%") == "" and not is_locked):
        return False
    if "%" not in hosts:
        for (grant,) in server.rows("SHOW GRANTS FOR :user@:host", user=user, host=next(iter(hosts))):
            server.execute(_GRANTEE.sub(lambda _: f" TO {everywhere}", str(grant), count=1))
    server.execute(f"ALTER USER {everywhere} REQUIRE NONE" + (" ACCOUNT UNLOCK" if is_locked else ""))
    return True
