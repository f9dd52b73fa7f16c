"""The images of a run, kept on the engine while it lasts: who prunes meanwhile takes none of them."""

from collections.abc import Iterable, Mapping
from http import HTTPStatus

import docker.errors

from runner.containers.client import Client
from runner.containers.engine import LABEL


def keep_images(client: Client, network: str, labels: Mapping[str, str], images: Iterable[str]) -> None:
    """Create a container of each image, never started: an engine removes no image that a container has.

    Neither for another build's `images prune` nor for a `docker image prune --all` of somebody's cron. An image that is
    not here is passed over: the step that needs it tells so, and a run that turns back needs none.
    """
    for image in dict.fromkeys(images):
        try:
            client.api.create_container(
                image,
                ["true"],
                name=f"{_keepers(network)}{image.removeprefix('sha256:')[:12]}",
                labels={**labels, LABEL: "keeper"},
                network_disabled=True,
            )
        except docker.errors.APIError as error:
            # One that a runner before us made keeps it as well.
            if error.status_code not in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT):
                raise


def let_images_go(client: Client, network: str) -> None:
    """Remove what kept a run's images; what is gone already is as good."""
    for container in client.containers.list(all=True, ignore_removed=True, filters={"name": f"^{_keepers(network)}"}):
        try:
            container.remove(force=True, v=True)
        except docker.errors.NotFound:
            continue


def _keepers(network: str) -> str:
    return f"{network}-keeps-"
