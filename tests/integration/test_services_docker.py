"""Services that are containers on a real engine."""

import secrets
import time
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from docker.models.containers import Container

from runner.containers.client import Client, connect
from runner.containers.foundation import base_blueprint, ensure_base
from runner.containers.release_image import SUITE
from runner.errors import ServiceMissing, ServiceProtected, ServiceRefused
from runner.events import silent
from runner.services import demand_allowed, open_services
from runner.services.service import Service, State
from runner.settings import EngineSettings
from runner.window_settings import ServiceSettings
from tests.support.images import SITE

pytestmark = pytest.mark.engine

OBEDIENT = "trap 'exit 0' TERM; while :; do sleep 0.1; done"
DEAF = "trap '' TERM; while :; do sleep 0.1; done"


class Bench:
    """An engine, containers on it that are gone at the end, and services of them."""

    def __init__(self, client: Client, image: str) -> None:
        self.client, self.image, self.prefix = client, image, f"thing-a-me-test-service-{secrets.token_hex(3)}"
        self.label = f"{self.prefix}=yes"

    def container(self, name: str, command: str = OBEDIENT, *, runs: bool = True, **options: Any) -> Container:
        labels = {self.prefix: "yes", **options.pop("labels", {})}
        made = self.client.containers.create(
            self.image, entrypoint=["sh", "-c", command], name=f"{self.prefix}-{name}", labels=labels, **options
        )
        if runs:
            made.start()
        return made

    def service(self, docker: object, *, timeout: float = 20, **settings: object) -> Service:
        given = {"docker": docker, "timeout": timeout, **settings}
        (made,) = open_services({"keystone": ServiceSettings.model_validate(given)}, lambda: self.client)
        return made


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with closing(connect(EngineSettings())) as opened:
        ensure_base(opened, SUITE, SITE, silent)
        yield opened


@pytest.fixture
def bench(client: Client) -> Iterator[Bench]:
    made = Bench(client, base_blueprint(SUITE).reference)
    yield made
    for one in client.containers.list(all=True, ignore_removed=True, filters={"label": made.label}):
        one.remove(force=True, v=True)


def status_of(container: Container) -> str:
    container.reload()
    return str(container.status)


def policy_of(container: Container) -> dict[str, Any]:
    container.reload()
    return dict(container.attrs["HostConfig"]["RestartPolicy"])


def test_one_container_is_stopped_and_given_back_and_each_of_them_twice_is_as_good(bench: Bench) -> None:
    container = bench.container("api")
    service = bench.service(container.name)
    ran = service.what_runs()
    assert (service.state(), ran) == (State.RUNNING, (container.name,))
    assert [target.name for target in service.targets()] == [container.name]

    for _ in range(2):
        service.stop()
        assert (service.state(), status_of(container), service.what_runs()) == (State.STOPPED, "exited", ())
    assert container.attrs["State"]["ExitCode"] == 0
    for _ in range(2):
        service.start(ran)
        assert (service.state(), status_of(container)) == (State.RUNNING, "running")


def test_one_that_is_deaf_to_its_signal_is_ended_within_the_time(bench: Bench) -> None:
    container = bench.container("deaf", DEAF)
    began = time.monotonic()
    bench.service(container.name, timeout=7).stop()
    assert time.monotonic() - began < 12
    assert (status_of(container), container.attrs["State"]["ExitCode"]) == ("exited", 137)


def test_its_own_time_to_stop_counts(bench: Bench) -> None:
    """docker-py's `create` has no such option: the engine is asked in its own words."""
    api, options = bench.client.api, {"StopTimeout": 1}
    config = api.create_container_config(bench.image, ["sh", "-c", DEAF], labels={bench.prefix: "yes"}, entrypoint=[])
    made = bench.client.containers.get(api.create_container_from_config({**config, **options}, f"{bench.prefix}-own")["Id"])
    made.start()
    began = time.monotonic()
    bench.service(made.name, timeout=60).stop()
    assert time.monotonic() - began < 8


@pytest.mark.parametrize(
    ("policy", "word"),
    [({"Name": "always"}, "restart=always"), ({"Name": "on-failure", "MaximumRetryCount": 3}, "restart=on-failure:3")],
)
def test_a_policy_that_would_bring_it_back_is_another_meanwhile(bench: Bench, policy: dict[str, Any], word: str) -> None:
    container = bench.container("always", "trap 'exit 1' TERM; while :; do sleep 0.1; done", restart_policy=policy)
    before = policy_of(container)
    service = bench.service(container.name)
    ran = service.what_runs()
    assert ran == (f"{container.name} {word}",)

    service.stop()
    time.sleep(2)
    assert (service.state(), policy_of(container)["Name"]) == (State.STOPPED, "unless-stopped")

    service.start(ran)
    assert (status_of(container), policy_of(container)) == ("running", before)


