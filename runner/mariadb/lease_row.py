"""The lease's row on the server: who holds it, and the statements that read and change it, each one atomic.

Facts: https://mariadb.com/kb/en/mariadb-galera-cluster-known-limitations/ (no GET_LOCK, primary keys), and
https://mariadb.com/kb/en/galera-cluster-system-variables/#wsrep_sync_wait. All times are the server's: UTC_TIMESTAMP(6).
"""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random

from runner.errors import QueryFailed, RightsMissing, SchemaMissing
from runner.mariadb.connection import DatabaseServer, quote
from runner.mariadb.rights import parse_grants

T = TypeVar("T")

SCHEMA = "thing_a_me"
"""Ours, outside all that is migrated; a snapshot does not compare it."""
RIGHTS = ("SELECT", "INSERT", "UPDATE", "CREATE")
"""What our account needs on it."""
WHOLE_SERVER = "server"
"""The one lease of a server: snapshots are of all its data, and are put back as a whole."""

_SCHEMA = "CREATE DATABASE IF NOT EXISTS thing_a_me CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
_TABLE = """
    CREATE TABLE IF NOT EXISTS thing_a_me.lease (
    name VARCHAR(64) NOT NULL PRIMARY KEY, token BIGINT UNSIGNED NOT NULL, beats BIGINT UNSIGNED NOT NULL,
    host VARCHAR(255) NOT NULL, pid BIGINT UNSIGNED NOT NULL, run VARCHAR(255) NOT NULL,
    since DATETIME(6) NULL, heartbeat DATETIME(6) NULL, ttl DECIMAL(9,3) NOT NULL, doing VARCHAR(255) NOT NULL
    ) ENGINE=InnoDB"""
_FREE = "INSERT IGNORE INTO thing_a_me.lease VALUES (:name, 0, 0, '', 0, '', NULL, NULL, 0, '')"
_READ = """
    SELECT token, beats, host, pid, run, since, TIMESTAMPDIFF(MICROSECOND, since, UTC_TIMESTAMP(6)),
    TIMESTAMPDIFF(MICROSECOND, heartbeat, UTC_TIMESTAMP(6)), ttl, doing
    FROM thing_a_me.lease WHERE name = :name"""
_PUT = """
    UPDATE thing_a_me.lease SET token = :token, beats = :beats, host = :host, pid = :pid, run = :run,
    since = UTC_TIMESTAMP(6) - INTERVAL :held_for MICROSECOND, heartbeat = UTC_TIMESTAMP(6), ttl = :ttl, doing = :doing
    WHERE name = :name AND token = :seen_token AND beats = :seen_beats"""
# A beat that was given up, and reaches the table late, is behind a newer one. A row that is behind what was confirmed to us is
# of the past; a server that crashed may have forgotten a second, so a fresh one is taken all the same.
_BEAT = """
    UPDATE thing_a_me.lease SET beats = :beats, heartbeat = UTC_TIMESTAMP(6), ttl = :ttl, doing = :doing
    WHERE name = :name AND token = :token AND host = :host AND pid = :pid AND run = :run AND heartbeat IS NOT NULL
    AND beats < :beats
    AND (beats >= :confirmed OR TIMESTAMPDIFF(MICROSECOND, heartbeat, UTC_TIMESTAMP(6)) < ttl * 1000000)"""
_END = """
    UPDATE thing_a_me.lease SET beats = beats + 1, heartbeat = NULL
    WHERE name = :name AND token = :token AND host = :host AND pid = :pid AND run = :run AND heartbeat IS NOT NULL"""

_ABSENT = ("(1049)", "(1146)")
_IN_THE_WAY = ("(1020)", "(1047)", "(1205)", "(1213)")
"""Record changed since last read, node not in the primary component, lock wait timeout, deadlock or failed certification."""
_STUBBORN = 5.0
_LOCK_SECONDS = 3
_WIDTH = 255
"""Characters of a line; more is cut off."""


@dataclass(frozen=True)
class Holder:
    """A process: on which machine, and what run it works on."""

    host: str
    pid: int
    run: str

    def __str__(self) -> str:
        return f"run {self.run} (process {self.pid} on {self.host})"

    def is_same_run(self, other: "Holder") -> bool:
        return (self.host, self.run) == (other.host, other.run)


def this_process(run: str) -> Holder:
    """Name this process as a holder."""
    return Holder(socket.gethostname(), os.getpid(), run)


@dataclass(frozen=True)
class Held:
    """A lease that somebody holds, as the server sees it at this moment.

    `since` is UTC. `held_for` and `age`, of the last heartbeat, are seconds by the server's clock; where that was set, or on
    another node of a cluster, they can be wrong, and below 0. `ttl` is seconds, `doing` one line.
    """

    token: int
    holder: Holder
    since: datetime
    held_for: float
    age: float
    ttl: float
    doing: str

    @property
    def ends_in(self) -> float:
        """Seconds until it ends by itself if no heartbeat comes; 0 where it has."""
        return max(0.0, self.ttl - self.age) if self.is_fresh else 0.0

    @property
    def is_fresh(self) -> bool:
        """Say whether it counts as held. A heartbeat from far in the future does not: no clock keeps a lease for ever."""
        return abs(self.age) < self.ttl

    def __str__(self) -> str:
        return (
            f"{self.holder}, since {self.since:%Y-%m-%d %H:%M:%S} UTC ({timedelta(seconds=int(self.held_for))} ago),"
            f" {f'at {self.doing}' if self.doing else 'which does not say how far it is'};"
            f" last heard of {self.age:.0f} s ago, ends by itself in {self.ends_in:.0f} s unless it is heard of again"
        )


