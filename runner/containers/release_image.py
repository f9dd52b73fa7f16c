"""The images of this program: which blueprint each has, building a release, and finding what is built."""

from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from time import monotonic

import docker

from runner.containers.asking import questions
from runner.containers.blueprint import PREFIX, RELEASE_LABEL, Blueprint
from runner.containers.build import LATEST, build_once, find_image
from runner.containers.definitions import Definition, find_dockerfile
from runner.containers.foundation import Site, base_blueprint, builder_of, ensure_base
from runner.containers.installation import install_once
from runner.containers.sources import decisive, fetch
from runner.containers.trees import Trees, install_trees_once, trees_blueprint
from runner.errors import ImageMissing
from runner.events import ImageProgress, Tell
from runner.planning.recipe import Recipe

SUITE = "bookworm"
"""What mariadb runs on, whatever the releases do."""

SERVER = "mariadb"
"""Stands where a release's series stands for the others."""

SERVERS = {"10.5": "bullseye", "10.11": SUITE, "11.8": "trixie"}
"""The versions of MariaDB that Debian has, and the suite that has each."""

USUAL = "10.11"
"""Of a throw-away server, where nobody asks for another."""


def mariadb_blueprint(version: str = USUAL) -> Blueprint:
    """Debian's MariaDB server on the base; the usual one with all that snapshots need."""
    suite, name = SERVERS[version], SERVER if version == USUAL else f"{SERVER}-{version}"
    return Blueprint(
        name=name,
        suite=suite,
        dockerfile=find_dockerfile("mariadb.Dockerfile" if version == USUAL else "mariadb-server.Dockerfile"),
        files={"mariadb-entrypoint": find_dockerfile("mariadb-entrypoint")},
        parents={"BASE": base_blueprint(suite).reference},
        # What finds a loaded image its name again.
        labels={RELEASE_LABEL: name},
        flat=True,
    )


def installed_blueprint(definition: Definition) -> Blueprint:
    """Everything of a release but its manifest: a changed recipe asks again, it does not install again."""
    image = definition.image
    return Blueprint(
        name=f"{definition.series}-installed",
        suite=image.base,
        files={
            "install-release": find_dockerfile("install-release-python2" if image.is_python2 else "install-release"),
            "requirements.txt": definition.lock(),
            "build-constraints.txt": image.build_pins.encode(),
            "left-out.txt": image.missed_names.encode(),
        },
        parents={"BASE": base_blueprint(image.base).reference, "BUILDER": builder_of(image).reference},
        labels={RELEASE_LABEL: definition.series},
    )


def whole_blueprint(definition: Definition) -> Blueprint:
    """What is installed, with the source trees that release.yaml names laid over it.

    Raises:
        MissingFile: one of them is a folder that is not there.
    """
    installed, image = installed_blueprint(definition), definition.image
    if not image.trees:
        return installed
    said = {name: decisive(source_of(definition, name), one, definition.folder) for name, one in sorted(image.trees.items())}
    versions = {name: image.projects[name] for name in said}
    name, parent = f"{definition.series}-trees", installed.reference
    blueprint = trees_blueprint(name, image, parent, decisive=said, versions=versions, is_whole=True)
    return replace(blueprint, labels=installed.labels)


def source_of(definition: Definition, project: str) -> str:
    """Say in messages where a project's source is named."""
    return f"{definition.folder / 'release.yaml'}: sources.{project}"


def fetch_trees(definition: Definition, packages: Mapping[str, str], site: Site) -> Trees:
    """Fetch every source tree that a release's definition names.

    Raises:
        MissingFile, BadDocument, IndexUnreachable, HashMismatch, HostNotReady: see `fetch`.
    """
    return {
        name: fetch(source_of(definition, name), one, definition.folder, packages.get(name, name), site.build)
        for name, one in sorted(definition.image.trees.items())
    }


def release_blueprint(definition: Definition, recipes: Mapping[str, Recipe]) -> Blueprint:
    """A release with its manifest: the image that steps run in."""
    return describing_blueprint(definition.series, definition, recipes, whole_blueprint(definition))


def describing_blueprint(name: str, definition: Definition, recipes: Mapping[str, Recipe], installed: Blueprint) -> Blueprint:
    """What is installed, with its manifest."""
    return Blueprint(
        name=name,
        suite=definition.image.base,
        dockerfile=find_dockerfile("release.Dockerfile"),
        files={
            "describe.py": (files("runner.containers") / "describe.py").read_bytes(),
            "asked.json": questions(definition.series, recipes),
        },
        parents={"INSTALLED": installed.reference},
        labels=installed.labels,
    )


def ensure_mariadb_image(client: docker.DockerClient, site: Site, tell: Tell, version: str = USUAL) -> str:
    """Have the database server's image, and return its id."""
    blueprint = mariadb_blueprint(version)
    if there := find_image(client, blueprint.reference):
        return there
    began = monotonic()
    ensure_base(client, blueprint.suite, site, tell)
    tell(ImageProgress(release=SERVER, state="installing"))
    image = build_once(client, blueprint, site.build)
    tell(ImageProgress(release=SERVER, state="done", detail=blueprint.reference, seconds=monotonic() - began))
    return image


def build_release(
    client: docker.DockerClient, definition: Definition, recipes: Mapping[str, Recipe], site: Site, tell: Tell
) -> str:
    """Build one release on a foundation that is there, and return the image's id.

    Raises:
        BuildFailed, DiskFull, IndexUnreachable, HashMismatch, MissingFile
        BadDocument, HostNotReady: a source tree is not what it should be, or cannot be fetched by this machine.
    """
    began = monotonic()
    series, blueprint = definition.series, release_blueprint(definition, recipes)
    if there := find_image(client, blueprint.reference):
        tell(ImageProgress(release=series, state="cached", detail=blueprint.reference))
        return there
    tell(ImageProgress(release=series, state="installing", detail=f"{len(definition.image.together)} projects"))
    install_once(client, installed_blueprint(definition), site.build)
    if definition.image.trees:
        packages = {name: package for recipe in recipes.values() for name, package in recipe.packages.items()}
        install_trees_once(client, whole_blueprint(definition), lambda: fetch_trees(definition, packages, site), site.build)
    tell(ImageProgress(release=series, state="describing", seconds=monotonic() - began))
    image = build_once(client, blueprint, site.build)
    tell(ImageProgress(release=series, state="done", detail=blueprint.reference, seconds=monotonic() - began))
    return image


def is_installed(client: docker.DockerClient, definition: Definition) -> bool:
    """Say whether a release can be built without builder and base: its packages are installed already."""
    return find_image(client, whole_blueprint(definition).reference) is not None


def resolve(client: docker.DockerClient, name: str, series: str | None = None) -> str:
    """Name the id of a release's image, or of another that `series` is built with: the newest that is here.

    Raises:
        ImageMissing: there is none.
    """
    reference = f"{PREFIX}/{name}:{LATEST}"
    if image := find_image(client, reference):
        return image
    hint = f"run `thing-a-me images build {series or name}`"
    raise ImageMissing(f"there is no image for {name} here ({reference})", hint=hint)
