"""A step that goes wrong on purpose: killed, as by a kernel without memory, or stopped, so that it never ends."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from runner import documents
from runner.containers.client import Client, connect, engine_errors
from runner.containers.engine import LABEL
from runner.demo.night import TARGET
from runner.errors import Aftermath, ProofFailed, ThingAMeError
from runner.events import silent
from runner.flows.prepare import prepare_plan
from runner.flows.timetable import plan_window
from runner.flows.vigil import CLOCK
from runner.flows.world import open_world
from runner.planning.seal import SealedPlan
from runner.planning.window import reckon
from runner.reporting.record import Report
from runner.settings import EngineSettings

_AT_WORK = 0.4
"""Seconds from a step's start to the signal; the fastest step takes more than one."""
_SPARE = 15
"""Seconds."""


class Blow(Enum):
    """What befalls a step, and the signal that does it."""

    KILLED = "SIGKILL"
    HUNG = "SIGSTOP"


class Mishap(NamedTuple):
    """What is to go wrong in the window."""

    step: str
    blow: Blow

    def __str__(self) -> str:
        told = "is killed half way" if self.blow is Blow.KILLED else "is stopped half way, and never ends"
        return f"on purpose, in the window: {self.step} {told} ({self.blow.value})"


def steps_to_run(cloud: Path) -> list[str]:
    """Name the steps that will run on the way to the demo's target, in the plan's order.

    Raises:
        what `prepare_plan` raises.
    """
    with open_world(cloud) as world:
        return [step.id for step in prepare_plan(world, TARGET, tell=silent)[1].to_run]


def shortest_window(cloud: Path, sealed: Path) -> str:
    """Say how long a window must last at least, and a little more: what hangs in it soon meets the last safe moment.

    Raises:
        SnapshotBroken, SnapshotMissing, MissingFile, BadDocument
    """
    seal = documents.read(SealedPlan, sealed).seal
    with open_world(cloud) as world:
        table = plan_window(world, seal, world.cloud.document.window, databases_only=False, jobs=world.cloud.jobs)
    return f"{reckon(table).needed + _SPARE}s"


def demand_befallen(mishap: Mishap, report: Report) -> None:
    """Demand that it was this which turned the window back, and nothing else.

    Raises:
        ProofFailed
    """
    window = report.window
    assert window, "the demo's night is a window"
    last = window.decisions[-1]
    if (last.by != CLOCK) if mishap.blow is Blow.HUNG else (mishap.step not in window.reason):
        raise ProofFailed(f"not what was meant to go wrong: {last.by} {last.what}", aftermath=Aftermath.UNTOUCHED)


@contextmanager
def befalling(engine: EngineSettings, mishap: Mishap) -> Iterator[None]:
    """Let it befall the first container of its step that is started within the block.

    Raises:
        EngineRefused, EngineMissing
    """
    with engine_errors("listening for the step that is to go wrong"):
        client = connect(engine)
        wanted = {"type": "container", "event": "start", "label": f"{LABEL}.step={mishap.step}"}
        started = client.events(decode=True, filters=wanted)

    def strike() -> None:
        for event in started:
            time.sleep(_AT_WORK)
            _send(client, event["id"], mishap.blow)
            return

    waiting = threading.Thread(target=strike, daemon=True)
    waiting.start()
    try:
        yield
    finally:
        started.close()
        waiting.join(10)
        client.close()


def _send(client: Client, container: str, blow: Blow) -> None:
    # One that has ended by itself goes on; whoever counts on the mishap misses it.
    with suppress(ThingAMeError), engine_errors("letting a step go wrong"):
        client.containers.get(container).kill(signal=blow.value)
