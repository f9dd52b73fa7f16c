"""Put a developer's source tree of a project into its release's image; everything else stays as it is.

A wheel is made of the tree in the release's builder, as the release's own source distributions are, and installed over what
is there. The same trees on the same image are the same override, which is made once.
"""

import configparser
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import docker
import docker.errors
from docker.types import Mount

from runner.containers.blueprint import Blueprint
from runner.containers.build import build_once, find_image, make_once
from runner.containers.build_log import BuildLog
from runner.containers.client import COMMIT_SECONDS, patience
from runner.containers.definitions import Definition, find_dockerfile
from runner.containers.docker_engine import USER
from runner.containers.foundation import Site, builder_of, ensure_base, ensure_builders
from runner.containers.lock import normal
from runner.containers.prune import prune_names
from runner.containers.release_image import describing_blueprint, resolve
from runner.containers.site_settings import site_files
from runner.containers.stage import STAGE, follow, stage
from runner.containers.tarball import pack
from runner.errors import BadDocument, MissingFile
from runner.events import ImageProgress, Tell
from runner.planning.recipe import Recipe
from runner.settings import BuildSettings

_LEFT_OUT = {".git", ".tox", ".venv", "venv", "__pycache__", ".stestr", ".mypy_cache", "build", "dist", "thing-a-me-ci"}
"""What lies in a tree without being of it."""
_WHEELS = "/wheels"


def ensure_override(
    client: docker.DockerClient,
    definition: Definition,
    recipes: Mapping[str, Recipe],
    trees: Mapping[str, Path],
    *,
    site: Site,
    tell: Tell,
) -> str:
    """Have a release's image with these source trees in it, by project; returns the id of an image that describes itself.

    Raises:
        BadDocument: the release's image does not have a project, or a tree is another package's.
        MissingFile: a folder is not there, or is no source tree.
        ImageMissing: the release's own image is not here.
        BuildFailed, DiskFull, IndexUnreachable: told from what the build printed.
        ManifestMissing: what was installed cannot say what it is.
    """
    packages = {name: package for recipe in recipes.values() for name, package in recipe.packages.items()}
    blueprint = _blueprint(definition, trees, resolve(client, definition.series), packages)
    described = describing_blueprint(f"{definition.series}-overridden", definition, recipes, blueprint)
    if there := find_image(client, described.reference):
        tell(ImageProgress(release=definition.series, state="cached", detail=described.reference))
        return there
    tell(ImageProgress(release=definition.series, state="installing", detail=f"your {' and '.join(sorted(trees))}"))
    ensure_base(client, definition.image.base, site, tell)
    ensure_builders(client, [definition.image], site, tell)
    _install_once(client, blueprint, site.build)
    image = build_once(client, described, site.build)
    for made in (blueprint, described):
        prune_names(client, made)
    tell(ImageProgress(release=definition.series, state="done", detail=described.reference))
    return image


def read_tree(project: str, folder: Path) -> dict[str, bytes]:
    """Read a source tree: relative path -> content, without what git, tox and caches leave in it.

    Raises:
        MissingFile: it is not there, cannot be read, or holds nothing that could be built.
    """
    if not any((folder / name).is_file() for name in ("setup.py", "setup.cfg", "pyproject.toml")):
        raise MissingFile(
            f"--override {project}={folder}: there is no source tree of {project}: neither setup.py nor pyproject.toml",
            hint="name the folder that `git clone` made",
        )
    try:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not _LEFT_OUT & set(path.relative_to(folder).parts)
        }
    except OSError as error:
        raise MissingFile(f"--override {project}={folder}: cannot read {error.filename}: {error.strerror}") from error


