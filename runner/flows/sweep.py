"""Sweep: give back what checks and mends left that died. A chain's belongings are for `resume` to take over."""

from runner.containers.network import remove_network, remove_steps
from runner.errors import JournalBroken, RunMissing
from runner.events import Note, Tell
from runner.flows.world import World
from runner.journal import entry as e
from runner.journal.lock import find_holder
from runner.journal.reader import read_entries
from runner.journal.replay import Position, replay
from runner.journal.runs import list_runs
from runner.journal.writer import Journal, open_journal
from runner.mariadb.accounts import drop_account

ON_A_CLONE = ("rehearse", "side-by-side")
"""Flows whose accounts were a clone's, and went with it: production never had them."""


def sweep(world: World, *, tell: Tell) -> None:
    """Drop the accounts, networks and containers of every record that nobody works on any more.

    Raises:
        QueryFailed, EngineRefused: something could not be given back; it stays in its journal for the next time.
    """
    for folder in list_runs(world.cloud.runs):
        try:
            position = replay(read_entries(folder))
        except (JournalBroken, RunMissing) as error:
            tell(Note(about="sweep", text=f"left alone: {error.message}"))
            continue
        if position.began.flow != "migrate" and (position.accounts or position.networks) and find_holder(folder) is None:
            with open_journal(folder, create=False) as journal:
                _give_back(world, position, journal)
            tell(Note(about="sweep", text=f"gave back what {position.began.flow} {folder.name} had left"))


def _give_back(world: World, position: Position, journal: Journal) -> None:
    for name in position.networks:
        remove_steps(world.client, position.began.run)
        remove_network(world.client, name)
        journal.append(e.NetworkRemoved(name=name))
    for name in () if position.began.flow in ON_A_CLONE else position.accounts:
        drop_account(world.server, name)
    if position.accounts:
        journal.append(e.AccountsDropped(names=tuple(sorted(position.accounts))))
    journal.append(e.RunEnded(outcome="interrupted", message="its runner died; what it held was given back"))
