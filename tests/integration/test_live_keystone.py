"""A live Keystone at 2023.1, its schema carried to 2026.1 by real commands, and the same container on 2026.1's image."""

import base64
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import docker
import pytest

from runner.containers.docker_engine import DockerEngine
from runner.containers.engine import ETC, LABEL, OneShot
from runner.containers.release_image import resolve
from runner.containers.throwaway import free_port
from runner.demo.live import LIVE, await_answer, remove_live
from runner.demo.live_keystone import LiveKeystone, announce_keystone, start_keystone, url_at
from runner.errors import ServiceRefused
from runner.mariadb.accounts import create_account
from runner.scratch.cloud import NewCloud
from runner.settings import EngineSettings
from tests.support.clouds import START, Nursery, open_nursery
from tests.support.identity import ask, log_in, validate

pytestmark = [pytest.mark.engine, pytest.mark.images]

TARGET = "2026.1"
PASSWORD = "bootstrap"
"""Everybody's: the nursery's admin has it, and the others have his hash."""
WHO = ("user-01", PASSWORD, "team-01")
TYPES = {"identity", "image", "placement", "compute", "volumev3", "network", "orchestration"}


@dataclass(frozen=True)
class Ground:
    """A server with keystone's database at 2023.1, and what a Keystone on it is started with."""

    nursery: Nursery
    cloud: NewCloud
    labels: dict[str, str]
    port: int

    @property
    def client(self) -> docker.DockerClient:
        return self.nursery.client

    def start(self, name: str, *, release: str = START, cloud: NewCloud | None = None) -> LiveKeystone:
        return start_keystone(
            self.client,
            resolve(self.client, release),
            name,
            network=self.nursery.made.name,
            db_host=self.nursery.made.name,
            cloud=cloud or self.cloud,
            port=self.port,
            labels=self.labels,
        )


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    with open_nursery(projects=("keystone",)) as nursery:
        password = secrets.token_hex(16)
        create_account(nursery.server, "keystone", password, ("keystone",))
        keys = {name: base64.urlsafe_b64encode(secrets.token_bytes(32)) for name in ("0", "1")}
        cloud = NewCloud(passwords={"keystone": password}, admin_password=PASSWORD, keys=keys)
        labels = {f"{LABEL}.test": nursery.made.name}
        yield Ground(nursery, cloud, labels, free_port())


@pytest.fixture
def name(ground: Ground) -> Iterator[str]:
    """The name of a Keystone; it and its volume are gone after the test."""
    try:
        yield f"{ground.nursery.made.name}-keystone"
    finally:
        remove_live(ground.client, ground.labels)
        assert left(ground) == []


def left(ground: Ground) -> list[str]:
    wanted = {"label": [f"{label}={value}" for label, value in {**ground.labels, **LIVE}.items()]}
    containers = ground.client.containers.list(all=True, ignore_removed=True, filters=wanted)
    return [one.name for one in (*containers, *ground.client.volumes.list(filters=wanted))]


def test_its_secrets_are_in_no_argument_no_environment_and_no_log(ground: Ground, name: str) -> None:
    ground.start(name)
    container = ground.client.containers.get(name)
    told = repr(container.attrs) + container.logs().decode()
    for secret in (ground.cloud.passwords["keystone"], *(key.decode() for key in ground.cloud.keys.values())):
        assert secret not in told
    assert container.exec_run(["cat", "/etc/keystone/keystone.conf"]).exit_code == 0
    assert container.exec_run(["cat", "/etc/keystone/keystone.conf"], user="65534").exit_code != 0
    assert container.exec_run(["ls", "/etc/keystone/fernet-keys"], user="65534").exit_code != 0


def test_it_ends_when_it_is_asked_to(ground: Ground, name: str) -> None:
    ground.start(name)
    container = ground.client.containers.get(name)
    container.stop(timeout=60)
    container.reload()
    assert container.attrs["State"]["ExitCode"] == 0


def test_one_that_cannot_start_is_refused_with_its_own_words_and_without_its_password(ground: Ground, name: str) -> None:
    keyless = replace(ground.cloud, keys={})
    with pytest.raises(ServiceRefused, match="does not contain keys") as refused:
        ground.start(name, cloud=keyless)
    assert ground.cloud.passwords["keystone"] not in str(refused.value)


