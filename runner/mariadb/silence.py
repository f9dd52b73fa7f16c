"""Silence: nobody but us writes to the cloud's schemas. Accounts are locked, sessions ended, and quiet is observed.

In this order: locking keeps new sessions out and ends none (https://mariadb.com/kb/en/account-locking/), so that whoever is
ended afterwards does not come back.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from runner.errors import NotSilent
from runner.frozen import Frozen
from runner.mariadb.account_locks import Lockable, lock_accounts, to_lock
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.point import Position
from runner.mariadb.session import Session, open_session
from runner.mariadb.sessions import INTERVAL, Present, demand_sight, end_sessions, name_sessions, read_present
from runner.mariadb.standstill import Mark, moved, read_mark
from runner.mariadb.unattended import read_other_nodes, read_unattended
from runner.mariadb.writers import Writers, read_writers
from runner.window_settings import SilenceSettings


class Quiet(Frozen):
    """What was observed, and what was not. `position` is where the binary log stood in the end.

    `seconds` nothing moved, over `looks` at the server; `took` is everything, from the first question on. `locked` are the
    accounts that are kept out, `gone` those of them that do not exist any more, `may_write` those that still could
    (spared, ours, the server's own), `ended` the sessions that were ended, `present` those that are still there.
    `other_nodes` of a cluster have sessions that cannot be seen from here; empty: there are none.
    """

    seconds: float
    took: float
    looks: int
    position: Position | None
    gtid: str
    locked: tuple[str, ...]
    gone: tuple[str, ...]
    may_write: tuple[str, ...]
    ended: tuple[str, ...]
    present: tuple[str, ...]
    other_nodes: str


@dataclass(frozen=True)
class _Sight:
    """What the last look saw, after `seconds` in which nothing moved."""

    present: Present
    mark: Mark
    seconds: float
    looks: int


@dataclass
class _Effort:
    """One way to silence: who was found so far, and how long it may still take."""

    server: DatabaseServer
    session: Session
    schemas: Sequence[str]
    settings: SilenceSettings
    record: Callable[[tuple[Lockable, ...]], None]
    tell: Callable[[str], None]
    accounts: tuple[Lockable, ...]
    until: float
    go_on: Callable[[], object]
    began: float = field(default_factory=time.monotonic)
    gone: tuple[Lockable, ...] = ()
    ended: list[str] = field(default_factory=list)

    def demand_patience(self, reasons: Sequence[str]) -> None:
        if time.monotonic() >= self.until:
            passed = time.monotonic() - self.began
            raise NotSilent(f"{self.server.name}: after {passed:.0f} s there is no silence: {'; '.join(reasons)}")


def demand_silenceable(server: DatabaseServer, schemas: Sequence[str], settings: SilenceSettings) -> None:
    """Find out beforehand what would keep silence from being reached; nothing is changed, and nobody is disturbed.

    Raises:
        NotSilent: something writes by itself.
        AccountNotLockable: the server locks no accounts.
        RightsMissing: our account does not see, or may not end, other people's sessions.
    """
    with open_session(server) as session:
        demand_sight(session)
        if found := read_unattended(session, schemas):
            raise NotSilent(f"{server.name} writes by itself: {'; '.join(found)}")
        read_writers(session, schemas, settings.spare)
        read_mark(session, schemas)


def reach_silence(
    server: DatabaseServer,
    schemas: Sequence[str],
    settings: SilenceSettings,
    *,
    record: Callable[[tuple[Lockable, ...]], None],
    tell: Callable[[str], None],
    earlier: tuple[Lockable, ...] = (),
    go_on: Callable[[], object] = lambda: None,
) -> Quiet:
    """Lock who may write, end their sessions, and watch `settings.observe` seconds in which nothing moves.

    `record` is given all accounts before the first is locked, and again before any more are: what it is given last is what
    `unlock_accounts` needs, whatever comes of this. `earlier` is what was recorded before a crash. `tell` gets sentences.
    `go_on` is asked between two looks; what it raises leaves the accounts locked.

    Raises:
        NotSilent: somebody still writes, or may; after `settings.patience`, or at once what writes by itself (nothing is
            locked then). The accounts stay locked.
        AccountNotLockable, RightsMissing, ServerReadOnly, ServerUnreachable, QueryFailed
    """
    began = time.monotonic()
    with open_session(server) as session:
        demand_sight(session)
        if found := read_unattended(session, schemas):
            raise NotSilent(f"{server.name} writes by itself: {'; '.join(found)}")
        effort = _Effort(server, session, schemas, settings, record, tell, earlier, began + settings.patience, go_on, began)
        tried: tuple[str, ...] = ()
        while True:
            writers = _lock(effort)
            _end(effort, writers, tried)
            quiet, tried = _observe(effort, writers)
            if quiet is not None:
                return quiet
            effort.demand_patience(tried)
            tell(f"not quiet yet: {'; '.join(tried)}")


def _lock(effort: _Effort) -> Writers:
    """Lock all that may write now, those too that were made or unlocked since the last time."""
    writers = read_writers(effort.session, effort.schemas, effort.settings.spare)
    accounts = to_lock(writers.lockable, effort.accounts)
    open_ = {str(one) for one in writers.lockable if not one.is_locked}
    # Also where all were recorded before: they were given back since.
    if open_ or accounts != effort.accounts:
        effort.record(accounts)
        effort.accounts = accounts
    effort.gone += lock_accounts(effort.server, [one for one in accounts if str(one) in open_])
    for name in writers.unknown_spare:
        effort.tell(f"{name} is to be spared, and there is no such account")
    return writers


def _end(effort: _Effort, writers: Writers, reasons: Sequence[str]) -> None:
    """End sessions until none is left in which something may be written, and all that was ended is rolled back."""
    everybody, least = True, None
    while True:
        present = read_present(effort.session)
        disturbing = present.disturbing(writers)
        spared = present.spared(writers)
        # Readers too, once: their locks would keep a step waiting. They may come back.
        ending = [one for one in present.foreign if one not in spared] if everybody else disturbing
        everybody = False
        end_sessions(effort.session, ending)
        effort.ended += [str(one) for one in ending if one.command != "Killed"]
        rolling = sum(one.modified for one in present.rolling_back)
        if not disturbing and not present.rolling_back:
            return
        if present.rolling_back and (least is None or rolling < least):
            # Nothing makes a rollback faster; as long as it gets on, it is waited for.
            effort.until = max(effort.until, time.monotonic() + effort.settings.patience)
            effort.tell(f"what was open is rolled back: {rolling} rows to go")
            least = rolling
        still = [f"{len(present.rolling_back)} transactions are rolled back, {rolling} rows to go"] if rolling else []
        effort.demand_patience([*still, *([name_sessions(disturbing)] if disturbing else []), *reasons])
        effort.go_on()
        time.sleep(INTERVAL)


def _observe(effort: _Effort, writers: Writers) -> tuple[Quiet | None, tuple[str, ...]]:
    """Watch for the time that was asked for: what was seen, or why it was not quiet."""
    session, schemas = effort.session, effort.schemas
    before, start, looks = read_mark(session, schemas), time.monotonic(), 0
    while True:
        present, looks = read_present(session), looks + 1
        if reasons := _noise(present, writers):
            return None, reasons
        left = start + effort.settings.observe - time.monotonic()
        if left <= 0 and looks > 1:
            break
        effort.go_on()
        time.sleep(max(INTERVAL, min(left, INTERVAL)))
    seconds, after = time.monotonic() - start, read_mark(session, schemas)
    reasons = moved(session, before, after, schemas)
    again = read_writers(session, schemas, effort.settings.spare)
    reasons += tuple(f"{one} was made or unlocked meanwhile" for one in again.lockable if not one.is_locked)
    reasons += read_unattended(session, schemas)
    if reasons:
        return None, reasons
    return _evidence(effort, writers, _Sight(present, after, seconds, looks)), ()


def _noise(present: Present, writers: Writers) -> tuple[str, ...]:
    """Say what disturbs: a session that may write, or a transaction that has written or holds rows."""
    disturbing = present.disturbing(writers)
    return (
        *([f"connected: {name_sessions(disturbing)}"] if disturbing else []),
        *(f"an open transaction of session {one.session}, {one.modified} rows changed" for one in present.unsettled(writers)),
    )


def _evidence(effort: _Effort, writers: Writers, last: _Sight) -> Quiet:
    gone = {str(one) for one in effort.gone}
    nodes = read_other_nodes(effort.session)
    if nodes:
        effort.tell(f"sessions on other nodes of the cluster cannot be seen from here: {nodes}")
    return Quiet(
        seconds=round(last.seconds, 3),
        took=round(time.monotonic() - effort.began, 3),
        looks=last.looks,
        position=last.mark.position,
        gtid=last.mark.gtid,
        locked=tuple(str(one) for one in effort.accounts if str(one) not in gone),
        gone=tuple(sorted(gone)),
        may_write=tuple(str(one) for one in (*writers.spared, *writers.exempt)),
        ended=tuple(effort.ended),
        present=tuple(str(one) for one in last.present.foreign),
        other_nodes=nodes,
    )
