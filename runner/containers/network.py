"""The network of a run's steps: internal, with a relay to the database server as its only way out."""

import ipaddress
import socket
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from docker.models.networks import Network

from runner.containers.client import Client, engine_errors
from runner.containers.engine import LABEL
from runner.containers.kept_images import keep_images, let_images_go
from runner.containers.sidecars import is_running, remove_sidecars, stand_in_name, start_relay, start_stand_in
from runner.errors import EngineMissing, EngineRefused, JournalBroken, LeaseLost, ServerUnreachable, ThingAMeError
from runner.settings import FromSteps, Server

RUN_LABEL = f"{LABEL}.run"
MAY_STILL_RUN = (EngineMissing, EngineRefused, JournalBroken, LeaseLost)
"""Errors after which a step of ours may still run, as after an interrupt or a bug: what it needs is left to it."""
RELAY_HOST = "database"
"""The name every step's configuration knows the server by."""


@dataclass(frozen=True)
class StepNetwork:
    """Where steps run: what a one-shot is connected to, and the server's address as they see it."""

    name: str
    host: str
    port: int


def upstream_of(server: Server) -> FromSteps:
    """Say how a relay reaches the server: as cloud.yaml says, or at the address this machine resolves its name to.

    Raises:
        ServerUnreachable: there is no such address.
    """
    if server.from_steps:
        return server.from_steps
    try:
        # Of IPv6 it knows no address, and asks for a name that is one.
        address = server.host if _is_loopback(server.host) else socket.gethostbyname(server.host)
    except (OSError, UnicodeError) as error:
        raise ServerUnreachable(
            f"no IPv4 address of {server.host} is known here: {error}",
            hint="steps reach the server through the engine's IPv4 networks; name an IPv4 address of it, or a name that has"
            " one, in server.from_steps of cloud.yaml",
        ) from error
    # Also a name may lead to this machine's loopback, which to a relay is its own.
    return FromSteps(host="host.docker.internal" if _is_loopback(address) else address, port=server.port)


def needs_stand_in(host: str) -> bool:
    """Tell what no name of the relay can be: an address, or what every container takes itself for."""
    return host.lower() == "localhost" or is_address(host)


def is_address(host: str) -> bool:
    """Tell an IP address from a name."""
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
    client: Client,
    run: str,
    server: Server,
    *,
    image: str,
    kept: Iterable[str] = (),
    aliases: Iterable[str] = (),
    ports: Iterable[int] = (),
) -> Iterator[StepNetwork]:
    """Make the network and its relay, or find those a dead runner left.

    All is removed at the end, except where a step may still run. `aliases` are more names and addresses of the same
    server, such as nova's cell_mappings use, and `ports` those at which it is sought there. `image` needs a `python3`:
    any release's will do. No image of `kept` can be pruned meanwhile.

    Raises:
        EngineRefused, EngineMissing, ServerUnreachable
    """
    name = network_name(run)
    upstream = upstream_of(server)
    with engine_errors("making the steps' network"):
        joined = _put_up(client, run, upstream, image=image, aliases=aliases, ports=ports)
        keep_images(client, name, _labels(run), kept)
    try:
        yield StepNetwork(joined, RELAY_HOST, upstream.port)
    except ThingAMeError as error:
        if not isinstance(error, MAY_STILL_RUN):
            remove_network(client, name)
        raise
    remove_network(client, name)


def _put_up(client: Client, run: str, upstream: FromSteps, *, image: str, aliases: Iterable[str], ports: Iterable[int]) -> str:
    """Put up network, relay and, where an alias needs it, stand-in; return what a one-shot has to be connected to."""
    name = network_name(run)
    every_alias, every_port = tuple(dict.fromkeys(aliases)), tuple(dict.fromkeys((upstream.port, *ports)))
    own = [alias for alias in every_alias if needs_stand_in(alias)]
    network = _find_or_make(client, name, run, apart_from=(upstream.host, *own))
    is_in_use = _is_in_use(client, run)
    if not is_in_use:
        names = (RELAY_HOST, *(alias for alias in every_alias if alias not in own))
        start_relay(client, network, upstream, image=image, ports=every_port, aliases=names)
    if not own:
        return name
    if not (is_in_use and is_running(client, stand_in_name(name))):
        addresses = [alias for alias in own if is_address(alias)]
        relay = FromSteps(host=RELAY_HOST, port=upstream.port)
        start_stand_in(client, network, relay, image=image, ports=every_port, addresses=addresses)
    return f"container:{stand_in_name(name)}"


