"""The runner goes while a step's container runs: the migration waits for a table that the test reads."""

import signal

import pytest

from runner.journal.replay import StepState
from tests.crash.conftest import Ending
from tests.support.clouds import Nursery, SmallCloud
from tests.support.thing import (
    MIGRATE,
    accounts,
    containers,
    ended,
    entries,
    folder_of,
    has_run,
    held,
    networks,
    position,
    started,
    starts,
    thing,
    until,
    waiting,
)

pytestmark = [pytest.mark.engine, pytest.mark.images]

STEP = "placement/2024.1/sync"
ALTERED = "inventories"
"""The first table that placement's only migration of this hop alters (a082b8bb98d0)."""


def leave(cloud: SmallCloud, how: signal.Signals) -> int:
    """Begin a run, send the runner a signal while the step's migration waits for the table, and return its exit code."""
    with started(cloud, *MIGRATE) as runner:
        until(lambda: waiting(cloud, "placement"), "the migration waits")
        # The other lane's steps have ended: only one container is left behind.
        until(lambda: not is_at_work(cloud, "glance/2024.1/sync"), "glance is proved")
        runner.send_signal(how)
        return ended(runner).code


def is_at_work(cloud: SmallCloud, step: str) -> bool:
    return has_run(cloud) and position(cloud).steps[step].state < StepState.PROVED


def test_a_step_that_outlived_its_runner_is_adopted(cloud: SmallCloud, nursery: Nursery, ending: Ending) -> None:
    with held(cloud, "placement", ALTERED) as release:
        assert leave(cloud, signal.SIGKILL) == -signal.SIGKILL
        (left,) = containers(nursery.client, cloud)
        assert left.status == "running"
        with started(cloud, "resume") as resuming:
            until(lambda: len(starts(cloud, STEP)) == 2, "resume adopts the container")
            assert [one.id for one in containers(nursery.client, cloud, STEP)] == [left.id]
            release()
            done = ended(resuming)

    assert done.code == 0, done.err
    assert [(one.attempt, one.container, one.adopted) for one in starts(cloud, STEP)] == [
        (1, left.id, False),
        (1, left.id, True),
    ]
    ending.proved(cloud)


@pytest.mark.soak
def test_a_step_that_ended_without_its_runner_is_not_repeated(cloud: SmallCloud, nursery: Nursery, ending: Ending) -> None:
    with held(cloud, "placement", ALTERED):
        leave(cloud, signal.SIGKILL)
    (left,) = containers(nursery.client, cloud)
    assert left.wait(timeout=60)["StatusCode"] == 0

    done = thing(cloud, "resume")

    assert done.code == 0, done.err
    assert {(one.attempt, one.container) for one in starts(cloud, STEP)} == {(1, left.id)}
    # It took as long as it ran, not as long as its last runner waited for it.
    (end,) = [entry for entry in entries(cloud) if entry.kind == "step-ended" and entry.step == STEP]
    assert end.seconds > 1
    ending.proved(cloud)


@pytest.mark.soak
def test_a_step_whose_container_was_removed_before_it_changed_anything_is_repeated(
    cloud: SmallCloud, nursery: Nursery, ending: Ending
) -> None:
    with held(cloud, "placement", ALTERED) as release:
        leave(cloud, signal.SIGKILL)
        (left,) = containers(nursery.client, cloud)
        orphans = waiting(cloud, "placement")
        assert orphans
        left.remove(force=True)
        with started(cloud, "resume") as resuming:
            until(lambda: len(starts(cloud, STEP)) == 2, "resume repeats the step")
            # What the removed container asked for may still be waiting: it must not be done beside its successor's.
            until(lambda: set(waiting(cloud, "placement")) - set(orphans), "the new step waits")
            assert not set(waiting(cloud, "placement")) & set(orphans)
            release()
            done = ended(resuming)

    assert done.code == 0, done.err
    assert [(one.attempt, one.adopted) for one in starts(cloud, STEP)] == [(1, False), (2, False)]
    ending.proved(cloud)


@pytest.mark.soak
def test_a_step_that_was_done_when_its_container_was_removed_is_proved_by_the_database(
    cloud: SmallCloud, nursery: Nursery, ending: Ending
) -> None:
    with held(cloud, "placement", ALTERED):
        leave(cloud, signal.SIGKILL)
    (left,) = containers(nursery.client, cloud)
    left.wait(timeout=60)
    left.remove()

    done = thing(cloud, "resume")

    assert done.code == 0, done.err
    assert [(one.attempt, one.adopted) for one in starts(cloud, STEP)] == [(1, False)]
    (proved,) = [entry for entry in entries(cloud) if entry.kind == "step-proved" and entry.step == STEP]
    assert proved.already
    ending.proved(cloud)


def test_an_interrupt_leaves_the_step_running_and_resume_finishes_it(
    cloud: SmallCloud, nursery: Nursery, ending: Ending
) -> None:
    with held(cloud, "placement", ALTERED):
        assert leave(cloud, signal.SIGINT) == 130
        (left,) = containers(nursery.client, cloud)
        assert left.status == "running"
        assert accounts(cloud)
        assert networks(nursery.client, cloud)
        assert position(cloud).outcome == "interrupted"

    done = thing(cloud, "resume", folder_of(cloud).name)

    assert done.code == 0, done.err
    assert {(one.attempt, one.container) for one in starts(cloud, STEP)} == {(1, left.id)}
    ending.proved(cloud)
