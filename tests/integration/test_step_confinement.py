"""A real step's container while it runs: what it may do, what it can reach, and where its password is not."""

import ipaddress
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runner.containers.docker_engine import USER
from runner.containers.engine import ETC, LABEL
from tests.support.clouds import Nursery, SmallCloud
from tests.support.stored import store_urls
from tests.support.thing import MIGRATE, Done, containers, ended, folder_of, held, networks, started, thing, until, waiting

pytestmark = [pytest.mark.engine, pytest.mark.images]

STEP = "placement/2024.1/sync"
_REACH = """
import json, socket, sys
from concurrent.futures import ThreadPoolExecutor

def reach(place):
    try:
        socket.create_connection(tuple(place), 2).close()
    except OSError:
        return False
    return True

places = json.loads(sys.argv[1])
with ThreadPoolExecutor(32) as pool:
    print(json.dumps([place for place, got in zip(places, pool.map(reach, places)) if got]))
"""


@contextmanager
def held_step(cloud: SmallCloud, nursery: Nursery) -> Iterator[tuple[Any, list[Done]]]:
    """A step's container that runs for the length of the block; the list then holds how its runner ended."""
    endings: list[Done] = []
    with held(cloud, "placement", "inventories") as release, started(cloud, *MIGRATE) as runner:
        until(lambda: waiting(cloud, "placement"), "the migration waits")
        (container,) = containers(nursery.client, cloud, STEP)
        yield container, endings
        release()
        endings.append(ended(runner))


@dataclass(frozen=True)
class Traces:
    """Whatever a step's password might have been written to, by the place's name."""

    password: str
    places: dict[str, bytes]


@pytest.fixture
def traces(cloud: SmallCloud, nursery: Nursery) -> Traces:
    with held_step(cloud, nursery) as (container, endings):
        configuration = container.exec_run(["cat", f"{ETC}/placement.conf"], user=str(USER)).output.decode()
        password = configuration.partition("://")[2].partition("@")[0].partition(":")[2]
        places = {
            "docker inspect": json.dumps(nursery.client.api.inspect_container(container.id)).encode(),
            "image history": json.dumps(nursery.client.images.get(container.image.id).history()).encode(),
            "container log": container.logs(),
            **_processes(),
        }
    places |= {"terminal": f"{endings[0].out}{endings[0].err}".encode()}
    places |= {str(file): file.read_bytes() for file in cloud.runs.rglob("*") if file.is_file()}
    for form in ((), ("--json",)):
        places[f"report {form}"] = thing(cloud, "report", str(folder_of(cloud)), *form).out.encode()
    return Traces(password, places)


def _processes() -> dict[str, bytes]:
    """Arguments and environment of every process of this host, those in containers among them, by file."""
    found = {}
    for file in (file for name in ("cmdline", "environ") for file in Path("/proc").glob(f"[0-9]*/{name}")):
        with suppress(OSError):  # a process may end while it is looked at
            found[str(file)] = file.read_bytes()
    return found


def test_a_steps_password_is_nowhere_but_in_its_memory(traces: Traces) -> None:
    assert len(traces.password) == 40
    assert any("cmdline" in place and b"placement-manage" in text for place, text in traces.places.items())
    assert any(place.endswith("journal.sqlite") for place in traces.places)
    assert [place for place, text in traces.places.items() if traces.password.encode() in text] == []


