"""Steps reach their server under the addresses that a project stores, and nothing else under any."""

import ipaddress
import json
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing

import docker
import pytest
from docker.models.networks import Network

from runner.containers.client import connect
from runner.containers.docker_engine import DockerEngine
from runner.containers.engine import LABEL, OneShot
from runner.containers.network import RUN_LABEL, StepNetwork, network_name, remove_network, remove_steps, step_network
from runner.containers.sidecars import stand_in_name, start_stand_in
from runner.errors import EngineMissing, EngineRefused, StepFailed
from runner.settings import EngineSettings, FromSteps
from tests.support.listeners import bridge_address, own_address
from tests.support.mariadb import TestServer

pytestmark = [pytest.mark.engine, pytest.mark.images]

IMAGE = "thing-a-me/2024.1:latest"
RUN = "ip-test"
ASK = """
import json, sys, sqlalchemy
password, places = sys.argv[1], json.loads(sys.argv[2])
reached = []
for host, port in places:
    url = sqlalchemy.engine.URL.create("mysql+pymysql", "root", password, host, port)
    try:
        with sqlalchemy.create_engine(url, connect_args={"connect_timeout": 2}).connect() as connection:
            connection.execute(sqlalchemy.text("SELECT 1"))
    except sqlalchemy.exc.OperationalError:
        continue
    reached.append((host, port))
print(json.dumps(reached))
"""
TELL = """
import socket, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
    for host in sys.argv[2:]:
        try:
            one.sendto(b"from a step", (host, int(sys.argv[1])))
        except OSError as error:
            print(host, error)
"""


def neighbour_of(address: str, distance: int) -> str:
    front, _, last = address.rpartition(".")
    return f"{front}.{int(last) ^ distance}"


OWN = own_address()
STORED = ("10.231.7.9", neighbour_of(OWN, 1), "fd00:7::9", "127.0.0.1", "::1", "localhost", "stored.example.org")
PORTS = (3306, 3399)


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    with closing(connect(EngineSettings())) as opened:
        yield opened


@pytest.fixture(scope="module")
def network(client: docker.DockerClient, mariadb: TestServer) -> Iterator[StepNetwork]:
    with step_network(client, f"{RUN}-reach", mariadb.address, image=IMAGE, aliases=STORED, ports=PORTS) as made:
        yield made


Place = tuple[str, int]


def run(network: StepNetwork, script: str, *arguments: str) -> tuple[int, str]:
    """Run a script as a step would be; its exit code, and all it said."""
    engine = DockerEngine(EngineSettings())
    container = engine.start(OneShot(image=IMAGE, argv=("python", "-c", script, *arguments), network=network.name, labels={}))
    try:
        ended = engine.wait(container)
    finally:
        engine.remove(container)
    return ended.exit_code, ended.log.decode()


def reached(network: StepNetwork, server: TestServer, *places: Place) -> list[Place]:
    """At which of these places a step can log in to the server."""
    code, said = run(network, ASK, server.password, json.dumps(places))
    assert code == 0, said
    return [(host, port) for host, port in json.loads(said)]


def test_the_server_answers_under_every_stored_host_and_port(network: StepNetwork, mariadb: TestServer) -> None:
    ports = (*PORTS, mariadb.address.port)
    places = [(host, port) for host in (*STORED, network.host) for port in ports]
    assert reached(network, mariadb, *places) == places


def test_what_lies_beside_a_stored_address_is_out_of_reach(network: StepNetwork, mariadb: TestServer) -> None:
    """This host's address is next to a stored one: a subnet that held both would let a step's packets in."""
    gateway = bridge_address()
    others = [OWN, gateway, neighbour_of(OWN, 2), "10.231.7.10", "fd00:7::8", "203.0.113.1"]
    port = mariadb.address.port
    # From here the first two answer.
    for host in (OWN, gateway):
        socket.create_connection((host, port), 2).close()
    assert reached(network, mariadb, *((host, port) for host in others), ("10.231.7.9", port + 1)) == []


def test_not_even_a_datagram_comes_to_the_host(client: docker.DockerClient, network: StepNetwork) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as host:
        host.bind(("0.0.0.0", 0))
        port = host.getsockname()[1]
        hosts = [OWN, neighbour_of(OWN, 1), "255.255.255.255", *_gateways(client)]
        code, said = run(network, TELL, str(port), *hosts)
        assert code == 0, said
        # Whatever came from the step came before this.
        host.sendto(b"from here", (OWN, port))
        assert host.recv(100) == b"from here"


def _gateways(client: docker.DockerClient) -> list[str]:
    pools = [pool for network in client.networks.list() for pool in network.attrs["IPAM"]["Config"] or ()]
    return [pool["Gateway"] for pool in pools if "Gateway" in pool]


