"""What stands on the shelf: each defined release, and the image it has here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import docker
import docker.errors

from runner.containers.blueprint import CONTENT_LABEL, PREFIX
from runner.containers.build import LATEST
from runner.containers.client import engine_errors
from runner.containers.definitions import Definition
from runner.containers.release_image import release_blueprint
from runner.planning.recipe import Recipe

State = Literal["ready", "outdated", "missing"]


@dataclass(frozen=True)
class Shelved:
    """One defined release. `ready`: its image is what the definition says now; `outdated`: it is an earlier one."""

    series: str
    name: str
    slurp: bool
    projects: dict[str, str]
    state: State
    image: str | None = None
    size: int | None = None


def look_at_shelf(
    client: docker.DockerClient | None, catalog: Mapping[str, Definition], recipes: Mapping[str, Recipe]
) -> tuple[Shelved, ...]:
    """List every defined release; without an engine all images are missing."""
    return tuple(_look(client, definition, recipes) for definition in catalog.values())


def _look(client: docker.DockerClient | None, definition: Definition, recipes: Mapping[str, Recipe]) -> Shelved:
    release = definition.image.release
    known = Shelved(release.series, release.name, release.slurp, definition.image.projects, "missing")
    if client is None:
        return known
    with engine_errors(f"looking for the image of {release}"):
        try:
            image = client.images.get(f"{PREFIX}/{release}:{LATEST}")
        except docker.errors.ImageNotFound:
            return known
    wanted = release_blueprint(definition, recipes).content
    state: State = "ready" if image.labels.get(CONTENT_LABEL) == wanted else "outdated"
    return Shelved(
        known.series, known.name, known.slurp, known.projects, state, image=str(image.id), size=int(image.attrs["Size"])
    )
