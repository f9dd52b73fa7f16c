"""Remove images of ours that no definition asks for any more."""

from collections.abc import Mapping

import docker
import docker.errors

from runner.containers.apart import apart_blueprints, debian_blueprints
from runner.containers.blueprint import Blueprint
from runner.containers.build import LATEST
from runner.containers.client import engine_errors
from runner.containers.definitions import Definition
from runner.containers.engine import LABEL
from runner.containers.release_image import installed_blueprint, release_blueprint, whole_blueprint
from runner.planning.recipe import Recipe


def prune_release(client: docker.DockerClient, definition: Definition, recipes: Mapping[str, Recipe]) -> tuple[str, ...]:
    """Take away every name of a release's images but those that its definition gives now; returns the names.

    An image that a container still uses keeps its content, and one that has other names keeps those. Images of others
    are never touched: our repositories lie below our own prefix.
    """
    blueprints = [installed_blueprint(definition), whole_blueprint(definition), release_blueprint(definition, recipes)]
    blueprints += apart_blueprints(definition, recipes).values()
    blueprints += debian_blueprints(definition)
    return tuple(name for blueprint in blueprints for name in prune_names(client, blueprint))


def prune_names(client: docker.DockerClient, blueprint: Blueprint) -> tuple[str, ...]:
    """Take away every name below a blueprint's but those that it gives now; returns the names."""
    with engine_errors(f"listing {blueprint.repository}"):
        names = [name for image in client.images.list(blueprint.repository) for name in image.tags]
    kept = {blueprint.reference, f"{blueprint.repository}:{LATEST}"}
    old = [name for name in names if name.rpartition(":")[0] == blueprint.repository and name not in kept]
    return tuple(gone for name in old for gone in _remove(client, name))


def prune_stages(client: docker.DockerClient) -> int:
    """Remove what builds that were killed left: stages' containers and volumes, and images without a name.

    Not while another build runs. Returns how many.
    """
    stages = {"label": f"{LABEL}=stage"}
    with engine_errors("removing build stages"):
        containers = client.containers.list(all=True, ignore_removed=True, filters=stages)
        for container in containers:
            container.remove(force=True)
        volumes = client.volumes.list(filters=stages)
        for volume in volumes:
            volume.remove(force=True)
        images = client.images.prune(filters={"dangling": True, "label": LABEL})["ImagesDeleted"]
    return len(containers) + len(volumes) + len(images or ())


def _remove(client: docker.DockerClient, name: str) -> list[str]:
    with engine_errors(f"removing {name}"):
        try:
            client.api.remove_image(name)
        except docker.errors.APIError as error:
            if error.status_code in (404, 409):
                return []  # gone already, or a container uses it
            raise
    return [name]
