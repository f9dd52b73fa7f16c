"""The images of this program: which blueprint each has, building a release, and finding what is built."""

from collections.abc import Mapping
from importlib.resources import files
from time import monotonic

import docker

from runner.containers.asking import questions
from runner.containers.blueprint import PREFIX, RELEASE_LABEL, Blueprint
from runner.containers.build import LATEST, build_once, find_image
from runner.containers.definitions import Definition, find_dockerfile
from runner.containers.foundation import Site, base_blueprint, builder_of, ensure_base
from runner.containers.installation import install_once
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
            "left-out.txt": image.left_out_names.encode(),
        },
        parents={"BASE": base_blueprint(image.base).reference, "BUILDER": builder_of(image).reference},
        labels={RELEASE_LABEL: definition.series},
    )


def release_blueprint(definition: Definition, recipes: Mapping[str, Recipe]) -> Blueprint:
    """A release with its manifest: the image that steps run in."""
    return describing_blueprint(definition.series, definition, recipes, installed_blueprint(definition))


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
    """
    began = monotonic()
    series, blueprint = definition.series, release_blueprint(definition, recipes)
    if there := find_image(client, blueprint.reference):
        tell(ImageProgress(release=series, state="cached", detail=blueprint.reference))
        return there
    tell(ImageProgress(release=series, state="installing", detail=f"{len(definition.image.projects)} projects"))
    install_once(client, installed_blueprint(definition), site.build)
    tell(ImageProgress(release=series, state="describing", seconds=monotonic() - began))
    image = build_once(client, blueprint, site.build)
    tell(ImageProgress(release=series, state="done", detail=blueprint.reference, seconds=monotonic() - began))
    return image


def is_installed(client: docker.DockerClient, definition: Definition) -> bool:
    """Say whether a release can be built without builder and base: its packages are installed already."""
    return find_image(client, installed_blueprint(definition).reference) is not None


def resolve(client: docker.DockerClient, series: str) -> str:
    """Name the id of a release's image: the newest that was built, pulled or loaded here.

    Raises:
        ImageMissing: there is none.
    """
    reference = f"{PREFIX}/{series}:{LATEST}"
    if image := find_image(client, reference):
        return image
    raise ImageMissing(f"there is no image for {series} here ({reference})", hint=f"run `thing-a-me images build {series}`")
