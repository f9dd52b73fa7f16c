"""Other people's sessions on the server: who may write in one, and how it is ended.

Facts: https://mariadb.com/kb/en/information-schema-processlist-table/, https://mariadb.com/kb/en/kill/,
https://mariadb.com/kb/en/information-schema-innodb_trx-table/.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from runner.errors import QueryFailed, RightsMissing
from runner.mariadb.account_prints import OURS
from runner.mariadb.rights import Grant, parse_grants
from runner.mariadb.session import Session
from runner.mariadb.writers import Account, Writers

INTERVAL = 0.12
"""Seconds between two looks. InnoDB shows the same transactions again to who asks within a tenth of a second (trx0i_s.cc)."""

_SESSIONS = """
    SELECT id, user, host, COALESCE(db, ''), command, COALESCE(state, ''), USER() FROM information_schema.processlist
    WHERE user NOT IN ('system user', 'event_scheduler', 'unauthenticated user')
    AND command NOT IN ('Daemon', 'Binlog Dump', 'Slave_IO', 'Slave_SQL', 'Slave_worker') AND id <> CONNECTION_ID()"""
_TRANSACTIONS = """
    SELECT trx_mysql_thread_id, trx_state, trx_rows_modified, trx_rows_locked FROM information_schema.innodb_trx
    WHERE trx_mysql_thread_id <> CONNECTION_ID()"""
_GONE = "(1094)"
_NOT_OURS = "(1095)"


@dataclass(frozen=True)
class Foreign:
    """A session that is not ours. `host` is without its port."""

    number: int
    user: str
    host: str
    schema: str
    command: str
    state: str

    def __str__(self) -> str:
        doing = f"{self.command}, {self.state}" if self.state else self.command
        return f"{self.user}@{self.host}{f' in {self.schema}' if self.schema else ''} ({doing})"


@dataclass(frozen=True)
class Transaction:
    """An open transaction. `session` 0: nobody's, prepared (XA) or found at the server's start."""

    session: int
    state: str
    modified: int
    locked: int

    @property
    def is_rolling_back(self) -> bool:
        return self.state == "ROLLING BACK"


@dataclass(frozen=True)
class Present:
    """Who and what is there at one moment: sessions that are not ours, and open transactions of others than ourselves."""

    foreign: tuple[Foreign, ...]
    transactions: tuple[Transaction, ...]

    def spared(self, writers: Writers) -> tuple[Foreign, ...]:
        """Those that the operator spares: an account of that name, from where it may come."""
        return tuple(one for one in self.foreign if any(_may_be(one, account) for account in writers.spare))

    def disturbing(self, writers: Writers) -> tuple[Foreign, ...]:
        """Those in which something may be written. Of a user whom nobody knows (dropped, anonymous) it is supposed."""
        spared = self.spared(writers)
        return tuple(one for one in self.foreign if one.user not in writers.harmless and one not in spared)

    def unsettled(self, writers: Writers) -> tuple[Transaction, ...]:
        """Transactions that have written or hold rows, but for those of sessions in which nothing of ours can be written.

        What those do is done elsewhere: the marks tell whether it did harm. (A reader may hold rows of ours all the same: a
        step waits for them as it does for every lock.)
        """
        harmless = {one.number for one in self.foreign if one.user in writers.harmless}
        return tuple(one for one in self.transactions if (one.modified or one.locked) and one.session not in harmless)

    @property
    def rolling_back(self) -> tuple[Transaction, ...]:
        return tuple(one for one in self.transactions if one.is_rolling_back)


def demand_sight(session: Session) -> None:
    """Demand that our account sees other people's sessions, and may end them. Without PROCESS the server shows none.

    Raises:
        RightsMissing: the message has the GRANT that helps.
    """
    grants = [grant for grant in parse_grants(row[0] for row in session.rows("SHOW GRANTS")) if grant.pattern is None]
    lacking = [] if any(grant.has("PROCESS") for grant in grants) else ["PROCESS"]
    # SUPER did it alone before 10.5.2.
    if not any(grant.has(right) for grant in grants for right in ("CONNECTION ADMIN", "SUPER")):
        lacking.append("CONNECTION ADMIN")
    if lacking:
        rights = ", ".join(lacking)
        raise RightsMissing(f"{session.server.name} lacks {rights}: GRANT {rights} ON *.* TO our account")


def read_present(session: Session) -> Present:
    """Read who is there. Ours are sessions of our user from the host that we come from, and those of our temporary accounts."""
    foreign, ours = [], set()
    for number, user, host, *rest, ourselves in session.rows(_SESSIONS):
        one = Foreign(int(number), user, _without_port(host), *rest)
        if f"{one.user}@{one.host}" == ourselves or one.user.startswith(OURS):
            ours.add(one.number)
        else:
            foreign.append(one)
    transactions = (
        Transaction(int(id_), state, int(rows), int(locks)) for id_, state, rows, locks in session.rows(_TRANSACTIONS)
    )
    return Present(tuple(foreign), tuple(one for one in transactions if one.session not in ours))


def end_sessions(session: Session, sessions: Sequence[Foreign]) -> None:
    """Have the server end sessions; it rolls back what is open in them, which may take as long as it took to do.

    Raises:
        RightsMissing: our account may not end this one.
    """
    for one in sessions:
        # One that is being ended already is, however often it is asked for.
        if one.command == "Killed":
            continue
        try:
            session.execute(f"KILL CONNECTION {one.number}")
        except QueryFailed as error:
            if error.message.endswith(_NOT_OURS):
                raise RightsMissing(f"{session.server.name} may not end the session of {one}: {error.message}") from error
            if not error.message.endswith(_GONE):
                raise


def name_sessions(sessions: Sequence[Foreign]) -> str:
    """Say who is there, and how many times."""
    counted = Counter(str(one) for one in sessions)
    return ", ".join(f"{name}{f', {times} times' if times > 1 else ''}" for name, times in sorted(counted.items()))


def _may_be(one: Foreign, account: Account) -> bool:
    return one.user == account.user and Grant(frozenset(), account.host, may_pass_on=False).covers(one.host)


def _without_port(host: str) -> str:
    """Take the port off an address as the process list has it; `localhost` (a socket) has none."""
    address, colon, port = host.rpartition(":")
    return address if colon and port.isdigit() else host
