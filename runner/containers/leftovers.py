"""Containers that are found again by their labels."""

from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus

import docker.errors
from docker.models.containers import Container

from runner.containers.client import Client, engine_errors

_PATIENCE = 60
"""Seconds that a container may take to go."""


def remove_containers(client: Client, labels: Mapping[str, str]) -> int:
    """Remove every container that has all of these labels, and say how many; no volume of another goes with it.

    Raises:
        EngineRefused, EngineMissing
    """
    wanted = [f"{name}={value}" for name, value in labels.items()]
    with engine_errors("removing containers that were left"):
        found = client.containers.list(all=True, filters={"label": wanted}, ignore_removed=True)
        for container in found:
            take_away(container, volumes=not container.attrs["HostConfig"].get("VolumesFrom"))
    return len(found)


def take_away(container: Container, *, volumes: bool = True) -> None:
    """End a container, and return when it is gone; with `volumes` those go too that it alone has and that have no name."""
    try:
        container.remove(force=True, v=volumes)
    except docker.errors.NotFound:
        return
    except docker.errors.APIError as error:
        if error.status_code != HTTPStatus.CONFLICT:
            raise
        # Somebody else, who saw that it is over, is at it.
        with suppress(docker.errors.NotFound):
            container.wait(condition="removed", timeout=_PATIENCE)
