"""Containers that are found again by their labels."""

from collections.abc import Mapping

import docker.errors

from runner.containers.client import Client, engine_errors


def remove_containers(client: Client, labels: Mapping[str, str]) -> int:
    """Remove every container that has all of these labels, and say how many; no volume of another goes with it.

    Raises:
        EngineRefused, EngineMissing
    """
    wanted = [f"{name}={value}" for name, value in labels.items()]
    with engine_errors("removing containers that were left"):
        found = client.containers.list(all=True, filters={"label": wanted}, ignore_removed=True)
        for container in found:
            try:
                container.remove(force=True)
            except docker.errors.APIError as error:
                # Gone already, or being removed by whoever else saw that it is over.
                if error.status_code not in (404, 409):
                    raise
    return len(found)
