"""Containers of the operator's services: found by name or label, stopped and started; their configuration is not touched."""

from dataclasses import dataclass
from typing import Any

import docker.errors
from docker.models.containers import Container

from runner.containers.client import Client, engine_errors

RUNNING = ("running", "paused", "restarting")
"""States of a container that holds connections, or will again without anybody's doing."""
_COMPOSE = "com.docker.compose.service"


@dataclass(frozen=True)
class ServiceContainer:
    """A container as the engine tells it.

    `restart` is as `docker run --restart` takes it; `grace` is its own time between stop signal and force, in seconds. `also`
    are other names for what it is: its image, and its service in a compose file.
    """

    name: str
    status: str
    restart: str
    grace: int | None
    is_removed_by_stop: bool
    also: tuple[str, ...]

    @property
    def runs(self) -> bool:
        return self.status in RUNNING


def find_by_name(client: Client, name: str) -> ServiceContainer | None:
    """Find a container by its whole name; an id does not count, nor the beginning of one.

    Raises:
        EngineRefused, EngineMissing
    """
    with engine_errors(f"looking for the container {name}"):
        try:
            found = client.containers.get(name)
        except docker.errors.NotFound:
            return None
    return _read(found) if found.name == name else None


def find_by_label(client: Client, label: str) -> tuple[ServiceContainer, ...]:
    """Find the containers that carry a label (`name`, or `name=value`), running or not, by their names.

    Raises:
        EngineRefused, EngineMissing
    """
    with engine_errors(f"looking for containers with the label {label}"):
        found = client.containers.list(all=True, filters={"label": label}, ignore_removed=True)
    return tuple(sorted(map(_read, found), key=lambda one: one.name))


def stop_container(client: Client, name: str, *, grace: int) -> None:
    """Have it end by its stop signal, or by force after `grace` seconds; the engine does not start it again by itself.

    Raises:
        EngineRefused, EngineMissing
    """
    with engine_errors(f"stopping {name}"):
        client.containers.get(name).stop(timeout=grace)


def start_container(client: Client, name: str) -> None:
    """Start it, or let it go on where it is paused.

    Raises:
        EngineRefused, EngineMissing
    """
    with engine_errors(f"starting {name}"):
        found = client.containers.get(name)
        if found.status == "paused":
            found.unpause()
        else:
            found.start()


def set_restart(client: Client, name: str, restart: str) -> None:
    """Say what the engine is to do when it ends, as `docker run --restart` takes it.

    Raises:
        EngineRefused, EngineMissing
    """
    policy, _, count = restart.partition(":")
    with engine_errors(f"changing the restart policy of {name}"):
        client.containers.get(name).update(restart_policy={"Name": policy, "MaximumRetryCount": int(count or 0)})


def _read(container: Container) -> ServiceContainer:
    attributes: dict[str, Any] = container.attrs
    host, config = attributes["HostConfig"], attributes["Config"]
    policy = host.get("RestartPolicy") or {}
    count = policy.get("MaximumRetryCount") or 0
    labels = config.get("Labels") or {}
    return ServiceContainer(
        name=str(container.name),
        status=str(container.status),
        restart=f"{policy.get('Name') or 'no'}:{count}" if count else str(policy.get("Name") or "no"),
        grace=config.get("StopTimeout"),
        is_removed_by_stop=bool(host.get("AutoRemove")),
        also=tuple(name for name in (str(config["Image"]), labels.get(_COMPOSE, "")) if name),
    )
