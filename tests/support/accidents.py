"""What can go wrong in a chain, drawn by a seed: at which step, and how."""

import random
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import docker.errors

from runner.errors import RunMissing
from runner.journal import entry as e
from runner.journal.reader import read_entries
from tests.support.clouds import Nursery, SmallCloud
from tests.support.thing import containers, ended, folder_of, has_run, killed, started, until

POINTS = (
    "after:step-intended",
    "started",
    "before:step-started",
    "after:step-started",
    "before:step-ended",
    "after:step-ended",
    "after:step-proved",
)
"""Where a runner dies; see stopper.py."""


@dataclass(frozen=True)
class Accident:
    """Something that goes wrong at a step."""

    seed: int
    how: str
    step: str
    happen: Callable[[Nursery, SmallCloud, str, tuple[str, ...]], None]

    def __str__(self) -> str:
        return f"{self.seed}: {self.how} {self.step}"


def draw(seed: int, steps: tuple[str, ...]) -> Accident:
    """Draw one; the same seed, the same accident."""
    dice = random.Random(seed)
    step = dice.choice(steps)
    point = dice.choice(POINTS)
    how, happen = dice.choice(
        (
            (f"the runner is killed ({point})", lambda _, cloud, step, words: killed(cloud, f"{point}:{step}", *words)),
            ("the server is killed during", _kill_server),
            ("the container is killed in", _kill_container),
            ("the operator interrupts", _interrupt),
        )
    )
    return Accident(seed, how, step, happen)


def _kill_server(nursery: Nursery, cloud: SmallCloud, step: str, words: tuple[str, ...]) -> None:
    """The steps would ask for the server for 100 s (oslo.db); whoever sees it interrupts them."""
    with _during(cloud, step, words) as process:
        nursery.container.kill()
        process.send_signal(signal.SIGINT)


def _kill_container(nursery: Nursery, cloud: SmallCloud, step: str, words: tuple[str, ...]) -> None:
    with _during(cloud, step, words):
        for container in containers(nursery.client, cloud, step):
            with suppress(docker.errors.NotFound):
                container.remove(force=True)


def _interrupt(_: Nursery, cloud: SmallCloud, step: str, words: tuple[str, ...]) -> None:
    with _during(cloud, step, words) as process:
        process.send_signal(signal.SIGINT)


@contextmanager
def _during(cloud: SmallCloud, step: str, words: tuple[str, ...]) -> "Iterator[subprocess.Popen[str]]":
    """Start a chain; the block is entered when a step has begun, and the chain has to fail after it."""
    with started(cloud, *words) as process:
        until(lambda: process.poll() is not None or _has_begun(cloud, step), f"{step} begins", seconds=240)
        yield process
        done = ended(process)
    assert done.code != 0, done.err


def _has_begun(cloud: SmallCloud, step: str) -> bool:
    try:
        entries = read_entries(folder_of(cloud)) if has_run(cloud) else ()
    except RunMissing:
        return False  # its journal is being laid out
    return any(isinstance(one.entry, e.StepStarted) and one.entry.step == step for one in entries)
