"""The container engine goes away in the middle of a chain, and comes back."""

from pathlib import Path

import pytest

from runner.errors import EngineMissing
from runner.journal.replay import StepState
from tests.crash.conftest import Ending
from tests.support.clouds import Nursery, SmallCloud
from tests.support.engine_proxy import engine_proxy
from tests.support.thing import (
    MIGRATE,
    accounts,
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

STEP = "placement/2024.1/sync"


def test_an_engine_that_goes_away_while_a_step_runs(
    cloud: SmallCloud, nursery: Nursery, ending: Ending, tmp_path: Path
) -> None:
    with engine_proxy(tmp_path) as proxy, held(cloud, "placement", "inventories"):
        cloud.rewrite(engine={"url": proxy.url})
        with started(cloud, *MIGRATE) as runner:
            until(lambda: waiting(cloud, "placement"), "the migration waits")
            proxy.cut()
            done = ended(runner)
        assert waiting(cloud, "placement"), "the step goes on"
        assert position(cloud).steps[STEP].state is StepState.STARTED
        (left,) = containers(nursery.client, cloud, STEP)
        assert accounts(cloud), "its account is left to it"

        # The step is changing the database: whoever reads "untouched" would start the services.
        done.refused(EngineMissing, "databases: unknown")
        thing(cloud, "resume").refused(EngineMissing)

    cloud.rewrite(engine={"url": "unix:///var/run/docker.sock"})
    resumed = thing(cloud, "resume")

    assert resumed.code == 0, resumed.err
    assert {one.container for one in starts(cloud, STEP)} == {left.id}
    ending.proved(cloud)
