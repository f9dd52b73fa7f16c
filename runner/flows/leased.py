"""The lease of the database server, for a run that changes what is on it: beside it no other begins, on whatever machine."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

from runner.errors import JournalBroken, LeaseHeld, ThingAMeError
from runner.events import Note, Tell
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


@contextmanager
def holding_server(cloud: Cloud, journal: Journal, *, tell: Tell) -> Iterator[Lease]:
    """Hold the lease for the length of the block, for the run of this journal; that it is not to be had ends the run.

    Raises:
        LeaseHeld: another runner works on this server.
        RightsMissing: the hint has the GRANT.
        ServerUnreachable, LoginRefused, QueryFailed
    """
    with ExitStack() as stack:
        try:
            lease = _take(stack, cloud, journal, tell)
        except ThingAMeError as error:
            with suppress(JournalBroken):
                journal.append(e.RunEnded(outcome="failed", message=error.message))
            raise
        journal.append(w.LeaseTaken(token=lease.token))
        with keeping(lease):
            yield lease


@contextmanager
def holding_server_that_is_put_back(cloud: Cloud, journal: Journal, *, tell: Tell) -> Iterator[None]:
    """The same, where the server's data are replaced in the block; one that cannot be asked is put back all the same.

    Raises:
        LeaseHeld
    """
    with ExitStack() as stack:
        try:
            lease = _take(stack, cloud, journal, tell)
        except LeaseHeld:
            raise
        except ThingAMeError as error:
            tell(Note(about="lease", text=f"it cannot be asked who else is at work: {error.message}"))
        else:
            stack.enter_context(keeping(lease))
            stack.enter_context(lease.restoring())
        yield


def _take(stack: ExitStack, cloud: Cloud, journal: Journal, tell: Tell) -> Lease:
    # A server of its own: a heartbeat must not wait as long as counting a table may.
    server = stack.enter_context(open_server(cloud.address(), cloud.password(), seconds=TTL / 3))

    def is_gone(holder: Holder) -> bool:
        folder = cloud.runs / holder.run
        return holder.host == socket.gethostname() and folder.is_dir() and find_holder(folder) is None

    def hear(held: Held) -> None:
        tell(Note(about="lease", text=f"held by {held}: watching whether it is heard of again"))

    above = replay_window(read_entries(journal.folder)).token
    return take_lease(server, this_process(journal.folder.name), above=above, is_gone=is_gone, hear=hear)
