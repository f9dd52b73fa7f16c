"""An engine in memory, and a sitting on it: steps run as containers that move version rows, and nothing is started."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import create_engine

from runner.containers.engine import LABEL, Ended, OneShot
from runner.containers.network import StepNetwork
from runner.events import Event
from runner.flows.one_step import Sitting
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.journal.replay import Position, StepPosition, replay
from runner.journal.writer import Journal, open_journal
from runner.mariadb.connection import DatabaseServer
from runner.planning.plan import Plan, Step
from runner.steps.site import Account, Site
from tests.support.planning import RECIPES

PASSWORD = "0123456789abcdef0123456789abcdef01234567"
Rows = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Turn:
    """How one container of a step ends; `moves` says whether it moves the version rows as the plan expects."""

    exit_code: int = 0
    log: bytes = b"done\n"
    oom: bool = False
    moves: bool = True
    raises: Exception | None = None


@dataclass
class MemoryEngine:
    """An `Engine` whose containers are numbers. `turns` says how a step's containers end, one after the other.

    `holding` makes the containers of a step last until its event is set, ticking as the real engine does; `signals` are
    set when a container of their step begins.
    """

    plan: Plan
    rows: Rows
    turns: dict[str, list[Turn]] = field(default_factory=dict)
    holding: dict[str, threading.Event] = field(default_factory=dict)
    signals: dict[str, threading.Event] = field(default_factory=dict)
    shots: dict[str, OneShot] = field(default_factory=dict, repr=False)
    removed: list[str] = field(default_factory=list)
    history: list[tuple[str, str]] = field(default_factory=list)
    most_at_once: int = 0
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _running: set[str] = field(default_factory=set)

    def start(self, shot: OneShot) -> str:
        with self._turn:
            container = f"c{len(self.shots) + 1}"
            self.shots[container] = shot
            self._running.add(container)
            self.most_at_once = max(self.most_at_once, len(self._running))
            step = shot.labels[f"{LABEL}.step"]
            self.history.append(("began", step))
            if step in self.signals:
                self.signals[step].set()
        return container

    def find(self, labels: Mapping[str, str]) -> str | None:
        here = (name for name, shot in self.shots.items() if name not in self.removed)
        return next((name for name in here if labels.items() <= self.shots[name].labels.items()), None)

    def wait(self, container: str, *, tick: Callable[[], None] | None = None) -> Ended:
        step = self.plan.step(self.shots[container].labels[f"{LABEL}.step"])
        for _ in range(1000):
            if step.id not in self.holding or self.holding[step.id].wait(0.01):
                break
            if tick:
                tick()
        with self._turn:
            turns = self.turns.get(step.id, [])
            turn = turns.pop(0) if turns else Turn()
            self._running.discard(container)
            self.history.append(("ended", step.id))
            if turn.raises:
                raise turn.raises
            if turn.moves and turn.exit_code == 0:
                self.rows.update(step.expects)
        return Ended(turn.exit_code, turn.log, turn.oom)

    def remove(self, container: str) -> None:
        self.removed.append(container)

    def ran(self, step: str) -> int:
        """How many containers the step had."""
        return self.history.count(("began", step))


@dataclass(frozen=True)
class MemorySite(Site):
    """A site whose databases are a mapping from a database's id to its version rows."""

    rows: Rows = field(default_factory=dict)

    def version_rows(self, step: Step) -> Rows:
        return {name: self.rows[name] for name in step.writes}


def memory_site(plan: Plan, engine: MemoryEngine) -> MemorySite:
    server = DatabaseServer(create_engine("sqlite://"), "nowhere")  # no statement is sent to it
    accounts = {name: Account(f"tam_{name}", PASSWORD) for name in RECIPES}
    network = StepNetwork("net", "database", 3306)
    return MemorySite("run-abcd", plan, RECIPES, engine, server, network, accounts, rows=engine.rows)


def starting_rows(plan: Plan) -> Rows:
    return {database.id: database.starts for database in plan.databases}


@contextmanager
def sitting(folder: Path, engine: MemoryEngine, *, tell: Callable[[Event], None] = lambda _: None) -> Iterator[Sitting]:
    """Sit down at the run in this folder: begin it, or take it up where its journal left it."""
    is_new = not folder.exists()
    if is_new:
        (folder / "logs").mkdir(parents=True)
    with open_journal(folder, create=is_new) as journal:
        positions: dict[str, StepPosition] = {}
        if is_new:
            _begin(journal, engine.plan)
        else:
            positions = dict(position_of(folder).steps)
        yield Sitting(memory_site(engine.plan, engine), journal, tell, positions)


def _begin(journal: Journal, plan: Plan) -> None:
    steps = tuple(
        e.PlannedStep(step=s.id, lane=s.lane, project=s.project, start=s.start, end=s.end, argv=s.argv) for s in plan.steps
    )
    journal.append(
        e.RunBegan(
            run="run-abcd", flow="migrate", version="0", cloud="cloud.yaml", pid=1, host="h", plan=plan.digest, steps=steps
        )
    )


def position_of(folder: Path) -> Position:
    """What the journal implies; replaying it also says that no entry contradicts another."""
    return replay(read_entries(folder))


def entries_of(folder: Path, step: str) -> list[str]:
    """The kinds of a step's entries, in their order."""
    entries = [stamped.entry for stamped in read_entries(folder)]
    return [entry.kind for entry in entries if isinstance(entry, e.StepEntry) and entry.step == step]


def only(plan: Plan, *steps: str) -> Plan:
    """The plan with these steps alone, which wait for none of the others."""
    kept = [plan.step(name) for name in steps]
    return plan.model_copy(
        update={"steps": tuple(s.model_copy(update={"after": tuple(set(s.after) & set(steps))}) for s in kept)}
    )


__all__ = [
    "PASSWORD",
    "MemoryEngine",
    "MemorySite",
    "Turn",
    "entries_of",
    "memory_site",
    "only",
    "position_of",
    "sitting",
    "starting_rows",
]
