"""Record what each step of a rehearsal does to its databases: told by the clone, written into the journal."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from runner.errors import ThingAMeError
from runner.events import Event, StepBegan, StepEnded, Tell
from runner.journal import entry as e
from runner.journal.writer import Journal
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.sizes import read_temporary
from runner.mariadb.statements import Span, read_statements
from runner.planning.plan import Plan, Step

SAMPLE_SECONDS = 0.25


@dataclass
class _Running:
    """A step that runs: since when, how large its databases were, and the most of temporary files seen since."""

    step: Step
    began: float
    bytes_before: int
    temporary: int = 0


@dataclass
class _Recorder:
    """Listens to the events of steps. Lanes tell from threads of their own."""

    plan: Plan
    server: DatabaseServer
    journal: Journal
    tell: Tell
    measure: Callable[[tuple[str, ...]], int]
    running: dict[str, _Running] = field(default_factory=dict)

    def hear(self, event: Event) -> None:
        if isinstance(event, StepBegan):
            step = self.plan.step(event.step)
            self.running[step.id] = _Running(step, time.time(), self.measure(self._schemas(step)))
        if isinstance(event, StepEnded) and event.outcome == "proved":
            self._write(self.running.pop(event.step))
        self.tell(event)

    def sample(self) -> None:
        """Look how much of what is on disk will be gone when the statements that run are over."""
        temporary = read_temporary(self.server)
        for running in tuple(self.running.values()):
            size = sum(temporary.get(schema, 0) for schema in self._schemas(running.step))
            running.temporary = max(running.temporary, size)

    def _write(self, running: _Running) -> None:
        step, ended = running.step, time.time()
        # On a clone no other account ends like this; which it is exactly only this sitting's site knows.
        account = f"tam\\_%\\_{step.project}"
        said = read_statements(self.server, Span(account, running.began, ended, self._schemas(step)))
        self.journal.append(
            e.StepMeasured(
                step=step.id,
                seconds=round(ended - running.began, 3),
                statements=said.count,
                rows_changed=said.rows_changed,
                longest_lock=said.longest_lock,
                definitions=tuple(e.MeasuredDefinition(text=one.text, seconds=one.seconds) for one in said.definitions),
                bytes_before=running.bytes_before,
                bytes_after=self.measure(self._schemas(step)),
                temporary_bytes=running.temporary,
            )
        )

    def _schemas(self, step: Step) -> tuple[str, ...]:
        return tuple(self.plan.database(name).schema_name for name in step.writes)


@contextmanager
def recording(
    plan: Plan, server: DatabaseServer, journal: Journal, tell: Tell, measure: Callable[[tuple[str, ...]], int]
) -> Iterator[Tell]:
    """Give a Tell that records what steps do on `server`, a clone that logs every statement, and passes events on.

    `measure` says how many bytes schemas have on disk; lanes call it from threads of their own.
    """
    recorder = _Recorder(plan, server, journal, tell, measure)
    over = threading.Event()

    def watch() -> None:
        while not over.wait(SAMPLE_SECONDS):
            try:
                recorder.sample()
            except ThingAMeError:
                continue  # a peak less; that the server is gone, the step itself says

    watcher = threading.Thread(target=watch, name="recording", daemon=True)
    watcher.start()
    try:
        yield recorder.hear
    finally:
        over.set()
        watcher.join()
