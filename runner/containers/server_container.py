"""The container that production's server runs in, where it is one of our engine's."""

from dataclasses import dataclass
from pathlib import PurePosixPath

import docker.errors

from runner.containers.client import Client, engine_errors
from runner.errors import SnapshotForeign


@dataclass(frozen=True)
class ServerContainer:
    """A container that runs. `image` is an id; `volumes` are the places inside that outlive it, or lie outside it.

    `address` is its own, as seen from inside; a loopback where it shares the network of its host.
    """

    name: str
    image: str
    hostname: str
    volumes: tuple[str, ...]
    address: str

    def has_volume_at(self, path: str) -> bool:
        """Say whether a path lies on a volume, which another container can be given too."""
        return any(PurePosixPath(path).is_relative_to(volume) for volume in self.volumes)


def find_server_container(client: Client, name: str) -> ServerContainer:
    """Find it by its name or id.

    Raises:
        SnapshotForeign: there is no such container, or it does not run.
        EngineRefused, EngineMissing
    """
    with engine_errors(f"looking for the container {name}"):
        try:
            found = client.containers.get(name)
        except docker.errors.NotFound as error:
            raise SnapshotForeign(f"there is no container {name} on the engine (snapshots.container)") from error
        if found.status != "running":
            raise SnapshotForeign(f"the container {name} does not run: it is {found.status} (snapshots.container)")
        mounts = [mount["Destination"] for mount in found.attrs["Mounts"] if mount["Type"] in ("volume", "bind")]
        networks = found.attrs["NetworkSettings"]["Networks"].values()
    return ServerContainer(
        name=str(found.name),
        image=str(found.attrs["Image"]),
        hostname=str(found.attrs["Config"]["Hostname"]),
        volumes=tuple(mounts),
        # Not the loopback where it can be helped: accounts of a loopback are often others, with another password.
        address=next((str(one["IPAddress"]) for one in networks if one["IPAddress"]), "127.0.0.1"),
    )
