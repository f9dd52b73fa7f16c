"""Silence in a run: what is locked is written down before, and given back exactly as it was."""

from collections.abc import Callable

from runner import events
from runner.flows.letting_in import drop_twins
from runner.flows.window import Window
from runner.journal import window_entry as w
from runner.mariadb.account_locks import Lockable, unlock_accounts
from runner.mariadb.silence import Quiet, reach_silence


def keep_silent(window: Window, go_on: Callable[[], object] = lambda: None) -> None:
    """Lock every account that may write to the cloud's schemas, end sessions, and see that nothing is written.

    `go_on` is asked meanwhile. Whoever turns back does not ask: that is what it is for.

    Raises:
        NotSilent, AccountNotLockable, RightsMissing, ServerReadOnly, ServerUnreachable, QueryFailed, LeaseLost
    """
    world, settings = window.run.world, window.run.world.cloud.document.silence
    schemas = sorted(database.schema for database in world.cloud.databases)
    # A heartbeat is a write too.
    with window.vigil.lease.paused(at_most=2 * settings.patience + settings.observe):
        quiet = reach_silence(
            world.server,
            schemas,
            settings,
            record=lambda accounts: _record(window, accounts),
            tell=window.note,
            earlier=_locked(window),
            go_on=go_on,
        )
    window.say(_evidence(quiet))
    window.run.tell(events.SilenceReached(accounts=len(quiet.locked), sessions=len(quiet.ended), seconds=quiet.took))


def release(window: Window) -> None:
    """Give the accounts back as they were before; nothing is done where none is held.

    Raises:
        AccountNotLockable: the message has the SQL for each that stayed locked.
        ServerReadOnly, ServerUnreachable, QueryFailed
    """
    drop_twins(window)
    if window.position.is_held:
        gone = unlock_accounts(window.run.world.server, _locked(window))
        window.say(w.AccountsGivenBack(gone=tuple(str(one) for one in gone)))


def _locked(window: Window) -> tuple[Lockable, ...]:
    return tuple(Lockable(user=one.user, host=one.host, was_locked=one.was_locked) for one in window.position.locked)


def _record(window: Window, accounts: tuple[Lockable, ...]) -> None:
    window.say(w.AccountsLocking(accounts=tuple(w.SilencedAccount(**one.model_dump()) for one in accounts)))


def _evidence(quiet: Quiet) -> w.SilenceReached:
    return w.SilenceReached(
        seconds=quiet.seconds,
        took=quiet.took,
        locked=quiet.locked,
        may_write=quiet.may_write,
        ended=quiet.ended,
        present=quiet.present,
        position=str(quiet.position or ""),
        gtid=quiet.gtid,
        other_nodes=quiet.other_nodes,
    )
