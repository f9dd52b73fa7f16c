"""The network of a run's steps: internal, with a relay to the database server as its only way out."""

import ipaddress
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import resources

import docker.errors
from docker.models.containers import Container
from docker.models.networks import Network

from runner.containers.client import Client, engine_errors
from runner.containers.docker_engine import USER
from runner.containers.engine import LABEL
from runner.errors import EngineMissing, EngineRefused, JournalBroken, ThingAMeError
from runner.settings import FromSteps, Server

RUN_LABEL = f"{LABEL}.run"
MAY_STILL_RUN = (EngineMissing, EngineRefused, JournalBroken)
"""Errors after which a step of ours may still run, as after an interrupt or a bug: what it needs is left to it."""
RELAY_HOST = "database"
"""The name every step's configuration knows the server by."""


@dataclass(frozen=True)
class StepNetwork:
    """Where steps run: the engine's network, and the server's address as they see it."""

    name: str
    host: str
    port: int


def upstream_of(server: Server) -> FromSteps:
    """Say how a relay reaches the server: as cloud.yaml says, or at the address this machine resolves its name to."""
    if server.from_steps:
        return server.from_steps
    if server.host == "localhost" or _is_loopback(server.host):
        return FromSteps(host="host.docker.internal", port=server.port)
    return FromSteps(host=socket.gethostbyname(server.host), port=server.port)


def is_address(host: str) -> bool:
    """Tell an IP address from a name, which alone a relay can take on."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return is_address(host) and ipaddress.ip_address(host).is_loopback


def network_name(run: str) -> str:
    """Name a run's network."""
    return f"{LABEL}-{run}"


@contextmanager
def step_network(
    client: Client, run: str, server: Server, *, image: str, aliases: Iterable[str] = (), internal: bool = True
) -> Iterator[StepNetwork]:
    """Make the network and its relay, or find those a dead runner left.

    Both are removed at the end, except where a step may still run. `aliases` are more names of the same server, such as
    the ones that nova's cell_mappings use. `image` needs a `python3`: any release's will do. A network that is not
    `internal` reaches whatever the engine's host does.

    Raises:
        EngineRefused, EngineMissing
    """
    name = network_name(run)
    upstream = upstream_of(server)
    with engine_errors("making the steps' network"):
        network = _find_or_make(client, name, run, internal=internal)
        if not _is_in_use(client, run):
            _start_relay(client, network, upstream, image=image, aliases=(RELAY_HOST, *aliases))
    try:
        yield StepNetwork(name, RELAY_HOST, upstream.port)
    except ThingAMeError as error:
        if not isinstance(error, MAY_STILL_RUN):
            remove_network(client, name)
        raise
    remove_network(client, name)


def _find_or_make(client: Client, name: str, run: str, *, internal: bool) -> Network:
    found = client.networks.list(names=[f"^{name}$"])
    if found:
        return found[0]
    # Also an internal bridge gives the host an address on it, and whatever listens there would be in reach.
    options = {"com.docker.network.bridge.inhibit_ipv4": "true"} if internal else {}
    labels = {LABEL: "network", RUN_LABEL: run}
    return client.networks.create(name, driver="bridge", internal=internal, options=options, labels=labels)


def _is_in_use(client: Client, run: str) -> bool:
    """Say whether a step of this run still runs: its connections go through the relay that is there."""
    return bool(client.containers.list(filters={"label": [f"{LABEL}=step", f"{RUN_LABEL}={run}"]}))


def _start_relay(client: Client, network: Network, upstream: FromSteps, *, image: str, aliases: tuple[str, ...]) -> None:
    """Start the relay where the server is reachable, and join it to the steps' network once it listens."""
    remove_relay(client, network.name)
    script = resources.files("runner.containers").joinpath("relay.py").read_text(encoding="utf-8")
    relay = client.containers.create(
        image,
        name=f"{network.name}-relay",
        entrypoint=["python3", "-c", script, f"{upstream.port}:{upstream.host}:{upstream.port}"],
        user=f"{USER}:{USER}",
        network=upstream.network or "bridge",
        extra_hosts={"host.docker.internal": "host-gateway"},
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        read_only=True,
        pids_limit=64,
        mem_limit="256m",
        labels={LABEL: "relay", RUN_LABEL: network.attrs["Labels"][RUN_LABEL]},
    )
    relay.start()
    _await_relay(relay, upstream.port)
    network.connect(relay, aliases=list(dict.fromkeys(aliases)))


def _await_relay(relay: Container, port: int) -> None:
    """Wait until the relay listens, by asking inside it: the internal network cannot be reached from elsewhere."""
    probe = f"import socket; socket.create_connection(('127.0.0.1', {port}), 1)"
    for _ in range(50):
        if relay.exec_run(["python3", "-c", probe]).exit_code == 0:
            return
        time.sleep(0.1)
    log = relay.logs(tail=5).decode(errors="replace")
    raise EngineRefused(f"the relay to the database does not start: {log}")


def remove_relay(client: Client, name: str) -> None:
    """Remove a run's relay; one that is gone already is as good."""
    try:
        client.containers.get(f"{name}-relay").remove(force=True)
    except docker.errors.NotFound:
        return


def remove_steps(client: Client, run: str) -> None:
    """Remove the containers that a run's steps left."""
    with engine_errors("removing what a run left"):
        for container in client.containers.list(all=True, filters={"label": [f"{LABEL}=step", f"{RUN_LABEL}={run}"]}):
            container.remove(force=True, v=True)


def remove_network(client: Client, name: str) -> None:
    """Remove a run's relay and network; what is gone already is as good."""
    with engine_errors("removing the steps' network"):
        remove_relay(client, name)
        for network in client.networks.list(names=[f"^{name}$"]):
            network.remove()
