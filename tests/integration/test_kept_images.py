"""Whoever prunes while a run lasts takes none of its images; when it is over they are as free as before."""

import io
import tarfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import docker
import docker.errors
import pytest

from runner.containers.blueprint import Blueprint
from runner.containers.client import connect
from runner.containers.engine import LABEL
from runner.containers.network import RUN_LABEL, network_name, remove_network, step_network
from runner.containers.prune import prune_names
from runner.errors import EngineMissing
from runner.settings import EngineSettings
from tests.support.mariadb import TestServer

pytestmark = [pytest.mark.engine, pytest.mark.images]

RELAY = "thing-a-me/2024.1:latest"
RUN = "kept-test"


@dataclass(frozen=True)
class Old:
    """An image that no definition asks for any more, as the release's next build leaves it."""

    client: docker.DockerClient
    blueprint: Blueprint
    id: str

    def prune(self) -> None:
        """All that takes images away: ours, and what operators have in their cron, kept to this image."""
        prune_names(self.client, self.blueprint)
        self.client.images.prune(filters={"dangling": False, "label": "thing-a-me.kept-test"})

    @property
    def is_here(self) -> bool:
        try:
            self.client.images.get(self.id)
        except docker.errors.ImageNotFound:
            return False
        return True


@pytest.fixture
def old() -> Iterator[Old]:
    empty = io.BytesIO()
    tarfile.open(fileobj=empty, mode="w").close()
    blueprint = Blueprint(name="kept-test", suite="bookworm")
    with closing(connect(EngineSettings())) as client:
        client.api.import_image_from_data(
            empty.getvalue(), blueprint.repository, "000000000000", changes=["LABEL thing-a-me.kept-test=1"]
        )
        image = client.images.get(f"{blueprint.repository}:000000000000")
        yield Old(client, blueprint, str(image.id))
        remove_network(client, network_name(RUN))
        for tag in client.images.list(filters={"label": "thing-a-me.kept-test"}):
            client.images.remove(tag.id, force=True)


def test_an_image_of_a_run_outlasts_every_prune_and_no_longer_than_the_run(old: Old, mariadb: TestServer) -> None:
    with step_network(old.client, RUN, mariadb.address, image=RELAY, kept=(old.id, old.id)):
        old.prune()
        assert old.is_here

    mine = {"label": f"{RUN_LABEL}={RUN}"}
    assert old.client.containers.list(all=True, ignore_removed=True, filters=mine) == []
    old.prune()
    assert not old.is_here


def test_it_is_kept_for_whoever_goes_on_with_a_dead_run(old: Old, mariadb: TestServer) -> None:
    def open_network(trouble: str) -> None:
        with (
            pytest.raises(EngineMissing, match=trouble),
            step_network(old.client, RUN, mariadb.address, image=RELAY, kept=(old.id,)),
        ):
            raise EngineMissing(trouble)

    open_network("the runner died")
    old.prune()
    open_network("and the one that took over")

    keepers = {"label": [f"{LABEL}=keeper", f"{RUN_LABEL}={RUN}"]}
    assert len(old.client.containers.list(all=True, ignore_removed=True, filters=keepers)) == 1
    assert old.is_here


def test_an_image_that_is_not_here_is_left_to_the_step_that_needs_it(old: Old, mariadb: TestServer) -> None:
    with step_network(old.client, RUN, mariadb.address, image=RELAY, kept=("sha256:" + "0" * 64, old.id)):
        old.prune()
        assert old.is_here
