"""One runner at a time, on the database server itself: a lease that is kept by heartbeats and cannot outlive its owner.

Who takes over has seen the row stand still for a whole ttl, by its own boot clock; who holds it counts as lost what was not
confirmed for a ttl, by its own. So no two hold it at once, whatever wall clocks say (docs/decisions/lease.md).
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from runner import boot_clock
from runner.errors import LeaseHeld, LeaseLost, QueryFailed, ServerUnreachable, ThingAMeError
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.lease_row import WHOLE_SERVER, Claim, Held, Holder, LeaseRow, Row, find_row

TTL = 30.0
"""Seconds. Beats come every third of it: two may fail."""
PAUSE = 60.0
"""Seconds that a pause may last unless more is asked for."""

Hear = Callable[[Held], None]
IsGone = Callable[[Holder], bool]
"""Says of a holder that it is known to be dead; False where nobody knows."""


def unheard(_: Held) -> None:
    """Hear that a lease is watched, and say nothing."""


def unknown(_: Holder) -> bool:
    """Know of no holder that it is gone."""
    return False


def judge(row: Row, holder: Holder, is_gone: IsGone = unknown) -> Literal["take", "watch", "held"]:
    """Say what a taker may do with the row it found: take it at once, watch whether its holder lives, or nothing.

    A lease of the same run on the same machine is taken at once: who works on a run holds the run's own lock. So is one of
    which `is_gone` says that its holder is dead.
    """
    if row.held is None or row.held.holder.is_same_run(holder) or is_gone(row.held.holder):
        return "take"
    return "held" if row.held.is_fresh else "watch"


def is_past(row: Row | None, token: int, holder: Holder) -> bool:
    """Say whether a row is of the time before its rightful holder took or kept it: a snapshot was put back.

    Tokens only grow. A smaller one that somebody keeps alive is not the past: it was taken since.
    """
    if row is None:
        return True
    if row.token == token:
        return row.held is None or row.held.holder == holder
    return row.token < token and judge(row, holder) != "held"


@dataclass
class Lease:
    """A lease that is ours: `token` grows with every taking. Its methods may be called from any thread.

    Only `confirm`, `paused` and the keeper of `keeping` ask the server; `demand` and `say` do not wait for anything.
    """

    row: LeaseRow
    holder: Holder
    token: int
    ttl: float
    beats: int
    confirmed_at: float
    """By the boot clock, when the last confirmed beat was sent; it is ours for `allowed` seconds from there."""
    allowed: float = field(init=False)
    taken_at: float = field(init=False)
    confirmed: int = field(init=False)
    doing: str = ""
    lost: str = ""
    trouble: str = ""
    _writing: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _still: bool = False
    _restoring: bool = False

    def __post_init__(self) -> None:
        self.allowed, self.taken_at, self.confirmed = self.ttl, self.confirmed_at, self.beats

    def demand(self) -> None:
        """Demand that the lease is ours, as far as is known here: asks nobody, and takes no time.

        Raises:
            LeaseLost: another has it, or no beat was confirmed for a ttl.
        """
        if self.lost:
            raise LeaseLost(self.lost)
        silent = boot_clock.seconds() - self.confirmed_at
        if silent >= self.allowed and not self._restoring:
            why = f": {self.trouble}" if self.trouble else ""
            raise LeaseLost(f"the server has not confirmed our lease (token {self.token}) for {silent:.0f} s{why}")

    def confirm(self) -> None:
        """Demand it of the server itself, by a beat; in a pause, as `demand`.

        Raises:
            LeaseLost
            ServerUnreachable, LoginRefused, QueryFailed: it cannot be asked.
        """
        with self._writing:
            if not self._still and not self.lost:
                self._beat(self.ttl)
        self.demand()

    def say(self, doing: str) -> None:
        """Say in one line how far the holder is; the next beat tells the server."""
        self.doing = doing

    @contextmanager
    def paused(self, at_most: float = PAUSE) -> Iterator[None]:
        """Write nothing for the length of the block, so that the binary log can stand still; up to `at_most` seconds.

        The beat before the block makes the row's ttl longer by that. If the one after it fails, `demand` will tell.

        Raises:
            LeaseLost
            ServerUnreachable, LoginRefused, QueryFailed: the beat before the block cannot be written.
        """
        with self._writing:
            self.demand()
            self._beat(self.ttl + at_most)
            self._still = True
            try:
                yield
            finally:
                self._still = False
                with suppress(ThingAMeError):
                    self._beat(self.ttl)

    @contextmanager
    def restoring(self) -> Iterator[None]:
        """Survive that a snapshot is put back in the block: the server goes away, and comes back with a row of the past.

        Meanwhile `demand` does not ask how long ago the last beat was: a server that is stopped takes no other. The keeper
        writes our row again as soon as the server is back. If it is not back at the end of the block, `demand` will tell.
        Call `confirm` right before the server is stopped: one that is up, and that only we do not reach, takes others.
        """
        self._restoring = True
        try:
            yield
        finally:
            with suppress(ThingAMeError):
                self.confirm()
            self._restoring = False

    def release(self) -> None:
        """Give the lease back. A server that does not answer is let be: the lease ends by itself."""
        if not self._writing.acquire(timeout=self.ttl):
            return
        try:
            if not self.lost:
                self.lost = f"our lease (token {self.token}) was given back"
                with suppress(ThingAMeError):
                    self.row.end(self._claim(self.ttl))
        finally:
            self._writing.release()

    def try_beat(self) -> bool:
        """Beat for the keeper: says whether it was confirmed, and raises nothing."""
        with self._writing:
            try:
                if not self.lost:
                    self._beat(self.ttl)
            except ThingAMeError as error:
                self.trouble = error.message
                return False
        return True

    def _beat(self, ttl: float) -> None:
        """Write one heartbeat; whoever calls holds `_writing`."""
        sent_at = boot_clock.seconds()
        # One that ends a pause makes the row's ttl shorter, and may do so though its answer is lost.
        self.allowed = min(self.allowed, sent_at + ttl - self.confirmed_at)
        self.beats += 1
        if not self.row.beat(self._claim(ttl), self.confirmed):
            self._look(ttl)
        self.confirmed, self.confirmed_at, self.allowed, self.trouble = self.beats, sent_at, ttl, ""

    def _look(self, ttl: float) -> None:
        """The row did not take our beat: find out why, and write our row again if a snapshot was put back on purpose."""
        found = self.row.read()
        if found and found.held and self._is_ours(found.held) and found.beats == self.beats:
            # The answer was lost, not the beat.
            return
        if not is_past(found, self.token, self.holder):
            other = found.held if found else None
            self._lose(f"it is held by {other}" if other else "others had it meanwhile, and gave it back")
        if not self._restoring:
            self._lose("the server is back at an earlier state, without our last heartbeats")
        if found is None:
            self.row.make()
        if not (seen := found or self.row.read()):
            raise QueryFailed("the lease's row is gone again")
        self.beats = max(self.beats, seen.beats) + 1
        if not self.row.put(seen, self._claim(ttl)):
            raise QueryFailed("the lease's row was changed by another meanwhile")

    def _lose(self, why: str) -> None:
        self.lost = f"our lease (token {self.token}) is lost: {why}"
        raise LeaseLost(self.lost)

    def _is_ours(self, held: Held) -> bool:
        return (held.token, held.holder) == (self.token, self.holder)

    def _claim(self, ttl: float) -> Claim:
        return Claim(self.holder, self.token, self.beats, ttl, self.doing, boot_clock.seconds() - self.taken_at)


def take_lease(
    server: DatabaseServer,
    holder: Holder,
    ttl: float = TTL,
    *,
    name: str = WHOLE_SERVER,
    above: int = 0,
    is_gone: IsGone = unknown,
    hear: Hear = unheard,
) -> Lease:
    """Take the lease for `ttl` seconds; `keeping` keeps it. Whoever calls holds the lock of the holder's run.

    One whose holder was silent for longer than its ttl is watched for that long once more before it is taken over: `hear`
    gets it. `is_gone` says of a holder that it is known to be dead. `above` is a token that the new one has to be greater than,
    such as the run's last: a snapshot may be older.

    `server` is best one with a timeout of its own: `open_server(..., seconds=ttl / 3)`.

    Raises:
        LeaseHeld: the message says by whom, since when, how far it is, and when it ends by itself.
        RightsMissing: the hint has the GRANT.
        ServerUnreachable, LoginRefused, QueryFailed
    """
    row = find_row(server, name)
    if (seen := row.read()) is None:
        row.make()
        if (seen := row.read()) is None:
            raise QueryFailed(f"{server.name}: the lease's row is not there after it was made")
    verdict = judge(seen, holder, is_gone)
    if seen.held and verdict == "held":
        raise LeaseHeld(f"{server.name} is held by {seen.held}")
    if seen.held and verdict == "watch":
        hear(seen.held)
        seen = _watch(row, seen, seen.held.ttl)
    claim = Claim(holder, max(seen.token, above) + 1, seen.beats + 1, ttl)
    sent_at = boot_clock.seconds()
    if not _put(row, seen, claim):
        now = row.read()
        raise LeaseHeld(f"{server.name} is held by {now.held if now and now.held else 'another, who was quicker'}")
    return Lease(row, holder, claim.token, ttl, claim.beats, sent_at)


def read_lease(server: DatabaseServer, *, name: str = WHOLE_SERVER) -> Held | None:
    """Read who holds the lease; None where nobody does. One that `is_fresh` no more is of an owner who is gone.

    Raises:
        RightsMissing, ServerUnreachable, LoginRefused, QueryFailed
    """
    row = find_row(server, name).read()
    return row.held if row else None


@contextmanager
def keeping(lease: Lease) -> Iterator[Lease]:
    """Keep a lease for the length of the block by a heartbeat every third of its ttl, and give it back at the end.

    A server that does not answer raises nothing here: it shows in `lease.demand()`.
    """
    ended = threading.Event()
    keeper = threading.Thread(target=_keep, args=(lease, ended), name="lease", daemon=True)
    keeper.start()
    try:
        yield lease
    finally:
        ended.set()
        keeper.join(lease.ttl)
        lease.release()


def _keep(lease: Lease, ended: threading.Event) -> None:
    wait = lease.ttl / 3
    while not ended.wait(wait) and not lease.lost:
        wait = lease.ttl / 3 if lease.try_beat() else lease.ttl / 15


def _watch(row: LeaseRow, seen: Row, seconds: float) -> Row:
    """See the row stand still for so long, or its holder give it back meanwhile.

    A server that goes away meanwhile ends the watch: its data may be being put back, by a holder who cannot beat.
    """
    end = boot_clock.seconds() + seconds
    while (left := end - boot_clock.seconds()) > 0:
        time.sleep(min(left, seconds / 10))
        now = row.read()
        if now is None or now.held is None:
            return now or seen
        if (now.token, now.beats) != (seen.token, seen.beats):
            raise LeaseHeld(f"{row.server.name} is held by {now.held}")
    return seen


def _put(row: LeaseRow, seen: Row, claim: Claim) -> bool:
    """Take the row. Where the answer is lost, or comes from a second try, the row itself says whether it was taken."""
    try:
        if row.put(seen, claim):
            return True
    except (QueryFailed, ServerUnreachable):
        if not _has(row, claim):
            raise
        return True
    return _has(row, claim)


def _has(row: LeaseRow, claim: Claim) -> bool:
    now = row.read()
    return bool(now and now.held and (now.token, now.held.holder) == (claim.token, claim.holder))
