"""A restore at work: its record, what the operator wanted, and its phases."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field

from runner.errors import JournalBroken, LeaseLost, LoginRefused, QueryFailed, ServerInUse, ServerUnreachable
from runner.events import Note, Tell
from runner.flows.run import in_phase
from runner.flows.snapshot import Cupboard
from runner.flows.undoing import Chains
from runner.journal import entry as e
from runner.journal.writer import Journal
from runner.mariadb.lease import Lease
from runner.mariadb.visitors import Visitor
from runner.planning.snapshot import SnapshotManifest
from runner.snapshots.shelf import Place


@dataclass(frozen=True)
class Wanted:
    """What the operator said: keep what was there, and go on although somebody is connected."""

    keep_old: bool = False
    although_connected: bool = False


@dataclass
class Sitting:
    """One restore: its record, its phases in their order, and the seconds they took."""

    cupboard: Cupboard
    place: Place
    manifest: SnapshotManifest
    wanted: Wanted
    chains: Chains
    journal: Journal
    lease: Lease | None
    tell: Tell
    phases: tuple[str, ...]
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Write down and tell a phase, and keep how long it took."""
        clock = time.monotonic()
        with in_phase(self.journal, self.tell, name, number=self.phases.index(name) + 1, of=len(self.phases)):
            yield
            self.seconds[name] = round(time.monotonic() - clock, 3)

    def note(self, text: str) -> None:
        """Tell it, and write it down if that can be: where the journal cannot be written, the way back still has to be gone."""
        self.tell(Note(about="restore", text=text))
        with suppress(JournalBroken):
            self.journal.append(e.Noted(about="restore", text=text))

    def is_ours(self) -> Callable[[Visitor], bool]:
        """Tell of who is connected whether it is a step that a dead runner left; EngineRefused, EngineMissing."""
        return self.chains.visit_by(self.cupboard.bench.client)

    def confirm(self) -> None:
        """Demand that the server is still ours, right before its data are replaced.

        Raises:
            LeaseLost
        """
        if self.lease:
            # A server that is down lets nobody in: only that another has taken it counts.
            with suppress(ServerUnreachable, LoginRefused, QueryFailed, LeaseLost):
                self.lease.confirm()
            if self.lease.lost:
                self.lease.demand()

    @contextmanager
    def replacing(self) -> Iterator[None]:
        """Let the lease survive that the server goes away in the block, and comes back with the snapshot's row."""
        with self.lease.restoring() if self.lease else nullcontext():
            yield

    def undo_chains(self) -> None:
        """End what chains left at work, and write down that they are undone; before this nothing of them is changed.

        Raises:
            EngineRefused, EngineMissing, JournalBroken
        """
        self.chains.end_steps(self.cupboard.bench.client, tell=self.tell)
        self.chains.undoing(self.place.id)

    def kept(self) -> None:
        """Let the chains be where they were: the data that they changed are in place again."""
        with suppress(JournalBroken):
            self.chains.kept()

    @contextmanager
    def only_alone(self) -> Iterator[None]:
        """Let the question pass who else is connected, where the operator wants to go on all the same.

        Raises:
            ServerInUse
        """
        try:
            yield
        except ServerInUse as error:
            if not self.wanted.although_connected:
                raise
            self.note(f"going on although {error.message}")
