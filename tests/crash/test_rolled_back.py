"""A chain fails and the snapshot is put back: nothing of the chain is left, and it cannot be resumed. All 25: tests/chain."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.containers.engine import LABEL
from runner.containers.network import RUN_LABEL
from runner.errors import RunBusy, ServerInUse
from runner.mariadb.connection import open_server
from runner.mariadb.session import open_session
from runner.mariadb.visitors import read_visitors
from tests.support.accidents import Accident, draw
from tests.support.mariadb import IMAGE
from tests.support.rollbacks import Ground, open_ground
from tests.support.thing import accounts, folder_of, has_run, killed, networks, started, thing, until

pytestmark = [pytest.mark.engine, pytest.mark.images]

TARGET = "2024.1"


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    with open_ground(tmp_path_factory.mktemp("rolled-back"), TARGET) as opened:
        yield opened


def first(how: str, steps: tuple[str, ...]) -> Accident:
    """The first accident of a kind."""
    return next(one for seed in range(1000) if (one := draw(seed, steps)).how.startswith(how))


@pytest.mark.parametrize(
    "how", [pytest.param("the runner is killed (after:step-started)", marks=pytest.mark.soak), "the server is killed during"]
)
def test_it_is_undone(ground: Ground, tmp_path: Path, how: str) -> None:
    ground.fail_and_put_back(tmp_path, first(how, ground.steps))


@pytest.mark.soak
def test_a_restore_that_is_refused_leaves_what_a_dead_runner_left(ground: Ground, tmp_path: Path) -> None:
    cloud = ground.cloud(tmp_path)
    killed(cloud, f"after:step-started:{ground.steps[0]}", "migrate", "--to", TARGET, "--accept-no-snapshot")
    left = networks(ground.nursery.client, cloud)
    server = ground.nursery.server
    server.execute("CREATE USER service@'%' IDENTIFIED BY 'secret'")
    with open_server(ground.nursery.address.model_copy(update={"user": "service"}), "secret") as service, open_session(service):
        thing(cloud, "snapshot", "restore", "--yes").refused(ServerInUse, "service from ", "databases: untouched")
    assert networks(ground.nursery.client, cloud) == left != []
    assert accounts(cloud)
    done = thing(cloud, "snapshot", "restore", "--yes")
    assert done.code == 0, done.err
    assert (networks(ground.nursery.client, cloud), accounts(cloud)) == ([], [])


@pytest.mark.soak
def test_a_step_that_a_dead_runner_left_is_in_nobodys_way_whatever_account_it_has(ground: Ground, tmp_path: Path) -> None:
    """As nova's online migrations, which follow the URLs that are stored in cell_mappings."""
    cloud = ground.cloud(tmp_path)
    killed(cloud, f"after:step-started:{ground.steps[0]}", "migrate", "--to", TARGET, "--accept-no-snapshot")
    ground.nursery.server.execute("CREATE OR REPLACE USER nova@'%' IDENTIFIED BY 'secret'")
    (network,) = networks(ground.nursery.client, cloud)
    ground.nursery.client.containers.run(
        IMAGE,
        ["-c", "sleep 600 | mariadb --host=database --user=nova --password=secret"],
        entrypoint="sh",
        network=network,
        labels={LABEL: "step", RUN_LABEL: folder_of(cloud).name},
        detach=True,
    )
    until(lambda: "nova" in [one.user for one in read_visitors(ground.nursery.server)], "it is connected")
    done = thing(cloud, "snapshot", "restore", "--yes")
    assert done.code == 0, done.err
    assert (networks(ground.nursery.client, cloud), accounts(cloud)) == ([], [])


def test_nothing_is_put_back_while_a_chain_is_at_work(ground: Ground, tmp_path: Path) -> None:
    cloud = ground.cloud(tmp_path)
    with started(cloud, "migrate", "--to", TARGET, "--accept-no-snapshot"):
        until(lambda: has_run(cloud), "the chain begins")
        thing(cloud, "snapshot", "restore", "--yes").refused(RunBusy, folder_of(cloud).name, "databases: untouched")
    done = thing(cloud, "snapshot", "restore", "--yes")
    assert done.code == 0, done.err
