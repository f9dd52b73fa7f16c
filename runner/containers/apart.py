"""Projects in images of their own: Debian's packages, or an image that somebody else built, described as a release's is.

Such an image is `thing-a-me/<series>-<project>`; the release's own has not the project.
"""

import re
from collections.abc import Mapping
from importlib.resources import files
from time import monotonic

import docker

from runner.containers.asking import questions
from runner.containers.blueprint import RELEASE_LABEL, Blueprint
from runner.containers.build import build_once, find_image
from runner.containers.definitions import Definition, find_dockerfile
from runner.containers.foundation import Site, base_blueprint, ensure_base
from runner.containers.image_manifest import read_manifest
from runner.containers.registry import Pinned, pull
from runner.containers.release_image import resolve, source_of
from runner.errors import BadDocument, ImageMissing
from runner.events import ImageProgress, Tell
from runner.planning.manifest import Manifest
from runner.planning.recipe import Recipe
from runner.planning.sources import DebianPackages, OwnImage, image_key, release_of

_ID = re.compile(r"sha256:[0-9a-f]{64}")


def apart_name(series: str, project: str) -> str:
    """Name a project's own image, below our prefix."""
    return f"{series}-{project}"


def names_of(definition: Definition) -> tuple[str, ...]:
    """Name a release's image and those of its projects apart, below our prefix."""
    return (definition.series, *(apart_name(definition.series, project) for project in definition.image.apart))


def apart_blueprints(definition: Definition, recipes: Mapping[str, Recipe]) -> dict[str, Blueprint]:
    """The images of the projects apart, by project.

    Raises:
        BadDocument: one of them is no project of a recipe, so that no step would ever run in its image.
    """
    return {project: _described(definition, project, recipes) for project in definition.image.apart}


def debian_blueprint(definition: Definition, project: str, source: DebianPackages) -> Blueprint:
    """Debian's packages on the base of the suite that has them."""
    suite = source.suite or definition.image.base
    return Blueprint(
        name=f"{apart_name(definition.series, project)}-installed",
        suite=suite,
        dockerfile=find_dockerfile("debian.Dockerfile"),
        files={"packages.txt": "".join(f"{package}\n" for package in source.debian).encode()},
        parents={"BASE": base_blueprint(suite).reference},
        flat=True,
    )


def debian_blueprints(definition: Definition) -> list[Blueprint]:
    """What Debian's packages are installed in, before it describes itself."""
    sources = definition.image.apart.items()
    return [debian_blueprint(definition, name, one) for name, one in sources if isinstance(one, DebianPackages)]


def build_apart(
    client: docker.DockerClient, definition: Definition, recipes: Mapping[str, Recipe], site: Site, tell: Tell
) -> dict[str, str]:
    """Have the images of a release's projects apart, and return their ids, as a plan keys them.

    Raises:
        BadDocument, ImageMissing: what release.yaml names is no project, or an image that is not here.
        RegistryRefused, DigestMismatch: an image cannot be pulled.
        BuildFailed, DiskFull, IndexUnreachable, HostNotReady: also where what is in the image is not the project.
    """
    built: dict[str, str] = {}
    for project, blueprint in apart_blueprints(definition, recipes).items():
        key, began = image_key(definition.series, project), monotonic()
        if there := find_image(client, blueprint.reference):
            tell(ImageProgress(release=key, state="cached", detail=blueprint.reference))
            built[key] = there
            continue
        _lay_ground(client, definition, project, site, tell)
        tell(ImageProgress(release=key, state="describing", seconds=monotonic() - began))
        built[key] = build_once(client, blueprint, site.build)
        tell(ImageProgress(release=key, state="done", detail=blueprint.reference, seconds=monotonic() - began))
    return built


def resolve_images(client: docker.DockerClient, definition: Definition) -> dict[str, str]:
    """Name the ids of a release's image and of its projects apart, as a plan keys them.

    Raises:
        ImageMissing: one of them is not here.
    """
    keys = (definition.series, *(image_key(definition.series, project) for project in definition.image.apart))
    return {key: resolve(client, name, definition.series) for key, name in zip(keys, names_of(definition), strict=True)}


def read_manifests(client: docker.DockerClient, images: Mapping[str, str]) -> dict[str, Manifest]:
    """Read what images say of themselves, by release: what a project's own image says counts for it.

    Raises:
        ImageMissing, ManifestMissing
    """
    found: dict[str, Manifest] = {}
    for key, image in images.items():
        manifest, release = read_manifest(client, image), release_of(key)
        found[release] = manifest if release == key else found[release].joined_by(manifest)
    return found


def _described(definition: Definition, project: str, recipes: Mapping[str, Recipe]) -> Blueprint:
    if project not in recipes:
        known = ", ".join(sorted(recipes))
        raise BadDocument(f"{source_of(definition, project)}: only a project has an image of its own: {known}")
    source, name = definition.image.apart[project], apart_name(definition.series, project)
    given = source.image if isinstance(source, OwnImage) else debian_blueprint(definition, project, source).reference
    return Blueprint(
        name=name,
        suite=definition.image.base,
        dockerfile=find_dockerfile("apart.Dockerfile"),
        files={
            "describe.py": (files("runner.containers") / "describe.py").read_bytes(),
            "asked.json": questions(definition.series, {project: recipes[project]}),
        },
        parents={"GIVEN": given},
        # What finds a loaded image its name again.
        labels={RELEASE_LABEL: name},
    )


def _lay_ground(client: docker.DockerClient, definition: Definition, project: str, site: Site, tell: Tell) -> None:
    """Have what a project's own image is made of."""
    source, key = definition.image.apart[project], image_key(definition.series, project)
    if isinstance(source, DebianPackages):
        blueprint = debian_blueprint(definition, project, source)
        ensure_base(client, blueprint.suite, site, tell)
        tell(ImageProgress(release=key, state="installing", detail=" ".join(source.debian)))
        build_once(client, blueprint, site.build)
    elif find_image(client, source.image) is None:
        if _ID.fullmatch(source.image):
            raise ImageMissing(
                f"{source_of(definition, project)}: image {source.image} is not here",
                hint="pull or load it, or name it by its repository and digest",
            )
        tell(ImageProgress(release=key, state="pulling", detail=source.image))
        pull(client, Pinned.parse(source.image))
