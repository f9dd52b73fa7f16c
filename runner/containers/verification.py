"""Is a release's image what its definition says? Every question is asked; every answer that is no is reported."""

import re
from collections.abc import Iterator, Mapping

import docker

from runner.containers.apart import apart_blueprints
from runner.containers.blueprint import CONTENT_LABEL
from runner.containers.client import engine_errors
from runner.containers.definitions import Definition
from runner.containers.image_manifest import read_manifest
from runner.containers.inside import created, read_tree
from runner.containers.release_image import release_blueprint
from runner.planning.manifest import Manifest
from runner.planning.recipe import Recipe

_COMPILER = re.compile(r"(.*-)?(gcc|g\+\+|cc|c\+\+|cpp|clang|tcc|ld|as|make|rustc|cargo|go)(-[\d.]+)?$")
_PROGRAMS = ("/usr/bin", "/usr/local/bin", "/opt/openstack/bin")


def verify_image(
    client: docker.DockerClient, image: str, definition: Definition, recipes: Mapping[str, Recipe]
) -> tuple[str, ...]:
    """Compare an image with its definition, and return what does not hold; empty is good.

    Raises:
        ImageMissing, ManifestMissing, EngineRefused
    """
    return (
        *_content(client, image, release_blueprint(definition, recipes).content),
        *versions(read_manifest(client, image), definition),
        *_user(client, image),
        *_compilers(client, image),
    )


def verify_apart(
    client: docker.DockerClient, image: str, definition: Definition, project: str, recipes: Mapping[str, Recipe]
) -> tuple[str, ...]:
    """Compare a project's own image with the definition; what else somebody put into his is his.

    Raises:
        ImageMissing, ManifestMissing, EngineRefused
    """
    found, wanted = read_manifest(client, image).projects.get(project), definition.image.projects[project]
    has = found.version if found else "none"
    return (
        *_content(client, image, apart_blueprints(definition, recipes)[project].content),
        *([] if has == wanted else [f"{project} is {has}, not {wanted}"]),
        *_user(client, image),
    )


def versions(manifest: Manifest, definition: Definition) -> Iterator[str]:
    """Compare an image's own account of its projects with release.yaml."""
    if manifest.release != definition.series:
        yield f"it says that it is {manifest.release or 'of no release'}, not {definition.series}"
    if not manifest.python.startswith(f"{definition.image.python}."):
        yield f"it runs Python {manifest.python}, not {definition.image.python}"
    for project, version in definition.image.together.items():
        # What is no project of a recipe is called like its package.
        found = manifest.projects.get(project)
        has = found.version if found else manifest.packages.get(project, "none")
        if has != version:
            yield f"{project} is {has}, not {version}"


def compilers_among(names: Mapping[str, bytes]) -> tuple[str, ...]:
    """Pick the compilers, linkers and build tools out of the files of a directory."""
    return tuple(sorted(name for name in names if _COMPILER.fullmatch(name.rpartition("/")[2])))


def _content(client: docker.DockerClient, image: str, expected: str) -> Iterator[str]:
    with engine_errors(f"inspecting {image}"):
        has = client.images.get(image).labels.get(CONTENT_LABEL, "")
    if has != expected:
        yield f"it was built from content {has[:12] or 'unknown'}; definition and recipes now give {expected[:12]}"


def _user(client: docker.DockerClient, image: str) -> Iterator[str]:
    with engine_errors(f"inspecting {image}"):
        user = client.images.get(image).attrs["Config"]["User"]
    if user.partition(":")[0] in ("", "0", "root"):
        yield "it runs as root"


def _compilers(client: docker.DockerClient, image: str) -> Iterator[str]:
    with created(client, image) as container:
        for directory in _PROGRAMS:
            if found := compilers_among(read_tree(client, container, directory) or {}):
                yield f"it holds {', '.join(found)}"
