"""What stands on the shelf: each defined release, and the image it has here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import docker
import docker.errors

from runner.containers.apart import apart_blueprints
from runner.containers.blueprint import CONTENT_LABEL, Blueprint
from runner.containers.build import LATEST
from runner.containers.client import engine_errors
from runner.containers.definitions import Definition
from runner.containers.release_image import release_blueprint
from runner.planning.recipe import Recipe
from runner.planning.sources import image_key

State = Literal["ready", "outdated", "missing"]


@dataclass(frozen=True)
class Shelved:
    """One defined release, or a project of its with an image of its own (`series` is then `release/project`).

    `ready`: the image is what the definition says now; `outdated`: it is an earlier one.
    """

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
    """List every defined release, each with its projects apart; without an engine all images are missing."""
    return tuple(
        _look(client, known, blueprint) for definition in catalog.values() for known, blueprint in _defined(definition, recipes)
    )


def _defined(definition: Definition, recipes: Mapping[str, Recipe]) -> Iterator[tuple[Shelved, Blueprint]]:
    """Name the images of a release, and what each would be now."""
    release, image = definition.image.release, definition.image
    own = Shelved(release.series, release.name, release.slurp, image.together, "missing")
    yield own, release_blueprint(definition, recipes)
    for project, blueprint in apart_blueprints(definition, recipes).items():
        key, said = image_key(release.series, project), {project: image.projects[project]}
        yield Shelved(key, release.name, release.slurp, said, "missing"), blueprint


def _look(client: docker.DockerClient | None, known: Shelved, blueprint: Blueprint) -> Shelved:
    if client is None:
        return known
    with engine_errors(f"looking for the image of {known.series}"):
        try:
            image = client.images.get(f"{blueprint.repository}:{LATEST}")
        except docker.errors.ImageNotFound:
            return known
    state: State = "ready" if image.labels.get(CONTENT_LABEL) == blueprint.content else "outdated"
    return replace(known, state=state, image=str(image.id), size=int(image.attrs["Size"]))
