"""A chain that was given up half way: a new plan begins from where the databases stand, and can be carried out."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from runner.containers.network import remove_steps
from runner.errors import RunBusy, StepInDoubt
from tests.support.catalog import chain_only
from tests.support.clouds import Nursery, SmallCloud
from tests.support.thing import folder_of, held, killed, thing, waiting

pytestmark = [pytest.mark.engine, pytest.mark.images]

TO = ("--to", "2026.1")
MIGRATE = ("migrate", *TO, "--accept-no-snapshot")


@pytest.fixture(autouse=True)
def four_releases(cloud: SmallCloud, tmp_path: Path) -> None:
    """With all of ours, a way would lead from releases whose images the tests do not have."""
    cloud.rewrite(images=chain_only(tmp_path))


def journeys(cloud: SmallCloud) -> Mapping[str, Any]:
    """The ways of a new plan, by project."""
    done = thing(cloud, "plan", *TO, "--json")
    assert done.code == 0, done.err
    return {journey["project"]: journey for journey in json.loads(done.out)["plan"]["journeys"]}


def way(journey: Mapping[str, Any]) -> Sequence[str]:
    return [journey["start"], *journey["stops"]]


@pytest.mark.soak
def test_a_project_that_the_others_left_behind(cloud: SmallCloud, nursery: Nursery) -> None:
    """Glance has come to 2024.1, placement has not begun: nothing tells any more which of four releases it is at."""
    with held(cloud, "placement", "inventories"):
        killed(cloud, "after:step-proved:glance/2024.1/sync", *MIGRATE)
        ways = journeys(cloud)
        thing(cloud, *MIGRATE).refused(RunBusy, f"a step of run {folder_of(cloud).name} still runs", "thing-a-me resume")
        remove_steps(nursery.client, folder_of(cloud).name)
        # The server would still carry out the statement of a client that is gone.
        for session in waiting(cloud, "placement"):
            cloud.server.execute(f"KILL {session}")

    assert way(ways["glance"]) == ["2024.1", "2025.1", "2026.1"]
    assert way(ways["placement"]) == ["zed", "2023.1", "2024.1", "2025.1", "2026.1"]
    assert ways["placement"]["why"] == (
        "its version rows fit xena, yoga, zed, 2023.1; no way to 2026.1 leads from xena, and zed is the oldest that has one"
    )

    done = thing(cloud, *MIGRATE)

    assert done.code == 0, done.err


def test_a_plan_made_anew_after_somebody_moved_a_database(cloud: SmallCloud) -> None:
    """What the hint of a step in doubt says can be done."""
    killed(cloud, "after:run-began", *MIGRATE)
    cloud.of("glance").execute("UPDATE alembic_version SET version_num = 'wallaby_contract01'")

    thing(cloud, "resume").refused(StepInDoubt, "glance/2024.1/sync", "or plan again from where they stand")

    ways = journeys(cloud)
    assert way(ways["glance"]) == ["zed", "2023.1", "2024.1", "2025.1", "2026.1"]
    # The other lane's step was done meanwhile.
    assert way(ways["placement"]) == ["2023.2", "2024.1", "2025.1", "2026.1"]