def test_the_network_stays_internal_and_who_stands_in_has_no_rights(client: docker.DockerClient, network: StepNetwork) -> None:
    stand_in = client.containers.get(network.name.removeprefix("container:"))
    (name,) = stand_in.attrs["NetworkSettings"]["Networks"]
    host = stand_in.attrs["HostConfig"]
    status = stand_in.exec_run(["cat", "/proc/1/status"]).output.decode()
    facts = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)

    assert client.networks.get(name).attrs["Internal"]
    assert (host["CapDrop"], host["CapAdd"], host["ReadonlyRootfs"], host["Privileged"]) == (["ALL"], None, True, False)
    assert {facts[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}


def test_the_steps_subnet_is_never_one_that_holds_the_server(client: docker.DockerClient, mariadb: TestServer) -> None:
    """The relay could not reach a server in it: engines pick the subnet that is free, or the next."""
    probe = client.networks.create(f"{RUN}-probe", driver="bridge", internal=True)
    free = _subnet(probe)
    probe.remove()
    stored = [str(free[2] + number * free.num_addresses) for number in range(3)]
    with step_network(client, f"{RUN}-apart", mariadb.address, image=IMAGE, aliases=stored) as network:
        (made,) = client.networks.list(names=[f"{RUN}-apart"])
        assert [host for host in stored if ipaddress.ip_address(host) in _subnet(made)] == []
        places = [(host, mariadb.address.port) for host in stored]
        assert reached(network, mariadb, *places) == places
    assert _left(client, f"{RUN}-apart") == []


def _subnet(network: Network) -> ipaddress.IPv4Network:
    return ipaddress.IPv4Network(network.attrs["IPAM"]["Config"][0]["Subnet"])


def _left(client: docker.DockerClient, run: str) -> list[str]:
    """Whatever of a run is still there: networks, and containers, ended ones too."""
    mine = {"label": f"{RUN_LABEL}={run}"}
    return [
        one.name
        for one in (*client.networks.list(filters=mine), *client.containers.list(all=True, ignore_removed=True, filters=mine))
    ]


def test_who_comes_after_a_dead_runner_finds_the_stand_in_while_a_step_runs(
    client: docker.DockerClient, mariadb: TestServer
) -> None:
    name = f"{RUN}-resumed"
    engine = DockerEngine(EngineSettings())
    labels = {RUN_LABEL: name}

    def ids() -> list[str]:
        return [
            one.id
            for one in client.containers.list(ignore_removed=True, filters={"label": [f"{LABEL}=relay", f"{RUN_LABEL}={name}"]})
        ]

    def open_network() -> AbstractContextManager[StepNetwork]:
        return step_network(client, name, mariadb.address, image=IMAGE, aliases=("10.231.7.9",))

    try:
        with pytest.raises(EngineMissing), open_network() as network:
            engine.start(OneShot(image=IMAGE, argv=("sleep", "600"), network=network.name, labels=labels))
            before = ids()
            raise EngineMissing("the runner does not know whether its step runs")
        with pytest.raises(EngineMissing), open_network() as network:
            during = ids()
            assert reached(network, mariadb, ("10.231.7.9", mariadb.address.port))
            client.containers.get(stand_in_name(network_name(name))).kill()
            raise EngineMissing("once more")
        with pytest.raises(EngineMissing), open_network() as network:
            assert reached(network, mariadb, ("10.231.7.9", mariadb.address.port))
            raise EngineMissing("and once more")
        remove_steps(client, name)
        with pytest.raises(StepFailed), open_network() as network:
            after = ids()
            assert reached(network, mariadb, ("10.231.7.9", mariadb.address.port))
            raise StepFailed("a step of the run fails, and nothing runs any more")
        assert _left(client, name) == []
    finally:
        remove_steps(client, name)
        remove_network(client, network_name(name))
    assert len(before) == 2
    assert during == before
    assert not set(after) & set(before)


def test_an_address_that_nobody_can_have_is_named(client: docker.DockerClient) -> None:
    name = f"{LABEL}-{RUN}-refused"
    made = client.networks.create(name, driver="bridge", internal=True, labels={RUN_LABEL: f"{RUN}-refused"})
    try:
        with pytest.raises(EngineRefused, match=r"no container can take 10\.0\.0\.256: .* IPv4 or IPv6 address"):
            start_stand_in(client, made, FromSteps(host="localhost"), image=IMAGE, ports=(3306,), addresses=("10.0.0.256",))
        assert len(_left(client, f"{RUN}-refused")) == 2
    finally:
        remove_network(client, name)
    assert _left(client, f"{RUN}-refused") == []
