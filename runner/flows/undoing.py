"""Undoing: what a restore takes back are chains. None may be at work, nor be resumed meanwhile, nor go on afterwards."""

import datetime
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from runner.containers.client import Client
from runner.containers.network import addresses, remove_network, remove_steps
from runner.errors import JournalBroken, RunBusy, RunMissing
from runner.events import Note, Tell
from runner.flows.sweep import ON_A_CLONE
from runner.journal import entry as e
from runner.journal.lock import find_holder
from runner.journal.reader import read_entries
from runner.journal.replay import Position, replay
from runner.journal.runs import list_runs
from runner.journal.writer import Journal, open_journal
from runner.mariadb.accounts import drop_account
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.visitors import Visitor
from runner.settings import Cloud

_TAKEN_BACK = ("undone", "rolled-back")
"""Outcomes of chains of which nothing is left to undo."""


@dataclass(frozen=True)
class Chains:
    """The chains that a restore undoes, held: their journals, and where they were."""

    held: tuple[tuple[Journal, Position], ...]

    def visit_by(self, client: Client) -> Callable[[Visitor], bool]:
        """Tell of a visitor whether it is a step that a dead runner left: by its account, or by where it comes from.

        Steps that follow stored URLs use the cloud's own accounts.
        """
        accounts = {account for _, position in self.held for account in position.accounts}
        hosts = {host for _, position in self.held for host in addresses(client, position.began.run)}
        return lambda visitor: visitor.user in accounts or visitor.host in hosts

    def end_steps(self, client: Client, *, tell: Tell) -> None:
        """Remove what dead runners left at work: it writes to what is about to be replaced.

        Raises:
            EngineRefused, EngineMissing
        """
        for journal, position in self.held:
            remove_steps(client, position.began.run)
            for network in position.networks:
                remove_network(client, network)
                journal.append(e.NetworkRemoved(name=network))
                tell(Note(about="restore", text=f"ended what run {position.began.run} had left at work"))

    def undoing(self, snapshot: str) -> None:
        """Write down, before it is done, that their data are replaced: whatever happens now, none of them is resumed.

        Raises:
            JournalBroken
        """
        for journal, _ in self.held:
            journal.append(e.RunEnded(outcome="undoing", message=f"snapshot {snapshot} is being put back"))

    def undone(self, snapshot: str) -> None:
        """Write down that a snapshot is in place, and proven.

        Raises:
            JournalBroken
        """
        for journal, _ in self.held:
            journal.append(e.RunEnded(outcome="undone", message=f"snapshot {snapshot} was put back"))

    def kept(self) -> None:
        """Write down that they are where they were: the data that they changed are in place again."""
        for journal, position in self.held:
            before = "interrupted" if position.outcome in (None, "undoing") else position.outcome
            journal.append(e.RunEnded(outcome=before, message="its data are in place again"))

    def give_back(self, server: DatabaseServer) -> None:
        """Drop the temporary accounts that they held.

        Raises:
            QueryFailed
        """
        for journal, position in self.held:
            for account in sorted(position.accounts):
                drop_account(server, account)
            if position.accounts:
                journal.append(e.AccountsDropped(names=tuple(sorted(position.accounts))))


@contextmanager
def holding_chains(cloud: Cloud, since: datetime.datetime) -> Iterator[Chains]:
    """Hold every chain of this cloud that did something since a snapshot was begun to be taken.

    Raises:
        RunBusy: a chain, a check or a mending command is at work.
        JournalBroken: the journal of one cannot be written.
    """
    with ExitStack() as stack:
        held: list[tuple[Journal, Position]] = []
        for folder in list_runs(cloud.runs):
            try:
                history = read_entries(folder)
                position = replay(history)
            except (JournalBroken, RunMissing):
                continue  # it cannot be resumed either
            if position.began.flow == "migrate" and position.outcome not in _TAKEN_BACK and history[-1].at >= since:
                held.append((stack.enter_context(open_journal(folder, create=False)), position))
            elif position.began.flow not in ON_A_CLONE and (holder := find_holder(folder)):
                raise RunBusy(f"run {folder.name} ({position.began.flow}) is held by {holder}")
        yield Chains(tuple(held))