def test_a_locked_account_stops_logins_but_not_the_front_page_and_needs_no_restart(ground: Ground, name: str) -> None:
    live = ground.start(name)
    server = ground.nursery.server
    assert log_in(live.url, *WHO).status == 201
    server.execute("ALTER USER keystone@'%' ACCOUNT LOCK")
    try:
        for (session,) in server.rows("SELECT id FROM information_schema.processlist WHERE user = 'keystone'"):
            server.execute(f"KILL {int(session)}")
        assert log_in(live.url, *WHO).status == 500
        assert ask(live.url).status == 200
    finally:
        server.execute("ALTER USER keystone@'%' ACCOUNT UNLOCK")
    assert log_in(live.url, *WHO).status == 201


def test_old_passwords_and_old_tokens_go_on_at_2026_1_in_the_same_container(ground: Ground, name: str, tmp_path: Path) -> None:
    announce_keystone(ground.nursery.server, url_at(ground.port))
    live = ground.start(name)
    before = log_in(live.url, *WHO)
    assert before.status == 201
    assert validate(live.url, before.token).status == 200
    listed = seen(live.url)
    stop(ground, name)
    for release in ("2024.1", "2025.1", TARGET):
        carry(ground, release)

    roll_out(ground, name, resolve(ground.client, TARGET))
    await_answer(ground.client, name, live.url)

    assert installed(ground, name) == "29"  # 2026.1's
    assert log_in(live.url, *WHO).status == 201
    assert log_in(live.url, "user-01", "another", "team-01").status == 401
    after = validate(live.url, before.token)
    assert after.status == 200
    assert after.body["token"]["user"]["name"] == "user-01"
    assert after.body["token"]["expires_at"] == before.body["token"]["expires_at"]
    assert seen(live.url) == listed
    assert " WARNING " not in words_after_login(ground, name, live.url)


def seen(url: str) -> dict[str, object]:
    """What a user finds in his catalog, and an administrator in the lists."""
    catalog = log_in(url, *WHO).body["token"]["catalog"]
    addresses = {one["type"]: [endpoint["url"] for endpoint in one["endpoints"]] for one in catalog}
    assert set(addresses) == TYPES
    assert addresses["identity"] == [url]
    admin = log_in(url, "admin", PASSWORD, "admin").token
    services = ask(f"{url}/services", token=admin).body["services"]
    endpoints = ask(f"{url}/endpoints", token=admin).body["endpoints"]
    assert {one["type"] for one in services} == TYPES
    assert len(endpoints) == len(TYPES)
    return {
        "catalog": addresses,
        "services": sorted(one["id"] for one in services),
        "endpoints": sorted((one["id"], one["url"]) for one in endpoints),
    }


def words_after_login(ground: Ground, name: str, url: str) -> str:
    """What a Keystone, started again, says while a user logs in."""
    container = ground.client.containers.get(name)
    container.restart(timeout=30)
    before = len(container.logs())
    await_answer(ground.client, name, url)
    assert log_in(url, *WHO).status == 201
    return str(container.logs()[before:].decode())


def stop(ground: Ground, name: str) -> None:
    ground.client.containers.get(name).stop(timeout=30)


def carry(ground: Ground, release: str) -> None:
    """Sync the schema by a release's own commands, as the service's account."""
    made = ground.nursery.made
    url = f"mysql+pymysql://keystone:{ground.cloud.passwords['keystone']}@{made.name}/keystone"
    engine = DockerEngine(EngineSettings())
    for phase in ("--expand", "--contract"):
        shot = OneShot(
            image=resolve(ground.client, release),
            argv=("keystone-manage", "--config-file", f"{ETC}/keystone.conf", "db_sync", phase),
            network=made.name,
            labels=ground.labels,
            files={"keystone.conf": f"[database]\nconnection = {url}\n".encode()},
        )
        container = engine.start(shot)
        try:
            ended = engine.wait(container)
        finally:
            engine.remove(container)
        assert ended.exit_code == 0, ended.log.decode(errors="replace")


def roll_out(ground: Ground, name: str, image: str) -> None:
    """Recreate a container by what the engine knows of it, on another image and with nothing else changed."""
    api = ground.client.api
    was: dict[str, Any] = api.inspect_container(name)
    ground.client.containers.get(name).rename(f"{name}-aside")
    networks: dict[str, object] = {one: {} for one in was["NetworkSettings"]["Networks"]}
    config = {
        **was["Config"],
        "Image": image,
        "HostConfig": was["HostConfig"],
        "NetworkingConfig": {"EndpointsConfig": networks},
    }
    api.start(api.create_container_from_config(config, name)["Id"])


def installed(ground: Ground, name: str) -> str:
    """Keystone's major version in a container."""
    ask_it = "from importlib.metadata import version; print(version('keystone'))"
    said = ground.client.containers.get(name).exec_run(["python3", "-c", ask_it])
    return str(said.output.decode()).partition(".")[0]
