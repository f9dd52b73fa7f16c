"""Twins: an account's name, password and rights at one more host, for the length of a chain whose services are kept out.

A server takes the account whose host fits best (https://mariadb.com/kb/en/create-user/#account-names), so that from there the
twin is logged in, and from everywhere else the account that is locked.
"""

import re

from runner.frozen import Frozen
from runner.mariadb.connection import DatabaseServer, quote

_GRANTEE = re.compile(r" TO ([`'])(?:(?!\1).|\1\1)*\1@([`'])(?:(?!\2).|\2\2)*\2")
_HOSTS = "SELECT host FROM mysql.global_priv WHERE user = :user ORDER BY host = 'localhost', host <> '%'"


class Twin(Frozen):
    """An account that is ours to drop."""

    user: str
    host: str

    @property
    def quoted(self) -> str:
        return f"{quote(self.user)}@{quote(self.host)}"


def has_twin(server: DatabaseServer, twin: Twin) -> bool:
    """Whether there is an account of that name at that host: the operator's own, unless we made it."""
    return twin.host in {host for (host,) in server.rows(_HOSTS, user=twin.user)}


def make_twin(server: DatabaseServer, twin: Twin) -> bool:
    """Make it like the account of its name, and unlocked; False: there is no account of that name.

    Raises:
        RightsMissing: our account may not pass on what that one may.
        QueryFailed
    """
    hosts = [host for (host,) in server.rows(_HOSTS, user=twin.user) if host != twin.host]
    if not hosts:
        return False
    for (grant,) in server.rows("SHOW GRANTS FOR :user@:host", user=twin.user, host=hosts[0]):
        server.execute(_GRANTEE.sub(lambda _: f" TO {twin.quoted}", str(grant), count=1))
    server.execute(f"ALTER USER {twin.quoted} ACCOUNT UNLOCK")
    return True


def drop_twin(server: DatabaseServer, twin: Twin) -> None:
    """Drop it; one that is gone already is as good."""
    server.execute(f"DROP USER IF EXISTS {twin.quoted}")
