"""The way back: what undoes each phase, in the reverse of their order. Each may be entered again after a crash."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from runner.containers.stand_in import take_back
from runner.flows.hooks_at import run_hooks
from runner.flows.restore import get_ready, put_back
from runner.flows.restoring import Wanted
from runner.flows.silencing import keep_silent, release
from runner.flows.undoing import Chains
from runner.flows.window import Window
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.mariadb.connection import open_server
from runner.snapshots.hold import change_shelf, use_snapshot


def take_back_services(window: Window) -> None:
    """Stop what was rolled out, and have the containers of before in its place, stopped."""
    window.stop_services()
    for one in window.position.recreated.values():
        take_back(window.run.world.client, one.container, one.kept)


class _OwnChain(Chains):
    """The chain of the run that turns itself back: its journal says so already, and says more."""

    def undoing(self, snapshot: str) -> None:
        """It is undone by this very run."""

    def undone(self, snapshot: str) -> None:
        """The undo's own end says so."""

    def kept(self) -> None:
        """The undo's failure says so."""


def put_snapshot_back(window: Window) -> None:
    """Put the window's snapshot in place of what the chain has changed, and prove it; steps that still run are ended.

    Raises:
        RestoreFailed, and what `put_back` raises.
    """
    run, cupboard = window.run, window.cupboard
    at = replay(read_entries(run.folder))
    chains = _OwnChain(((run.journal, at),))
    if not any(step.attempt for step in at.steps.values()):
        window.note("no step had begun: the databases are as they were, and nothing is put back")
        chains.end_steps(run.world.client, tell=run.tell)
    else:
        place = cupboard.find(window.position.snapshot, proven=True)
        with window.vigil.lease.restoring(), change_shelf(cupboard.cloud.snapshots), use_snapshot(place):
            put_back(cupboard, get_ready(cupboard, place), Wanted(), chains, run.journal, tell=run.tell)
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
