"""The disk that holds the runs is full when a step ends: nothing is lost, and nothing is begun that cannot be written."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.errors import JournalBroken
from runner.journal.replay import StepState
from tests.crash.conftest import Ending
from tests.support.clouds import Nursery, SmallCloud
from tests.support.thing import (
    MIGRATE,
    containers,
    ended,
    held,
    position,
    started,
    starts,
    thing,
    until,
    waiting,
)

pytestmark = [pytest.mark.engine, pytest.mark.images]

STEP, NEXT = "placement/2024.1/sync", "placement/2024.1/online"


@pytest.fixture
def small_disk(cloud: SmallCloud) -> Iterator[Path]:
    """Two megabytes for all runs, and a file that fills what is left of them."""
    cloud.runs.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(cloud.runs)], check=True)
    try:
        yield cloud.runs / "filler"
    finally:
        subprocess.run(["umount", str(cloud.runs)], check=True)


def fill(file: Path) -> None:
    with pytest.raises(OSError, match="No space left"), file.open("wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 512)


@pytest.mark.soak
def test_a_full_disk(cloud: SmallCloud, nursery: Nursery, ending: Ending, small_disk: Path) -> None:
    with held(cloud, "placement", "inventories") as release, started(cloud, *MIGRATE) as runner:
        until(lambda: waiting(cloud, "placement"), "the migration waits")
        until(lambda: position(cloud).steps["glance/2024.1/sync"].state is StepState.PROVED, "glance is proved")
        fill(small_disk)
        release()
        done = ended(runner)

    done.refused(JournalBroken, "databases: unknown")
    small_disk.unlink()
    assert position(cloud).steps[STEP].state is StepState.STARTED
    assert starts(cloud, NEXT) == []
    (left,) = containers(nursery.client, cloud, STEP)

    resumed = thing(cloud, "resume")

    assert resumed.code == 0, resumed.err
    assert {one.container for one in starts(cloud, STEP)} == {left.id}
    ending.proved(cloud)
