"""A migration side by side at work: what the operator wanted, what it is made of, its phases and its record."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from runner.containers.successor import Berth
from runner.events import Note
from runner.flows import run as on_production
from runner.flows.run import Run, in_phase
from runner.flows.snapshot import Cupboard
from runner.flows.world import World
from runner.journal import entry as e
from runner.planning.seal import Seal
from runner.planning.snapshot import SnapshotManifest
from runner.snapshots.shelf import Place

FLOW = "side-by-side"
PHASES = (
    "look",
    "copy",
    "try",
    *(name for name, _ in on_production.PHASES),
    "settle",
    "hand over",
    "look again",
)
"""What it does, in this order. Nothing of it can be taken up again: until the end there is nothing but a copy to lose."""


@dataclass(frozen=True)
class Wanted:
    """What the operator said. Of snapshots, the newest is copied where none is named."""

    folder: Path
    name: str
    publish: tuple[str, int] | None = None
    snapshot: str | None = None
    keep: bool = False
    although_behind: bool = False


@dataclass
class Fate:
    """What there is of the new server: something once it is given up, and nothing of ours removes it any more."""

    new: e.HandedOver | None = None


@dataclass(frozen=True)
class Passage:
    """One migration side by side. `run` is on production's world, which is only read."""

    run: Run
    cupboard: Cupboard
    place: Place
    manifest: SnapshotManifest
    seal: Seal
    image: str
    wanted: Wanted
    berth: Berth
    fate: Fate = field(default_factory=Fate)

    @property
    def world(self) -> World:
        return self.run.world

    def phase(self, name: str) -> AbstractContextManager[None]:
        return in_phase(self.run.journal, self.run.tell, name, number=PHASES.index(name) + 1, of=len(PHASES))

    def say(self, text: str) -> None:
        """Tell it, and write it down for the report."""
        self.run.tell(Note(about=FLOW, text=text))
        self.run.journal.append(e.Noted(about=FLOW, text=text))
