"""The runner is killed (SIGKILL) at every boundary; `resume` ends in the state of an undisturbed run."""

import pytest

from runner.journal.replay import StepState
from tests.crash.conftest import Ending
from tests.support.clouds import Nursery, SmallCloud
from tests.support.thing import MIGRATE, containers, entries, killed, position, starts, thing

pytestmark = [pytest.mark.engine, pytest.mark.images]

SYNC, ONLINE = "placement/2024.1/sync", "placement/2024.1/online"

BOUNDARIES = (
    "after:phase-began",
    "after:rows-counted",
    "before:accounts-made",
    "after:accounts-made",
    "after:network-made",
    f"after:step-intended:{SYNC}",
    f"after:step-ended:{SYNC}",
    f"before:step-proved:{SYNC}",
    f"after:step-proved:{SYNC}",
    f"before:step-started:{ONLINE}",
    f"after:step-started:{ONLINE}",
    f"before:step-ended:{ONLINE}",
    "before:accounts-dropped",
    "before:network-removed",
    "after:network-removed",
    "after:proof-given",
    "before:run-ended",
)
"""In the order in which one run meets them: each sitting is killed at the next."""


@pytest.mark.soak
def test_a_run_that_is_killed_at_every_boundary_in_turn(cloud: SmallCloud, ending: Ending) -> None:
    killed(cloud, "after:run-began", *MIGRATE)
    for boundary in BOUNDARIES:
        killed(cloud, boundary, "resume")
        assert position(cloud).outcome is None

    done = thing(cloud, "resume")

    assert done.code == 0, done.err
    ending.proved(cloud)
    assert len([entry for entry in entries(cloud) if entry.kind == "run-resumed"]) == len(BOUNDARIES) + 1


@pytest.mark.soak
def test_killed_between_two_steps(cloud: SmallCloud, ending: Ending) -> None:
    killed(cloud, f"after:step-proved:{SYNC}", *MIGRATE, "--jobs", "1")
    before = [step.plan.step for step in position(cloud).steps.values() if step.state is StepState.PROVED]

    done = thing(cloud, "resume")

    assert done.code == 0, done.err
    assert SYNC in before
    assert [len(starts(cloud, step)) for step in before] == [1] * len(before)
    ending.proved(cloud)


def test_killed_after_the_intent_and_before_the_container(cloud: SmallCloud, nursery: Nursery, ending: Ending) -> None:
    killed(cloud, f"after:step-intended:{SYNC}", *MIGRATE)
    assert position(cloud).steps[SYNC].state is StepState.INTENDED
    assert containers(nursery.client, cloud, SYNC) == []

    done = thing(cloud, "resume")

    assert done.code == 0, done.err
    assert [(start.attempt, start.adopted) for start in starts(cloud, SYNC)] == [(2, False)]
    ending.proved(cloud)


@pytest.mark.soak
def test_a_container_that_was_made_but_never_started_is_not_adopted(
    cloud: SmallCloud, nursery: Nursery, ending: Ending
) -> None:
    killed(cloud, f"created:{SYNC}", *MIGRATE)
    (made,) = containers(nursery.client, cloud, SYNC)
    assert made.status == "created"

    done = thing(cloud, "resume")

    assert done.code == 0, done.err
    assert [(start.attempt, start.adopted) for start in starts(cloud, SYNC)] == [(2, False)]
    ending.proved(cloud)


@pytest.mark.soak
def test_a_container_whose_files_never_arrived_did_nothing(cloud: SmallCloud, nursery: Nursery, ending: Ending) -> None:
    killed(cloud, f"started:{SYNC}", *MIGRATE)
    (made,) = containers(nursery.client, cloud, SYNC)

    done = thing(cloud, "resume")

    assert done.code == 0, done.err
    assert made.id == starts(cloud, SYNC)[0].container
    assert [(start.attempt, start.adopted) for start in starts(cloud, SYNC)] == [(1, True), (2, False)]
    ending.proved(cloud)


@pytest.mark.soak
def test_killed_before_the_start_is_written_down(cloud: SmallCloud, nursery: Nursery, ending: Ending) -> None:
    """The container runs, and only its labels say whose it is."""
    killed(cloud, f"before:step-started:{SYNC}", *MIGRATE)
    (made,) = containers(nursery.client, cloud, SYNC)
    made.wait()

    done = thing(cloud, "resume")

    assert done.code == 0, done.err
    assert [(start.container, start.adopted) for start in starts(cloud, SYNC)] == [(made.id, True)]
    ending.proved(cloud)