def test_one_that_the_engine_restarts_again_and_again_is_stopped_for_good(bench: Bench) -> None:
    container = bench.container("failing", "sleep 0.2; exit 1", restart_policy={"Name": "always"})
    service = bench.service(container.name)
    until = time.monotonic() + 30
    while (ran := service.what_runs()) != (f"{container.name} restart=always was-failing",):
        assert time.monotonic() < until

    service.stop()
    time.sleep(3)
    assert service.state() is State.STOPPED

    service.start(ran)
    assert policy_of(container)["Name"] == "always"


def test_one_that_is_paused_runs_and_is_stopped(bench: Bench) -> None:
    container = bench.container("paused")
    container.pause()
    service = bench.service(container.name)
    ran = service.what_runs()
    assert (service.state(), ran) == (State.RUNNING, (container.name,))
    service.stop()
    assert status_of(container) == "exited"
    service.start(ran)
    assert status_of(container) == "running"


def test_of_those_with_a_label_only_what_ran_is_started_again(bench: Bench) -> None:
    api, old = bench.container("api"), bench.container("old", runs=False)
    service = bench.service({"label": bench.label})
    assert [target.name for target in service.targets()] == [api.name, old.name]
    ran = service.what_runs()
    assert ran == (api.name,)

    service.stop()
    assert service.state() is State.STOPPED
    service.start(ran)
    assert (status_of(api), status_of(old)) == ("running", "created")


def test_one_that_does_not_stay_up_is_told_with_its_state(bench: Bench) -> None:
    container = bench.container("broken", "sleep 0.3; exit 1", runs=False)
    with pytest.raises(ServiceRefused, match=rf"keystone does not run: {container.name} exited"):
        bench.service(container.name, timeout=2).start((str(container.name),))


def test_one_that_is_not_there_is_missing_and_so_is_one_that_was_removed(bench: Bench) -> None:
    container = bench.container("brief")
    service = bench.service(container.name)
    ran = service.what_runs()
    assert container.id
    assert bench.service(container.id[:12]).state() is State.MISSING
    container.remove(force=True)

    assert service.state() is State.MISSING
    for act in (service.stop, service.targets):
        with pytest.raises(ServiceMissing, match=f"there is no container {container.name}"):
            act()
    with pytest.raises(ServiceMissing, match="ran before, and is not there any more"):
        service.start(ran)
    with pytest.raises(ServiceMissing, match="with the label nobody=has"):
        bench.service({"label": "nobody=has"}).stop()


def test_one_that_would_be_gone_is_not_stopped(bench: Bench) -> None:
    container = bench.container("fleeting", auto_remove=True)
    with pytest.raises(ServiceRefused, match="started with --rm"):
        bench.service(container.name).stop()
    assert status_of(container) == "running"


def test_the_data_plane_is_refused_by_name_by_label_and_by_compose_before_anything_is_stopped(bench: Bench) -> None:
    compose = bench.container("db1", labels={"com.docker.compose.service": "mariadb"})
    with pytest.raises(ServiceProtected, match=rf"keystone would stop {compose.name}: the database \(mariadb\*, as mariadb\)"):
        demand_allowed([bench.service({"label": bench.label}), bench.service(compose.name)])
    assert status_of(compose) == "running"


def test_the_compute_service_is_stopped_by_its_name_only(bench: Bench) -> None:
    compute = bench.container("cell1", labels={"com.docker.compose.service": "nova-compute"})
    demand_allowed([bench.service(compute.name)])
    with pytest.raises(
        ServiceProtected, match=rf"would stop {compute.name}: the compute service .* which has to be named itself"
    ):
        demand_allowed([bench.service({"label": bench.label})])


def test_an_engine_that_does_not_answer_is_not_taken_for_stopped() -> None:
    nowhere = EngineSettings(url="tcp://127.0.0.1:9")
    settings = {"keystone": ServiceSettings(docker="keystone")}
    (service,) = open_services(settings, lambda: connect(nowhere))
    with pytest.raises(ServiceRefused, match="no container engine answers"):
        service.state()


def test_a_shell_that_cannot_be_reached_leaves_open_whether_it_comes_back(bench: Bench) -> None:
    container = bench.container("remote", runs=False)
    with pytest.raises(ServiceRefused, match="did not run a command to its end"):
        bench.service(container.name, shell=("false",)).state()
