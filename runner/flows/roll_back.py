"""Roll back: turn a windowed run back whose runner is gone, from wherever it was left."""

import os
import socket
from pathlib import Path

from runner import __version__
from runner.errors import NothingToDecide
from runner.events import Tell
from runner.flows.alone import holding_cloud
from runner.flows.decision import POINT_OF_NO_RETURN, who
from runner.flows.night import open_window, read_agreed
from runner.flows.resume import read_plan
from runner.flows.turning import turn_back
from runner.flows.world import World
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.journal.window_position import replay_window
from runner.journal.writer import open_journal


def roll_back(world: World, folder: Path, *, jobs: int, tell: Tell) -> None:
    """Undo what a run has begun, the last phase first, or go on undoing; never returns.

    Raises:
        TurnedBack: all is as it was before the window.
        RollBackFailed: see `turn_back`.
        NothingToDecide: the run had no window, passed the point of no return, or was turned back already.
        RunBusy, LeaseHeld
    """
    with holding_cloud(world, resumed=folder, tell=tell), open_journal(folder, create=False) as journal:
        entries = read_entries(folder)
        position, at, agreed = replay(entries), replay_window(entries), read_agreed(folder)
        if agreed is None or position.outcome == "rolled-back":
            was = "has no window" if agreed is None else "was turned back already"
            raise NothingToDecide(f"run {folder.name} {was}", hint="`thing-a-me snapshot restore` puts a snapshot back")
        if POINT_OF_NO_RETURN in at.gates:
            raise NothingToDecide(
                f"run {folder.name} passed the point of no return",
                hint="`thing-a-me snapshot restore` puts the snapshot back all the same; what was written since is lost",
            )
        journal.append(e.RunResumed(pid=os.getpid(), host=socket.gethostname(), version=__version__))
        with open_window(world, read_plan(folder, position), folder, journal, agreed, jobs=jobs, tell=tell) as window:
            turn_back(window, "rollback", who())
