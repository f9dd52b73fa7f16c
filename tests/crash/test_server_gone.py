"""The database server goes away in the middle of a chain, and comes back."""

import time

import pytest

from runner.errors import LoginRefused, QueryFailed, ServerUnreachable, StepFailed
from runner.mariadb.patience import await_server
from tests.crash.conftest import Ending
from tests.support.clouds import Nursery, SmallCloud, address_of
from tests.support.thing import MIGRATE, ended, held, position, started, thing, until, waiting

pytestmark = [pytest.mark.engine, pytest.mark.images]

CLEAN = {error.exit_code for error in (StepFailed, ServerUnreachable, QueryFailed, LoginRefused)}


@pytest.mark.parametrize("seconds_down", [pytest.param(0, marks=pytest.mark.soak), 12])
def test_a_server_killed_while_a_migration_waits(
    cloud: SmallCloud, nursery: Nursery, ending: Ending, seconds_down: int
) -> None:
    """Back at once, or away for longer than the runner's patience: it cannot even give its accounts back."""
    with held(cloud, "placement", "inventories"), started(cloud, *MIGRATE) as runner:
        until(lambda: waiting(cloud, "placement"), "the migration waits")
        nursery.container.kill()
        time.sleep(seconds_down)
        bring_back(nursery)
        done = ended(runner)

    assert done.code in CLEAN, done.err
    assert "bug:" not in done.err
    assert "untouched" not in done.err, "a migration had begun"
    assert position(cloud).outcome == "failed"

    resumed = thing(cloud, "resume")

    assert resumed.code == 0, resumed.err
    ending.proved(cloud)


def bring_back(nursery: Nursery) -> None:
    nursery.container.start()
    assert address_of(nursery.client, nursery.made.name) == nursery.address.host
    await_server(nursery.address, nursery.made.password)
