"""The lease of the database server, for a run that changes what is on it: beside it no other begins, on whatever machine."""

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from runner import boot_clock
from runner.errors import (
    JournalBroken,
    LeaseLost,
    LoginRefused,
    QueryFailed,
    RightsMissing,
    ServerReadOnly,
    ServerUnreachable,
    ThingAMeError,
)
from runner.events import Note, Tell
from runner.flows.chain import Demand
from runner.identity import identify
from runner.journal import entry as e
from runner.journal import window_entry as w
from runner.journal.lock import find_holder
from runner.journal.reader import read_entries
from runner.journal.window_position import replay_window
from runner.journal.writer import Journal
from runner.mariadb.connection import open_server
from runner.mariadb.lease import TTL, Lease, keeping, take_lease
from runner.mariadb.lease_row import Held, Holder, this_process
from runner.settings import Cloud

_AWAY = 10 * TTL
"""Seconds without a word of the server until a chain gives up: an ALTER on a cluster may block every heartbeat for a while."""
_CANNOT_BE_ASKED = (ServerUnreachable, LoginRefused, RightsMissing, ServerReadOnly, QueryFailed)


@contextmanager
def holding_server(cloud: Cloud, journal: Journal, *, tell: Tell) -> Iterator[Lease]:
    """Hold the lease for the length of the block, for the run of this journal; a new run that does not get it has ended.

    Raises:
        LeaseHeld: another runner works on this server.
        RightsMissing: the hint has the GRANT.
        ServerUnreachable, LoginRefused, QueryFailed
    """
    with ExitStack() as stack:
        try:
            lease = _take(stack, cloud, journal, tell)
        except ThingAMeError as error:
            if len(read_entries(journal.folder)) == 1:
                with suppress(JournalBroken):
                    journal.append(e.RunEnded(outcome="failed", message=error.message))
            raise
        with keeping(lease):
            journal.append(w.LeaseTaken(token=lease.token))
            yield lease


@contextmanager
def holding_server_if_up(cloud: Cloud, journal: Journal, *, tell: Tell) -> Iterator[Lease | None]:
    """The same for whoever puts the server's data back: one that cannot be asked may be what is broken, and is put back.

    Raises:
        LeaseHeld
    """
    with ExitStack() as stack:
        lease = None
        try:
            lease = _take(stack, cloud, journal, tell)
        except _CANNOT_BE_ASKED as error:
            text = f"it cannot be asked who else is at work: {error.message}"
            tell(Note(about="lease", text=text))
            with suppress(JournalBroken):
                journal.append(e.Noted(about="lease", text=text))
        else:
            stack.enter_context(keeping(lease))
            lease.say("putting a snapshot back")
        yield lease


def while_held(lease: Lease) -> Demand:
    """Let a chain go on while the lease is ours; while the server says nothing, nothing new begins.

    What is asked raises LeaseLost where another has it, or after minutes without a word.
    """

    def demand() -> bool:
        try:
            lease.demand()
        except LeaseLost as error:
            if not lease.lost and boot_clock.seconds() - lease.confirmed_at < _AWAY:
                return False
            error.advice = "what runs goes on in its container; see to the server, then `thing-a-me resume` adopts it"
            raise
        return True

    return demand


def _take(stack: ExitStack, cloud: Cloud, journal: Journal, tell: Tell) -> Lease:
    above = replay_window(read_entries(journal.folder)).token
    # A server of its own: a heartbeat must not wait as long as counting a table may.
    server = stack.enter_context(open_server(cloud.address(), cloud.password(), seconds=TTL / 3))

    def is_gone(holder: Holder) -> bool:
        """Its run's lock is nobody's, or ours already, and no process has its number: we hold the cloud of all these runs."""
        folder = cloud.runs / holder.run
        if holder.host != socket.gethostname() or not folder.is_dir() or identify(holder.pid).started:
            return False
        by = find_holder(folder)
        return by is None or by.pid == os.getpid()

    def hear(held: Held) -> None:
        tell(Note(about="lease", text=f"held by {held}: watching whether it is heard of again"))

    return take_lease(server, this_process(journal.folder.name), above=above, is_gone=is_gone, hear=hear)
