"""Accounts locked, and unlocked again exactly as they were: https://mariadb.com/kb/en/account-locking/.

ALTER USER ... ACCOUNT LOCK changes one key of `mysql.global_priv.priv`, `account_locked`, and nothing else; UNLOCK leaves it
there as false where it was not before, which SHOW CREATE USER does not show (tried: 10.11.19).
"""

from collections.abc import Sequence

from runner.errors import AccountNotLockable, Aftermath, QueryFailed, RightsMissing
from runner.frozen import Frozen
from runner.mariadb.connection import DatabaseServer, quote
from runner.mariadb.session import Session, open_session
from runner.mariadb.writers import Account

_NO_SUCH_ACCOUNT = "(1396)"
"""Also for one whose host is a name, on a server that resolves none (skip_name_resolve): it lets nobody in."""
_IS_THERE = "SELECT @@skip_name_resolve FROM mysql.global_priv WHERE user = :user AND host = :host"


class Lockable(Frozen):
    """An account as it is to be found again: what is written down before it is locked."""

    user: str
    host: str
    was_locked: bool

    def __str__(self) -> str:
        return f"{self.user}@{self.host}"

    @property
    def quoted(self) -> str:
        return f"{quote(self.user)}@{quote(self.host)}"


def to_lock(found: Sequence[Account], earlier: Sequence[Lockable] = ()) -> tuple[Lockable, ...]:
    """Say what to lock. `earlier` was written down before, by a run that is gone on with: its word on who was locked counts."""
    known = {str(one): one for one in earlier}
    now = (Lockable(user=one.user, host=one.host, was_locked=one.is_locked) for one in found)
    return (*earlier, *(one for one in now if str(one) not in known))


def lock_accounts(server: DatabaseServer, accounts: Sequence[Lockable]) -> tuple[Lockable, ...]:
    """Lock accounts, also those that are locked; their sessions go on. Returns those that are gone: nobody logs in by them.

    Raises:
        AccountNotLockable: our account may not alter this one; those before it are locked.
        ServerReadOnly, ServerUnreachable, QueryFailed
    """
    with open_session(server) as session:
        return tuple(account for account in accounts if not _alter(session, account, "LOCK"))


def unlock_accounts(server: DatabaseServer, accounts: Sequence[Lockable]) -> tuple[Lockable, ...]:
    """Unlock those that were not locked before, also those that are unlocked. Returns those that were dropped meanwhile.

    Every account is tried, also after one that refuses.

    Raises:
        AccountNotLockable: the message has the SQL for each that stayed locked.
        ServerReadOnly, ServerUnreachable, QueryFailed
    """
    gone, refused = [], []
    with open_session(server) as session:
        for account in accounts:
            if account.was_locked:
                continue
            try:
                if not _alter(session, account, "UNLOCK"):
                    gone.append(account)
            except (AccountNotLockable, QueryFailed) as error:
                refused.append(error.message)
    if refused:
        raise AccountNotLockable("; ".join(refused), aftermath=Aftermath.UNKNOWN)
    return tuple(gone)


def _alter(session: Session, account: Lockable, word: str) -> bool:
    """Lock or unlock; False: there is no such account, or it is in no effect."""
    statement = f"ALTER USER {account.quoted} ACCOUNT {word}"
    try:
        session.execute(statement)
    except RightsMissing as error:
        help_ = f"GRANT CREATE USER ON *.* to our account, or execute {statement}"
        message = f"{account} is not ours to change: {help_} ({error.message})"
        raise AccountNotLockable(message) from error
    except QueryFailed as error:
        if not error.message.endswith(_NO_SUCH_ACCOUNT):
            raise
        found = session.rows(_IS_THERE, user=account.user, host=account.host)
        if found and not found[0][0]:
            raise AccountNotLockable(f"{account} is there, and cannot be changed: {statement} ({error.message})") from error
        return False
    return True