@dataclass(frozen=True)
class Row:
    """The row: `token` only grows, `beats` with every change; `held` is None where nobody holds it."""

    token: int
    beats: int
    held: Held | None


@dataclass(frozen=True)
class Claim:
    """What a holder writes. `held_for` are the seconds since it took the lease."""

    holder: Holder
    token: int
    beats: int
    ttl: float
    doing: str = ""
    held_for: float = 0.0


@dataclass(frozen=True)
class LeaseRow:
    """One lease's row. Every method is one statement, committed by itself; what is in the way for a moment is tried again."""

    server: DatabaseServer
    name: str
    prefix: str

    def make(self) -> None:
        """Make schema, table and row where they are missing.

        Raises:
            RightsMissing: the hint has the GRANT.
        """
        try:
            _stubborn(partial(self.server.execute, _SCHEMA))
            _stubborn(partial(self.server.execute, _TABLE))
            self._change(_FREE)
        except RightsMissing as error:
            raise RightsMissing(error.message, hint=f"as an administrator: {say_grant(self.server)}") from error

    def read(self) -> Row | None:
        """Read the row as the whole cluster has it; None where there is none yet.

        Raises:
            RightsMissing: the hint has the GRANT.
        """
        try:
            found = _stubborn(lambda: self.server.rows(f"{self.prefix}{_READ}", name=self.name))
        except (QueryFailed, SchemaMissing) as error:
            if error.message.endswith(_ABSENT):
                return None
            raise
        except RightsMissing as error:
            raise RightsMissing(error.message, hint=f"as an administrator: {say_grant(self.server)}") from error
        return parse_row(*found[0]) if found else None

    def put(self, seen: Row, claim: Claim) -> bool:
        """Make the row the claim's, if it still is what was seen."""
        held_for = int(claim.held_for * 1e6)
        seen_as = {"seen_token": seen.token, "seen_beats": seen.beats, "held_for": held_for}
        return self._change(_PUT, **_words(claim), **seen_as) == 1

    def beat(self, claim: Claim, confirmed: int) -> bool:
        """Write a heartbeat, if the row is the claim's; `confirmed` is the last beat that the server said it has."""
        return self._change(_BEAT, **_words(claim), confirmed=confirmed) == 1

    def end(self, claim: Claim) -> bool:
        """Give the lease back, if the row is the claim's."""
        words = _words(claim)
        return self._change(_END, **{key: words[key] for key in ("token", "host", "pid", "run")}) == 1

    def _change(self, sql: str, **params: object) -> int:
        try:
            return _stubborn(lambda: self.server.execute(f"{self.prefix}{sql}", name=self.name, **params))
        except (QueryFailed, SchemaMissing) as error:
            if error.message.endswith(_ABSENT):
                return 0
            raise


def find_row(server: DatabaseServer, name: str) -> LeaseRow:
    """Find out how the server takes statements on a lease's row; whether there is one is not asked."""
    limits = [f"innodb_lock_wait_timeout = {_LOCK_SECONDS}"]
    if ("wsrep_on", "ON") in server.rows("SHOW VARIABLES LIKE 'wsrep_on'"):
        # Else a node that is behind answers "no such row" to the holder of a lease that was taken at another.
        limits.append("wsrep_sync_wait = 7")
    return LeaseRow(server, name, f"SET STATEMENT {', '.join(limits)} FOR ")


def parse_row(*values: Any) -> Row:
    """Read what the server says of the row, in the order of its SELECT."""
    token, beats, host, pid, run, since, held_for, age, ttl, doing = values
    if age is None:
        return Row(token, beats, None)
    return Row(token, beats, Held(token, Holder(host, pid, run), since, held_for / 1e6, age / 1e6, float(ttl), doing))


def lacking_rights(server: DatabaseServer) -> tuple[str, ...]:
    """Say which rights on our schema are missing, beforehand; rights on single tables are not counted."""
    fitting = [
        grant
        for grant in parse_grants(line for (line,) in server.rows("SHOW GRANTS"))
        if grant.pattern is None or grant.covers(SCHEMA)
    ]
    return tuple(right for right in RIGHTS if not any(grant.has(right) for grant in fitting))


def say_grant(server: DatabaseServer) -> str:
    """Say what an administrator has to type, so that our account may keep a lease."""
    user, _, host = str(server.scalar("SELECT CURRENT_USER()")).rpartition("@")
    return rf"GRANT {', '.join(RIGHTS)} ON `thing\_a\_me`.* TO {quote(user)}@{quote(host)};"


def _words(claim: Claim) -> dict[str, object]:
    holder = claim.holder
    doing = " ".join(claim.doing.split())[:_WIDTH]
    named = {"host": holder.host, "pid": holder.pid, "run": holder.run, "token": claim.token}
    return named | {"beats": claim.beats, "ttl": round(claim.ttl, 3), "doing": doing}


def _stubborn(statement: Callable[[], T]) -> T:
    """Repeat a statement that lost against another one; nothing of it was committed."""
    again = Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, QueryFailed) and error.message.endswith(_IN_THE_WAY)),
        stop=stop_after_delay(_STUBBORN),
        wait=wait_random(0.02, 0.2),
        reraise=True,
    )
    return again(statement)