def _demand_package(project: str, folder: Path, files: Mapping[str, bytes], package: str) -> None:
    """Demand that a tree is of the package that it is to take the place of; one that does not say is believed."""
    setup, said = configparser.ConfigParser(interpolation=None, strict=False), ""
    try:
        setup.read_string(files.get("setup.cfg", b"").decode())
        said = setup.get("metadata", "name", fallback="")
        said = said or str(tomllib.loads(files.get("pyproject.toml", b"").decode()).get("project", {}).get("name", ""))
    except (configparser.Error, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return  # the build says it better
    if said and normal(said) != normal(package):
        raise BadDocument(
            f"--override {project}={folder}: that is the source of {said}, and {project}'s package is {package}",
            hint="name the folder of that package's source",
        )


def _blueprint(
    definition: Definition, trees: Mapping[str, Path], image: str, packages: Mapping[str, str] | None = None
) -> Blueprint:
    """What decides the override: the trees, how they are built, and the image that they are put into."""
    pins = definition.image.projects
    if strangers := sorted(set(trees) - set(pins)):
        has = ", ".join(sorted(pins))
        raise BadDocument(f"--override {strangers[0]}: the image of {definition.series} has no such project; it has {has}")
    read = {project: read_tree(project, folder) for project, folder in sorted(trees.items())}
    for project, tree in read.items():
        _demand_package(project, trees[project], tree, (packages or {}).get(project, project))
    files = {f"src/{project}/{name}": content for project, tree in read.items() for name, content in tree.items()}
    return Blueprint(
        name=f"{definition.series}-override",
        suite=definition.image.base,
        files={
            "opt/build-source": find_dockerfile("build-source"),
            "opt/install-wheels": find_dockerfile("install-wheels"),
            "opt/python": definition.image.python.encode(),
            "opt/build-constraints.txt": definition.image.build_pins.encode(),
            # A version that pbr can read, and by which whoever asks the image sees that it is not the release's own.
            **{f"opt/versions/{project}": f"{pins[project]}.dev999".encode() for project in trees},
            **files,
        },
        parents={"RELEASE": image, "BUILDER": builder_of(definition.image).reference},
    )


def _install_once(client: docker.DockerClient, blueprint: Blueprint, settings: BuildSettings) -> None:
    def make() -> str:
        with closing(BuildLog(blueprint)) as log, patience(client, COMMIT_SECONDS), _volume(client, blueprint) as volume:
            _build(client, blueprint, settings, volume, log)
            return _install(client, blueprint, volume, log)

    make_once(client, blueprint, make)


@contextmanager
def _volume(client: docker.DockerClient, blueprint: Blueprint) -> Iterator[str]:
    """A volume that the builder's user may write."""
    volume = client.volumes.create(labels=STAGE)
    try:
        mounted = Mount(_WHEELS, volume.name)
        with stage(client, blueprint.parents["BUILDER"], ["chown", f"{USER}:{USER}", _WHEELS], "0:0", [mounted]) as container:
            container.start()
            container.wait()
        yield str(volume.name)
    finally:
        with suppress(docker.errors.APIError):  # `images prune` takes what is left
            volume.remove(force=True)


def _build(client: docker.DockerClient, blueprint: Blueprint, settings: BuildSettings, volume: str, log: BuildLog) -> None:
    argv = ["sh", "/opt/build-source"]
    with stage(client, blueprint.parents["BUILDER"], argv, f"{USER}:{USER}", [Mount(_WHEELS, volume)]) as container:
        container.put_archive("/", pack({**blueprint.files, **site_files(settings, blueprint.suite)}))
        follow(container, log)


def _install(client: docker.DockerClient, blueprint: Blueprint, volume: str, log: BuildLog) -> str:
    mounted = Mount(_WHEELS, volume, read_only=True)
    argv = ["sh", f"{_WHEELS}/install-wheels"]
    with stage(client, blueprint.parents["RELEASE"], argv, f"{USER}:{USER}", [mounted]) as container:
        follow(container, log)
        labels = [f'LABEL {name}="{value}"' for name, value in blueprint.all_labels.items()]
        return str(container.commit(changes=["CMD []", 'USER ""', *labels]).id)
