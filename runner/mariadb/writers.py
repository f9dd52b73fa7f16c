"""Which accounts may write to schemas: rights on everything, on schemas, tables, columns and routines, and by roles.

Facts: https://mariadb.com/kb/en/mysqlglobal_priv-table/, https://mariadb.com/kb/en/mysqldb-table/, sql/privilege.h for the
bits of `access`, acl_get() in sql/sql_acl.cc: a right on a schema holds for a user's name from the *client's* host, whatever
the host of the account that let it in, and one of the user '' for everybody without one of his own. So here the name alone
decides, and in doubt an account may write.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from runner.errors import AccountNotLockable
from runner.mariadb.account_prints import OURS
from runner.mariadb.facts import version_numbers
from runner.mariadb.rights import Grant
from runner.mariadb.session import Session

OLDEST = (10, 4, 2)
"""The first that knows ACCOUNT LOCK: https://mariadb.com/kb/en/account-locking/."""

THE_SERVERS = ("root@localhost", "mariadb.sys@localhost", "mysql@localhost")
"""Those that are never locked: an administrator at the server's socket has to get in whatever becomes of us."""

_WRITE = (1, 2, 3, 4, 5, 12, 13, 18, 21, 23, 24, 26, 27, 29, 37)
"""INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, EXECUTE (a routine may write with the rights of who made it),
CREATE VIEW, CREATE ROUTINE, ALTER ROUTINE, EVENT, TRIGGER, DELETE HISTORY, BINLOG REPLAY."""
_GET_TO_WRITE = (15, 25, 30, 34)
"""SUPER, CREATE USER (it unlocks), SET USER (a routine that is another's), REPLICATION SLAVE ADMIN (it starts a replica)."""
WRITING = sum(1 << bit for bit in (*_WRITE, *_GET_TO_WRITE))

_RIGHTS = (
    """SELECT user, host, db, 1 FROM mysql.db WHERE 'Y' IN (Insert_priv, Update_priv, Delete_priv, Create_priv, Drop_priv,
    Index_priv, Alter_priv, Execute_priv, Create_view_priv, Create_routine_priv, Alter_routine_priv, Event_priv, Trigger_priv,
    Delete_history_priv)""",
    """SELECT user, host, db, 0 FROM mysql.tables_priv
    WHERE table_priv REGEXP 'Insert|Update|Delete|Create|Drop|Index|Alter|Trigger'""",
    "SELECT user, host, db, 0 FROM mysql.columns_priv WHERE column_priv REGEXP 'Insert|Update'",
    "SELECT user, host, db, 0 FROM mysql.procs_priv WHERE proc_priv REGEXP 'Execute|Alter Routine'",
)
_ACCOUNTS = """
    SELECT user, host, COALESCE(JSON_VALUE(priv, '$.is_role'), '0') IN ('1', 'true'),
    COALESCE(JSON_VALUE(priv, '$.account_locked'), '0') IN ('1', 'true'), COALESCE(JSON_VALUE(priv, '$.access'), 0)
    FROM mysql.global_priv ORDER BY user, host"""
_ROLES = "SELECT user, host, role FROM mysql.roles_mapping"
_PROXIES = "SELECT user, host, proxied_user FROM mysql.proxies_priv"


@dataclass(frozen=True)
class Account:
    """An account or a role as `mysql.global_priv` has it; `access` are its rights on everything, a bit each."""

    user: str
    host: str = "%"
    is_role: bool = False
    is_locked: bool = False
    access: int = 0

    def __str__(self) -> str:
        return f"{self.user}@{self.host}"


@dataclass(frozen=True)
class Right:
    """Something that writes, given to a user's name (empty: to everybody) or to a role, in a schema or a pattern of schemas."""

    user: str
    host: str
    schema: str
    is_pattern: bool = False

    def covers(self, schemas: Sequence[str]) -> bool:
        if self.is_pattern:
            return any(Grant(frozenset(), self.schema, may_pass_on=False).covers(schema) for schema in schemas)
        return self.schema in schemas


@dataclass(frozen=True)
class Holdings:
    """All that a server knows of who may do what. A role is given to (user, host); a proxy may become another user."""

    accounts: tuple[Account, ...]
    rights: tuple[Right, ...] = ()
    roles: tuple[tuple[str, str, str], ...] = ()
    proxies: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Writers:
    """Accounts that may write: those to lock, those that the operator spares, and those that are ours or the server's own.

    `harmless` are the names of users of whom no account may write. `spare` are all accounts that were spared, also such as
    cannot write; `unknown_spare` was to be spared, and there is no such account.
    """

    lockable: tuple[Account, ...]
    spared: tuple[Account, ...] = ()
    exempt: tuple[Account, ...] = ()
    harmless: frozenset[str] = frozenset()
    spare: tuple[Account, ...] = ()
    unknown_spare: tuple[str, ...] = ()


