"""What releases are made on: a root filesystem, the base that they run on, and the builder that they are installed in."""

from collections.abc import Iterable
from typing import NamedTuple

import docker

from runner.containers.blueprint import Blueprint
from runner.containers.build import build_once, find_image
from runner.containers.definitions import find_dockerfile
from runner.containers.root_filesystem import ensure_root, root_reference
from runner.events import ImageProgress, Tell
from runner.planning.catalog import ImageDefinition
from runner.settings import BuildSettings, EngineSettings


class Site(NamedTuple):
    """An engine and where its builds get things from."""

    engine: EngineSettings
    build: BuildSettings


def base_blueprint(suite: str) -> Blueprint:
    """A root filesystem and what OpenStack needs at run time."""
    return Blueprint(
        name=f"base-{suite}",
        suite=suite,
        dockerfile=find_dockerfile("base.Dockerfile"),
        parents={"ROOT": root_reference(suite)},
        flat=True,
    )


def builder_blueprint(suite: str) -> Blueprint:
    """The base with compilers and uv; releases are installed in it and copied out of it."""
    return Blueprint(
        name=f"builder-{suite}",
        suite=suite,
        dockerfile=find_dockerfile("builder.Dockerfile"),
        files={"uv.txt": find_dockerfile("uv.txt")},
        parents={"BASE": base_blueprint(suite).reference},
    )


def python2_builder_blueprint(suite: str) -> Blueprint:
    """The builder with what still serves Python 2.7."""
    return Blueprint(
        name=f"builder-python2-{suite}",
        suite=suite,
        dockerfile=find_dockerfile("builder-python2.Dockerfile"),
        files={name: find_dockerfile(name) for name in ("virtualenv.txt", "pip-tools.txt")},
        parents={"BUILDER": builder_blueprint(suite).reference},
    )


def builder_of(image: ImageDefinition) -> Blueprint:
    """Name the builder that a release is installed in."""
    return python2_builder_blueprint(image.base) if image.is_python2 else builder_blueprint(image.base)


def ensure_base(client: docker.DockerClient, suite: str, site: Site, tell: Tell) -> None:
    """Have the base image, made from a root filesystem that is pulled or made."""
    blueprint = base_blueprint(suite)
    if not find_image(client, blueprint.reference):
        tell(ImageProgress(release=suite, state="base", detail=blueprint.reference))
        ensure_root(client, suite, site.build, site.engine)
        build_once(client, blueprint, site.build)


def ensure_builders(client: docker.DockerClient, images: Iterable[ImageDefinition], site: Site, tell: Tell) -> None:
    """Have all that these releases are installed in; their bases are there.

    Raises:
        HostNotReady, BuildFailed, DiskFull, IndexUnreachable, HashMismatch
    """
    needed: dict[str, Blueprint] = {}
    for image in images:
        for blueprint in (builder_blueprint(image.base), builder_of(image)):
            needed[blueprint.reference] = blueprint
    for reference, blueprint in needed.items():
        if not find_image(client, reference):
            tell(ImageProgress(release=blueprint.suite, state="builder", detail=reference))
            build_once(client, blueprint, site.build)
