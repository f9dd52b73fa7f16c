"""The containers beside a run's steps: the relay to the database server, and the stand-in at its stored addresses."""

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib import resources

import docker.errors
from docker.models.containers import Container
from docker.models.networks import Network

from runner.containers.client import Client
from runner.containers.docker_engine import USER
from runner.containers.engine import LABEL
from runner.errors import EngineRefused
from runner.settings import FromSteps

_CONFINED = {
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "read_only": True,
    "pids_limit": 64,
    "mem_limit": "256m",
}


def start_relay(
    client: Client, network: Network, upstream: FromSteps, *, image: str, ports: Sequence[int], aliases: Iterable[str]
) -> None:
    """Start the relay where the server is reachable, and join it to the steps' network once it listens."""
    relay = _start(
        client,
        network,
        relay_name(network.name),
        image=image,
        routes=[f"{port}:{upstream.host}:{upstream.port}" for port in ports],
        network_mode=upstream.network or "bridge",
        extra_hosts={"host.docker.internal": "host-gateway"},
    )
    _await_listening(relay, ports)
    network.connect(relay, aliases=list(dict.fromkeys(aliases)))


def start_stand_in(
    client: Client, network: Network, server: FromSteps, *, image: str, ports: Sequence[int], addresses: Sequence[str]
) -> None:
    """Start the container whose network steps share, and give it addresses that are the server's to them.

    An address of one's own is reached without a packet leaving. So whatever else has it, or lies beside it, is as far
    from the steps as before. `server` is the relay's name and port on the steps' network.

    Raises:
        EngineRefused: an address cannot be had.
    """
    name = stand_in_name(network.name)
    stand_in = _start(
        client,
        network,
        name,
        image=image,
        routes=[f"{port}:{server.host}:{server.port}" for port in ports],
        network_mode=network.name,
        # The engine switches IPv6 off where a network has none.
        sysctls={"net.ipv6.conf.lo.disable_ipv6": "0"} if any(":" in address for address in addresses) else {},
    )
    _await_listening(stand_in, ports)
    if addresses:
        _take(client, stand_in, image, addresses)


def _take(client: Client, stand_in: Container, image: str, addresses: Sequence[str]) -> None:
    """Add addresses from a container of its own, so that the one which stays never has a capability."""
    _remove(client, taker := f"{stand_in.name}-taker")
    try:
        client.containers.run(
            image,
            list(addresses),
            name=taker,
            entrypoint=_python("take_addresses.py"),
            user="0:0",
            network_mode=f"container:{stand_in.id}",
            cap_add=["NET_ADMIN"],
            labels=stand_in.labels,
            remove=True,
            **_CONFINED,
        )
    except docker.errors.ContainerError as error:
        words = (error.stderr or b"").decode(errors="replace").strip().splitlines() or [f"exit code {error.exit_status}"]
        raise EngineRefused(f"no container can take {', '.join(addresses)}: {words[-1]}") from error


def _start(client: Client, network: Network, name: str, *, image: str, routes: Sequence[str], **more: object) -> Container:
    """Start a container that relays, in place of one that a dead runner left."""
    _remove(client, name)
    container = client.containers.create(
        image,
        name=name,
        entrypoint=[*_python("relay.py"), *routes],
        user=f"{USER}:{USER}",
        labels={**network.attrs["Labels"], LABEL: "relay"},
        **_CONFINED,
        **more,
    )
    container.start()
    return container


def _python(script: str) -> list[str]:
    """Run one of our scripts in whatever image, and none of what that image adds to its Python."""
    return ["python3", "-IS", "-c", resources.files("runner.containers").joinpath(script).read_text(encoding="utf-8")]


def _await_listening(relay: Container, ports: Sequence[int]) -> None:
    """Wait until it listens, by asking inside it: the internal network cannot be reached from elsewhere."""
    probe = f"import socket\nfor port in {list(ports)}: socket.create_connection(('127.0.0.1', port), 1)"
    for _ in range(50):
        if relay.exec_run(["python3", "-IS", "-c", probe]).exit_code == 0:
            return
        time.sleep(0.1)
    log = relay.logs(tail=5).decode(errors="replace")
    raise EngineRefused(f"the relay to the database does not start: {log}")


def relay_name(network: str) -> str:
    """Name the relay of a network."""
    return f"{network}-relay"


def stand_in_name(network: str) -> str:
    """Name the stand-in of a network."""
    return f"{network}-stand-in"


def is_running(client: Client, name: str) -> bool:
    """Say whether a container of this name runs."""
    try:
        return bool(client.containers.get(name).status == "running")
    except docker.errors.NotFound:
        return False


def remove_sidecars(client: Client, network: str) -> None:
    """Remove what stands beside a network's steps; what is gone already is as good."""
    for name in (f"{stand_in_name(network)}-taker", stand_in_name(network), relay_name(network)):
        _remove(client, name)


def _remove(client: Client, name: str) -> None:
    with suppress(docker.errors.NotFound):
        client.containers.get(name).remove(force=True, v=True)
