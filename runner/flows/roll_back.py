"""Roll back: turn a windowed run back whose runner is gone, from wherever it was left."""

import os
import socket
from pathlib import Path

from runner import __version__
from runner.errors import NothingToDecide
from runner.events import Tell
from runner.flows.alone import holding_cloud
from runner.flows.decision import who
from runner.flows.leased import holding_server_if_up
from runner.flows.night import open_window, read_agreed
from runner.flows.resume import read_plan
from runner.flows.snapshot import open_cupboard
from runner.flows.turning import turn_back
from runner.flows.undos import put_run_back
from runner.flows.world import World
from runner.journal import entry as e
from runner.journal import window_entry as w
from runner.journal.lock import lock_cloud
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.journal.window_position import WindowPosition, replay_window
from runner.journal.writer import Journal, open_journal


def roll_back(world: World, folder: Path, *, jobs: int, tell: Tell) -> None:
    """Undo what a run has begun, the last phase first, or go on undoing; never returns.

    Where a snapshot was put back by hand meanwhile, only accounts and services are given back.

    Raises:
        TurnedBack: all is as it was before the window.
        RollBackFailed: see `turn_back`.
        NothingToDecide: the run had no window, passed the point of no return, or was turned back already.
        RunBusy, LeaseHeld
    """
    with holding_cloud(world, resumed=folder, tell=tell), open_journal(folder, create=False) as journal:
        entries = read_entries(folder)
        position, at, agreed = replay(entries), replay_window(entries), read_agreed(folder)
        if agreed is None or position.outcome == "rolled-back" or (position.outcome == "undone" and not at.holds):
            was = "has no window" if agreed is None else "was turned back already"
            raise NothingToDecide(f"run {folder.name} {was}", hint="`thing-a-me snapshot restore` puts a snapshot back")
        if at.is_past_return:
            raise NothingToDecide(
                f"run {folder.name} passed the point of no return",
                hint="`thing-a-me snapshot restore` puts the snapshot back all the same; what was written since is lost",
            )
        with open_window(world, read_plan(folder, position), folder, journal, agreed, jobs=jobs, tell=tell) as window:
            # Not before: a run that nobody may take up stays what it was. The last one tells that it is taken up.
            if position.outcome == "undone":
                _begin_again(journal, at)
            journal.append(e.RunResumed(pid=os.getpid(), host=socket.gethostname(), version=__version__))
            turn_back(window, "rollback", who())


def _begin_again(journal: Journal, at: WindowPosition) -> None:
    """Leave what a snapshot cannot undo that was put back by hand: services, containers, and accounts, locked in it perhaps."""
    for phase in set(at.to_undo) - {"stop", "silence", "roll out"}:
        journal.append(w.UndoEnded(phase=phase))
    if at.locked:
        journal.append(w.AccountsLocking(accounts=at.locked))


def put_back_first(file: Path, folder: Path, *, tell: Tell) -> None:
    """Where a run died while it put its snapshot back, do that before anything else: the server may be down, and half replaced.

    Raises:
        RestoreFailed, and what `put_run_back` raises.
    """
    entries = read_entries(folder)
    # One that was put back by hand since is what the operator wanted.
    if replay(entries).outcome in ("undone", "rolled-back") or replay_window(entries).undoing != "chain":
        return
    cupboard = open_cupboard(file, tell=tell)
    with (
        lock_cloud(cupboard.cloud.runs),
        open_journal(folder, create=False) as journal,
        holding_server_if_up(cupboard.cloud, journal, tell=tell) as lease,
    ):
        put_run_back(cupboard, journal, lease=lease, tell=tell)
