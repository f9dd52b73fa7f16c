"""The server that is to take production's place: in a container that only its operator removes, once it is handed over.

Its data lie in a folder of this host. Until they are given up (`keep_copy`), container and folder go together when the claim
on the folder ends; from then on nothing of ours finds them.
"""

import errno
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import docker.errors

from runner.containers.claims import SUCCESSOR_LABEL
from runner.containers.client import Client, engine_errors
from runner.containers.copies import Copy
from runner.containers.engine import LABEL
from runner.containers.hosted_server import HostedServer, find_hosted_server
from runner.containers.workbench import bind
from runner.errors import PlaceTaken

DATADIR = "/var/lib/mysql"
PORT = 3306
"""Where it listens inside."""
_RUN = "/run/mysqld"
_FIXED = (
    f"--datadir={DATADIR}",
    f"--socket={_RUN}/mysqld.sock",
    f"--pid-file={_RUN}/pid",
    "--tmpdir=/tmp",
    f"--port={PORT}",
    "--bind-address=*",
    # It stands for production, and does not follow whom production followed: that one knows nothing of the chain.
    "--skip-slave-start",
    "--loose-wsrep-on=OFF",
)
_START = 'exec "$(command -v mariadbd || command -v mysqld)" --no-defaults "$@"'
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
"""What is published everywhere is reached at the loopback too."""


@dataclass(frozen=True)
class Berth:
    """Where a new server is to live: a folder that is not there yet, a container's name, an engine's network.

    `publish` is an address of this host and a port; None: it is reached on the network only.
    """

    folder: Path
    name: str
    network: str
    publish: tuple[str, int] | None = None

    @property
    def address(self) -> str:
        """Where services find it: as published, or by its name on the network."""
        host, port = self.publish or (self.name, PORT)
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def demand_free(client: Client, berth: Berth) -> None:
    """Demand that nothing is where a new server is to live.

    Raises:
        PlaceTaken: all that is in the way is named.
        EngineRefused, EngineMissing
    """
    faults = [f"{berth.folder} is there already"] if os.path.lexists(berth.folder) else []
    with engine_errors("looking where the new server is to live"):
        with suppress(docker.errors.NotFound):
            faults.append(f"there is a container {client.containers.get(berth.name).name} already")
        if not client.networks.list(names=[f"^{berth.network}$"]):
            faults.append(f"there is no network {berth.network} on the engine")
    if berth.publish and (why := _refuses_to_listen(*berth.publish)):
        faults.append(f"{berth.address} cannot be listened at: {why}")
    if faults:
        raise PlaceTaken("; ".join(faults))


def _refuses_to_listen(host: str, port: int) -> str | None:
    """Say why nobody can listen at an address. A port that takes root is the engine's to open, and counts as free."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            door.bind(address)
    except OSError as error:
        return None if error.errno == errno.EACCES else str(error.strerror)
    return None


def start_successor(
    client: Client, berth: Berth, copy: Copy, *, image: str, options: Sequence[str], stays: bool = True
) -> HostedServer:
    """Start a server on a copy, where it is to live; it takes connections some seconds later.

    `options` are mariadbd's. With `stays` the engine starts it again whenever it ends, but when its operator stopped it.

    Raises:
        EngineRefused, EngineMissing: also when its name or its address were taken meanwhile.
    """
    (data,) = copy.layers
    uid, _, gid = copy.owner.partition(":")
    with engine_errors(f"starting the new server {berth.name}"):
        container = client.containers.create(
            image,
            ["-c", _START, "mariadbd", *options, *_FIXED],
            name=berth.name,
            hostname=berth.name,
            entrypoint="/bin/sh",
            user=copy.owner,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            read_only=True,
            network=berth.network,
            ports={f"{PORT}/tcp": berth.publish} if berth.publish else None,
            mounts=[bind(data, DATADIR), bind(copy.scratch, "/tmp")],  # noqa: S108
            tmpfs={_RUN: f"mode=0755,uid={uid},gid={gid},size=1m"},
            restart_policy={"Name": "unless-stopped"} if stays else None,
            labels={LABEL: "successor", SUCCESSOR_LABEL: str(data.parent)},
        )
        container.start()
    return find_hosted_server(client, berth.name, DATADIR)


def address_from_here(client: Client, berth: Berth) -> tuple[str, int]:
    """Say where this machine reaches a server that was started: as published, or at its own address on the network.

    Raises:
        EngineRefused, EngineMissing
    """
    if berth.publish:
        host, port = berth.publish
        return _EVERYWHERE.get(host, host), port
    with engine_errors(f"looking for the address of {berth.name}"):
        networks = client.containers.get(berth.name).attrs["NetworkSettings"]["Networks"].values()
    return next((str(one["IPAddress"]) for one in networks if one["IPAddress"]), "127.0.0.1"), PORT


def remove_successor(hosted: HostedServer) -> None:
    """Have a server shut itself down, and remove its container; its data stay.

    Raises:
        EngineRefused, EngineMissing
    """
    hosted.stop()
    with engine_errors(f"removing {hosted.name}"), suppress(docker.errors.NotFound):
        hosted.client.containers.get(hosted.name).remove(force=True)