def test_a_step_has_no_rights(cloud: SmallCloud, nursery: Nursery) -> None:
    with held_step(cloud, nursery) as (container, endings):
        host, config = container.attrs["HostConfig"], container.attrs["Config"]
        status = container.exec_run(["cat", "/proc/1/status"]).output.decode()
        mode = container.exec_run(["stat", "-c", "%a %u %F", ETC, f"{ETC}/placement.conf"]).output.decode()
        mounts = container.exec_run(["cat", "/proc/mounts"]).output.decode()
        write = container.exec_run(["touch", "/opt/openstack/x"], user="0")
        other = container.exec_run(["cat", f"{ETC}/placement.conf"], user="1000")

    assert endings[0].code == 0
    assert config["User"] == f"{USER}:{USER}"
    assert host["CapDrop"] == ["ALL"]
    assert host["CapAdd"] is None
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["ReadonlyRootfs"]
    assert not host["Privileged"]
    assert host["Binds"] is None
    assert list(container.attrs["NetworkSettings"]["Networks"]) == [host["NetworkMode"]]
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert facts["Uid"].split() == [str(USER)] * 4
    assert {facts[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert facts["NoNewPrivs"] == "1"
    assert mode.splitlines() == [f"700 {USER} directory", f"400 {USER} regular file"]
    assert "tmpfs /run/thing-a-me tmpfs" in mounts
    assert write.exit_code != 0
    assert other.exit_code != 0


def test_a_steps_account_sees_its_project_only(cloud: SmallCloud, nursery: Nursery) -> None:
    with held_step(cloud, nursery):
        users = [user for (user,) in cloud.server.rows("SELECT user FROM mysql.user WHERE user LIKE 'tam%placement'")]
        grants = [grant for user in users for (grant,) in cloud.server.rows(f"SHOW GRANTS FOR `{user}`@'%'")]

    schema = cloud.schemas["placement"].replace("_", r"\_")
    assert users
    assert {grant.partition(" ON ")[2].partition(" TO ")[0] for grant in grants} == {"*.*", f"`{schema}`.*"}
    assert [grant for grant in grants if " ON *.*" in grant and not grant.startswith("GRANT USAGE")] == []


def test_a_step_reaches_the_database_and_nothing_else(cloud: SmallCloud, nursery: Nursery) -> None:
    with socket.create_server(("0.0.0.0", 0)) as host, held_step(cloud, nursery) as (container, _):
        port = host.getsockname()[1]
        others = [*_others(nursery, cloud, port), (nursery.address.host, 3306)]
        assert _is_internal(nursery, cloud)
        assert _reached(container, ("database", 3306), ("database", port)) == [("database", 3306)]
        assert _reached(container, *others) == []
        assert (
            container.exec_run(
                ["getent", "hosts", "deb.debian.org"], environment={"RES_OPTIONS": "timeout:1 attempts:1"}
            ).exit_code
            != 0
        )


@pytest.mark.soak
def test_a_step_reaches_the_database_under_its_stored_addresses_and_nothing_else(cloud: SmallCloud, nursery: Nursery) -> None:
    """Its own address among them, beside which other things lie."""
    stored = [(nursery.address.host, 3306), ("10.231.7.9", 3399), ("fd00:7::9", 3306), ("localhost", 3306)]
    store_urls(cloud, *(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in stored))
    with socket.create_server(("0.0.0.0", 0)) as host, held_step(cloud, nursery) as (container, endings):
        port = host.getsockname()[1]
        beside = str(ipaddress.ip_address(nursery.address.host) + 1)
        others = [*_others(nursery, cloud, port), (beside, 3306), ("10.231.7.10", 3399), ("fd00:7::8", 3306)]
        assert _is_internal(nursery, cloud)
        assert _reached(container, *stored, ("database", 3306)) == [*stored, ("database", 3306)]
        assert _reached(container, *others) == []

    assert endings[0].code == 0, endings[0].err
    assert f"{nursery.address.host}, 10.231.7.9, fd00:7::9, localhost is the server of cloud.yaml" in endings[0].err
    assert (
        nursery.client.containers.list(all=True, ignore_removed=True, filters={"label": f"{LABEL}.run={folder_of(cloud).name}"})
        == []
    )
    assert networks(nursery.client, cloud) == []


def _others(nursery: Nursery, cloud: SmallCloud, port: int) -> list[tuple[str, int]]:
    """What no step may reach though it answers, from here at least: this host, and the server's own name."""
    (network,) = networks(nursery.client, cloud)
    gateways = [_gateway(nursery, network), _gateway(nursery, nursery.made.name)]
    for address in (gateways[1], "127.0.0.1"):
        socket.create_connection((address, port), 2).close()
    socket.create_connection((nursery.address.host, 3306), 2).close()
    return [*((gateway, port) for gateway in gateways), (nursery.made.name, 3306), ("203.0.113.1", 3306)]


def _reached(container: Any, *places: tuple[str, int]) -> list[tuple[str, int]]:
    """Which of the places a process in the container gets a connection to."""
    tried = container.exec_run(["python3", "-c", _REACH, json.dumps(places)], stderr=False)
    assert tried.exit_code == 0, tried.output
    return [(address, port) for address, port in json.loads(tried.output)]


def _is_internal(nursery: Nursery, cloud: SmallCloud) -> bool:
    (network,) = networks(nursery.client, cloud)
    return bool(nursery.client.networks.get(network).attrs["Internal"])


def _gateway(nursery: Nursery, network: str) -> str:
    return str(nursery.client.networks.get(network).attrs["IPAM"]["Config"][0]["Gateway"])