def _find_or_make(client: Client, name: str, run: str, *, apart_from: Collection[str]) -> Network:
    """Find the network, or make it with a subnet that holds none of these hosts: the relay could not tell them apart."""
    found = client.networks.list(names=[f"^{name}$"])
    if found:
        return found[0]
    labels = _labels(run)
    asides: list[Network] = []
    try:
        # The engine picks a free subnet, and may pick the same again: what we cannot use is occupied meanwhile.
        while _holds(network := make_internal(client, name, labels), apart_from):
            network.remove()
            asides.append(make_internal(client, f"{name}-aside-{len(asides)}", labels))
    finally:
        for aside in asides:
            aside.remove()
    return network


def _labels(run: str) -> dict[str, str]:
    return {LABEL: "network", RUN_LABEL: run}


def make_internal(client: Client, name: str, labels: dict[str, str]) -> Network:
    """Make a network out of which nothing leads, not even to the engine's host."""
    # Also an internal bridge gives the host an address on it, and whatever listens there would be in reach.
    options = {"com.docker.network.bridge.inhibit_ipv4": "true"}
    return client.networks.create(name, driver="bridge", internal=True, options=options, labels=labels)


def _holds(network: Network, hosts: Collection[str]) -> bool:
    subnets = [ipaddress.ip_network(pool["Subnet"]) for pool in network.attrs["IPAM"]["Config"]]
    return any(ipaddress.ip_address(host) in subnet for host in hosts if is_address(host) for subnet in subnets)


def _is_in_use(client: Client, run: str) -> bool:
    """Say whether a step of this run still runs: its connections go through the relay that is there."""
    return bool(client.containers.list(ignore_removed=True, filters={"label": [f"{LABEL}=step", f"{RUN_LABEL}={run}"]}))


def runs_at_work(client: Client) -> frozenset[str]:
    """Say of which runs a step still runs on this engine, whether their runners live or not.

    Raises:
        EngineRefused, EngineMissing
    """
    with engine_errors("looking for steps that run"):
        found = client.containers.list(filters={"label": [f"{LABEL}=step", RUN_LABEL]}, ignore_removed=True)
    return frozenset(container.labels[RUN_LABEL] for container in found)


def addresses(client: Client, run: str) -> frozenset[str]:
    """Say which addresses the containers of a run have, its steps' and those that stand beside them."""
    with engine_errors("looking for what a run left"):
        found = client.containers.list(filters={"label": f"{RUN_LABEL}={run}"}, ignore_removed=True)
    joined = [one for container in found for one in container.attrs["NetworkSettings"]["Networks"].values()]
    return frozenset(one[key] for one in joined for key in ("IPAddress", "GlobalIPv6Address") if one.get(key))


def remove_steps(client: Client, run: str) -> None:
    """Remove the containers that a run's steps left."""
    with engine_errors("removing what a run left"):
        for container in client.containers.list(
            all=True, ignore_removed=True, filters={"label": [f"{LABEL}=step", f"{RUN_LABEL}={run}"]}
        ):
            container.remove(force=True, v=True)


def remove_network(client: Client, name: str) -> None:
    """Remove a run's network, what stands beside its steps, and what keeps its images; what is gone already is as good."""
    with engine_errors("removing the steps' network"):
        remove_sidecars(client, name)
        let_images_go(client, name)
        for network in client.networks.list(names=[f"^{name}(-aside-[0-9]+)?$"]):
            network.remove()
