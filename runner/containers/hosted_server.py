"""Production's own container: found in whatever state it is, stopped in order, and started; and where its data lie."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

import docker.errors
from docker.models.containers import Container
from docker.types import Mount

from runner.containers.client import Client, engine_errors, patience
from runner.errors import SnapshotForeign

STOP_SECONDS = 1800
"""A server with a big buffer pool writes for long before it ends; one that is killed has to recover."""
NO_POLICY = {"Name": "no"}


@dataclass(frozen=True)
class HostedServer:
    """A container, whether it runs or not. `image` is an id.

    `volume` names what its data directory lies on: a volume's name, or a folder of the engine's host. `home` is the data
    directory's path in there. `fleeting_ports` are those of the engine's host that the engine chose for it: after its next
    start it has others.
    """

    client: Client
    name: str
    image: str
    hostname: str
    kind: str
    volume: str
    home: str
    fleeting_ports: frozenset[int] = frozenset()

    def mount(self, at: str) -> Mount:
        """Mount the volume with the data directory, for writing."""
        return Mount(at, self.volume, type=self.kind, no_copy=True if self.kind == "volume" else None)

    @property
    def status(self) -> str:
        """`running`, `exited`, `restarting` and the like, as the engine says now."""
        return str(self._container().status)

    @property
    def policy(self) -> dict[str, Any]:
        """What the engine does when it ends."""
        return dict(self._container().attrs["HostConfig"]["RestartPolicy"])

    def set_policy(self, policy: Mapping[str, Any]) -> None:
        """Say what the engine is to do when it ends."""
        with engine_errors(f"changing the restart policy of {self.name}"):
            self._container().update(restart_policy=dict(policy))

    def stop(self) -> None:
        """Have the server shut itself down; nothing starts it again but we."""
        self.set_policy(NO_POLICY)
        with engine_errors(f"stopping {self.name}"), patience(self.client, STOP_SECONDS + 60):
            self._container().stop(timeout=STOP_SECONDS)

    def start(self) -> None:
        with engine_errors(f"starting {self.name}"):
            self._container().start()

    def sharing(self, *, but: str) -> tuple[str, ...]:
        """Name the other containers that run and may write to its volume; one that carries the label `but` is ours."""
        with engine_errors(f"looking who else is on {self.volume}"):
            running = self.client.containers.list(ignore_removed=True)
        others = (one for one in running if one.name != self.name and but not in one.labels)
        return tuple(str(one.name) for one in others if any(map(self._is_home, one.attrs["Mounts"])))

    def _is_home(self, mount: Mapping[str, Any]) -> bool:
        return bool(mount["RW"]) and self.volume in (mount.get("Name"), mount.get("Source"))

    def last_words(self) -> str:
        """Say how it ended, and the last lines of its log that are more than notes."""
        container = self._container()
        with engine_errors(f"reading the log of {self.name}"):
            lines = container.logs(tail=200).decode(errors="replace").splitlines()
        telling = [line for line in lines if "[Note]" not in line and "[Warning]" not in line]
        said = "\n".join((telling or lines or ["it said nothing"])[-8:])
        return f"exit code {container.attrs['State']['ExitCode']}:\n{said}"

    def _container(self) -> Container:
        with engine_errors(f"looking for the container {self.name}"):
            return self.client.containers.get(self.name)


def find_hosted_server(client: Client, name: str, datadir: str) -> HostedServer:
    """Find it by its name or id.

    Raises:
        SnapshotForeign: there is no such container, it goes away when it is stopped, or its data lie on no volume.
        EngineRefused, EngineMissing
    """
    with engine_errors(f"looking for the container {name}"):
        try:
            found = client.containers.get(name)
        except docker.errors.NotFound as error:
            raise SnapshotForeign(f"there is no container {name} on the engine (snapshots.container)") from error
    if found.attrs["HostConfig"]["AutoRemove"]:
        raise SnapshotForeign(f"the container {name} was started with --rm: it would be gone when it is stopped")
    fitting = [
        mount
        for mount in found.attrs["Mounts"]
        if mount["Type"] in ("volume", "bind") and PurePosixPath(datadir).is_relative_to(mount["Destination"])
    ]
    if not fitting:
        raise SnapshotForeign(f"{datadir} in the container {name} lies on no volume: nothing can be put there")
    mount = max(fitting, key=lambda one: len(one["Destination"]))
    return HostedServer(
        client=client,
        name=str(found.name),
        image=str(found.attrs["Image"]),
        hostname=str(found.attrs["Config"]["Hostname"]),
        kind=str(mount["Type"]),
        volume=str(mount["Name"] if mount["Type"] == "volume" else mount["Source"]),
        home=str(PurePosixPath(datadir).relative_to(mount["Destination"])),
        fleeting_ports=frozenset(_fleeting_ports(found.attrs)),
    )


def _fleeting_ports(attributes: Mapping[str, Any]) -> Iterator[int]:
    """Find the ports that are published, and of which only the engine says where (`docker run -p 3306`, or -P)."""
    asked_for = attributes["HostConfig"]["PortBindings"] or {}
    for port, published in (attributes["NetworkSettings"]["Ports"] or {}).items():
        fixed = {binding["HostPort"] for binding in asked_for.get(port) or ()}
        yield from (int(binding["HostPort"]) for binding in published or () if binding["HostPort"] not in fixed)
