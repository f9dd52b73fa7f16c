"""The way back: what undoes each phase, in the reverse of their order. Each may be entered again after a crash."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from types import MappingProxyType

from runner.containers.stand_in import take_back
from runner.errors import ThingAMeError
from runner.events import Note, Tell
from runner.flows.hooks_at import run_hooks
from runner.flows.letting_in import drop_twins
from runner.flows.restore import get_ready, put_back
from runner.flows.restoring import Wanted
from runner.flows.silencing import keep_silent, release
from runner.flows.snapshot import Cupboard
from runner.flows.undoing import Chains
from runner.flows.window import Window
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.journal.window_position import replay_window
from runner.journal.writer import Journal
from runner.mariadb.connection import open_server
from runner.mariadb.lease import Lease
from runner.snapshots.hold import change_shelf, use_snapshot


def take_back_services(window: Window) -> None:
    """Have the containers of before in the place of those that were rolled out, and everything stopped.

    In this order: where a container was only half recreated there is nothing of its name to stop.
    """
    for one in window.position.recreated.values():
        take_back(window.run.world.client, one.container, one.kept)
    window.stop_services()


class _OwnChain(Chains):
    """The chain of the run that turns itself back: its journal says so already, and says more."""

    def undoing(self, snapshot: str) -> None:
        """It is undone by this very run."""

    def undone(self, snapshot: str) -> None:
        """The undo's own end says so."""

    def kept(self) -> None:
        """The undo's failure says so."""


def put_snapshot_back(window: Window) -> None:
    """Put the window's snapshot in place of what the chain has changed, and prove it.

    Raises:
        RestoreFailed, and what `put_run_back` raises.
    """
    with suppress(ThingAMeError):
        # They are not in the snapshot. Where the server is away, putting it back is what helps.
        drop_twins(window)
    put_run_back(window.cupboard, window.run.journal, lease=window.vigil.lease, tell=window.run.tell)


def put_run_back(cupboard: Cupboard, journal: Journal, *, lease: Lease | None, tell: Tell) -> None:
    """End a run's steps, put its snapshot back where a step had begun, and drop its accounts. No server has to answer before.

    Raises:
        RestoreFailed, and what `put_back` raises.
    """
    history = read_entries(journal.folder)
    at = replay(history)
    chains = _OwnChain(((journal, at),))
    chains.end_steps(cupboard.bench.client, tell=tell)
    if not any(step.attempt for step in at.steps.values()):
        tell(Note(about="window", text="no step had begun: the databases are as they were, and nothing is put back"))
    else:
        place = cupboard.find(replay_window(history).snapshot, proven=True)
        with change_shelf(cupboard.cloud.snapshots), use_snapshot(place):
            # Who is connected may not write: silence is kept until this is behind us.
            wanted = Wanted(although_connected=True)
            put_back(cupboard, get_ready(cupboard, place), wanted, chains, journal, lease=lease, tell=tell)
    with open_server(cupboard.cloud.address(), cupboard.cloud.password()) as server:
        chains.give_back(server)


def start_services(window: Window) -> None:
    """Start what ran before the window, after the hooks that make it what it was."""
    run_hooks(window, "on-roll-back")
    window.start_services()


UNDOS: Mapping[str, Callable[[Window], None]] = MappingProxyType(
    {
        "stop": start_services,
        "silence": release,
        "chain": put_snapshot_back,
        "release silence": keep_silent,
        "roll out": take_back_services,
    }
)
"""Phase -> what undoes it. What is not here changes nothing that has to be undone."""