def read_writers(session: Session, schemas: Sequence[str], spare: Sequence[str]) -> Writers:
    """Read who may write to `schemas`, or to `mysql`: who writes there unlocks himself.

    Raises:
        AccountNotLockable: the server is older than 10.4.2.
        RightsMissing: our account may not read the schema `mysql`.
    """
    ((version, folds, ours),) = session.rows("SELECT VERSION(), @@lower_case_table_names, CURRENT_USER()")
    if version_numbers(version) < OLDEST:
        raise AccountNotLockable(f"{session.server.name}: MariaDB {version} cannot lock accounts")
    holdings = Holdings(
        accounts=tuple(
            Account(user, host, bool(role), bool(locked), int(bits))
            for user, host, role, locked, bits in session.rows(_ACCOUNTS)
        ),
        rights=tuple(
            Right(user, host, schema, bool(pattern)) for sql in _RIGHTS for user, host, schema, pattern in session.rows(sql)
        ),
        roles=tuple((user, host, role) for user, host, role in session.rows(_ROLES)),
        proxies=tuple((user, host, proxied) for user, host, proxied in session.rows(_PROXIES)),
    )
    return find_writers(holdings, [schema.lower() if folds else schema for schema in schemas], spare, ours)


def find_writers(holdings: Holdings, schemas: Sequence[str], spare: Sequence[str], ours: str) -> Writers:
    """Say who may write to `schemas`; `ours` is our own account, `user@host`."""
    reached = (*schemas, "mysql")
    users = [account for account in holdings.accounts if not account.is_role]
    writing = {account for account in users if _may_write(account, holdings, reached)}
    # Only what a proxy may become at first hand: the server follows it no further either.
    names = {account.user for account in writing}
    proxies = {(user, host) for user, host, proxied in holdings.proxies if not proxied or proxied in names}
    writing |= {account for account in users if (account.user, account.host) in proxies}
    spare_ones = tuple(account for account in users if any(name in (account.user, str(account)) for name in spare))
    exempt = {account for account in writing if account.user.startswith(OURS) or str(account) in (ours, *THE_SERVERS)}
    harmful = {account.user for account in writing}
    return Writers(
        lockable=tuple(account for account in users if account in writing - exempt - set(spare_ones)),
        spared=tuple(account for account in spare_ones if account in writing - exempt),
        exempt=tuple(account for account in users if account in exempt and not account.is_locked),
        # Where anybody at all may log in and write, nobody's name tells that he does not.
        harmless=frozenset() if "" in harmful else frozenset(account.user for account in users) - harmful,
        spare=spare_ones,
        unknown_spare=tuple(name for name in spare if not any(name in (one.user, str(one)) for one in spare_ones)),
    )


def _may_write(account: Account, holdings: Holdings, reached: Sequence[str]) -> bool:
    """Say whether a right of its own, or of a role that it could take, writes: roles need not be its default ones."""
    roles = set(_roles_of(account, holdings))
    rights = [right for right in holdings.rights if _applies(right, account, roles, holdings)]
    bits = account.access
    for role in holdings.accounts:
        if role.is_role and role.user in roles:
            bits |= role.access
    return bool(bits & WRITING) or any(right.covers(reached) for right in rights)


def _applies(right: Right, account: Account, roles: set[str], holdings: Holdings) -> bool:
    is_a_roles = not right.host and any(one.is_role and one.user == right.user for one in holdings.accounts)
    if is_a_roles:
        return right.user in roles
    return right.user == account.user or (right.is_pattern and not right.user)


def _roles_of(account: Account, holdings: Holdings) -> Iterator[str]:
    """Follow the roles of an account, and theirs; PUBLIC is everybody's since 10.11."""
    seen: set[str] = set()
    next_ = {"PUBLIC", *_given(account.user, account.host, holdings.roles)}
    while next_:
        yield from next_
        seen |= next_
        next_ = {role for given in next_ for role in _given(given, "", holdings.roles)} - seen


def _given(user: str, host: str, roles: Iterable[tuple[str, str, str]]) -> set[str]:
    return {role for to_user, to_host, role in roles if (to_user, to_host) == (user, host)}
