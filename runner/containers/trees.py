"""Source trees, installed over what an image has: release.yaml's own (`sources`), and a developer's (`ci --override`).

A wheel is made of each tree in the release's builder, as the release's own source distributions are, and installed without
looking for dependencies: those are in the lock.
"""

import io
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from email.parser import BytesHeaderParser

import docker
import docker.errors
from docker.types import Mount

from runner.containers.blueprint import Blueprint
from runner.containers.build import make_once
from runner.containers.build_log import BuildLog
from runner.containers.client import COMMIT_SECONDS, engine_errors, patience
from runner.containers.definitions import find_dockerfile
from runner.containers.docker_engine import USER
from runner.containers.foundation import builder_of
from runner.containers.inside import read_tree
from runner.containers.site_settings import site_files
from runner.containers.sources.tree import hash_tree, is_folder
from runner.containers.stage import STAGE, follow, stage
from runner.containers.tarball import pack
from runner.errors import BuildFailed
from runner.planning.catalog import ImageDefinition
from runner.settings import BuildSettings

Trees = Mapping[str, Mapping[str, bytes]]
"""Project -> relative path -> content."""
_WHEELS = "/wheels"


def trees_blueprint(
    name: str,
    image: ImageDefinition,
    parent: str,
    *,
    decisive: Mapping[str, bytes],
    versions: Mapping[str, str],
    is_whole: bool = False,
) -> Blueprint:
    """What decides an image with trees in it: what decides each of them, how they are built, and what they are put into.

    `versions` are what the trees are to call themselves; pbr would ask git. With `is_whole` all that they require has to be
    there when they are installed.
    """
    return Blueprint(
        name=name,
        suite=image.base,
        files={
            "opt/build-source": find_dockerfile("build-source"),
            "opt/install-wheels": find_dockerfile("install-wheels"),
            "opt/python": image.python.encode(),
            "opt/build-constraints.txt": image.build_pins.encode(),
            **{f"opt/versions/{project}": versions[project].encode() for project in decisive},
            **({"opt/left-out.txt": image.left_out_names.encode()} if is_whole else {}),
            **{f"opt/trees/{project}": said for project, said in decisive.items()},
        },
        parents={"RELEASE": parent, "BUILDER": builder_of(image).reference},
    )


def install_trees_once(
    client: docker.DockerClient, blueprint: Blueprint, fetch: Callable[[], Trees], settings: BuildSettings
) -> str:
    """Install trees unless an image of the same content is there, and return the image's id; only then they are fetched.

    Raises:
        BuildFailed, DiskFull, IndexUnreachable: told from what was printed; nothing is tagged then. Also where a folder was
            changed meanwhile.
        EngineMissing, EngineRefused, and what `fetch` raises
    """

    def make() -> str:
        trees = fetch()
        _demand_as_named(blueprint, trees)
        with (
            closing(BuildLog(blueprint)) as log,
            patience(client, COMMIT_SECONDS),
            _wheels(client, blueprint, trees, settings, log) as volume,
        ):
            return _install(client, blueprint, volume, log)

    return make_once(client, blueprint, make)


def requirements_of(
    client: docker.DockerClient, blueprint: Blueprint, trees: Trees, settings: BuildSettings
) -> tuple[str, ...]:
    """Say what trees require, as their own metadata do; the builder is there.

    Raises:
        BuildFailed, DiskFull, IndexUnreachable, EngineRefused
    """
    doing = f"asking {', '.join(trees)} what they require"
    with (
        engine_errors(doing),
        closing(BuildLog(blueprint)) as log,
        _wheels(client, blueprint, trees, settings, log) as volume,
        stage(client, blueprint.parents["BUILDER"], ["true"], "0:0", [Mount(_WHEELS, volume, read_only=True)]) as container,
    ):
        found = read_tree(client, str(container.id), _WHEELS) or {}
    wanted = [line for name, wheel in found.items() if name.endswith(".whl") for line in _required(wheel)]
    return tuple(dict.fromkeys(wanted))


def _demand_as_named(blueprint: Blueprint, trees: Trees) -> None:
    """Demand that a folder is still what the image is named after: somebody may be at work in it."""
    for project, tree in trees.items():
        named = blueprint.files[f"opt/trees/{project}"]
        if is_folder(named) and named != hash_tree(tree):
            raise BuildFailed(f"the source tree of {project} was changed while it was read", hint="run the same command again")


def _required(wheel: bytes) -> list[str]:
    """Read a wheel's requirements; what only its extras ask for is not installed."""
    with zipfile.ZipFile(io.BytesIO(wheel)) as opened:
        metadata = next(name for name in opened.namelist() if name.endswith(".dist-info/METADATA"))
        headers = BytesHeaderParser().parsebytes(opened.read(metadata))
    return [line for line in headers.get_all("Requires-Dist", []) if "extra ==" not in line]


@contextmanager
def _wheels(
    client: docker.DockerClient, blueprint: Blueprint, trees: Trees, settings: BuildSettings, log: BuildLog
) -> Iterator[str]:
    """A volume with a wheel of every tree, and with what installs them."""
    sources = {f"src/{project}/{name}": content for project, tree in trees.items() for name, content in tree.items()}
    argv = ["sh", "/opt/build-source"]
    with (
        _volume(client, blueprint) as volume,
        stage(client, blueprint.parents["BUILDER"], argv, f"{USER}:{USER}", [Mount(_WHEELS, volume)]) as container,
    ):
        container.put_archive("/", pack({**blueprint.files, **sources, **site_files(settings, blueprint.suite)}))
        follow(container, log)
        yield volume


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


def _install(client: docker.DockerClient, blueprint: Blueprint, volume: str, log: BuildLog) -> str:
    mounted = Mount(_WHEELS, volume, read_only=True)
    argv = ["sh", f"{_WHEELS}/install-wheels"]
    with stage(client, blueprint.parents["RELEASE"], argv, f"{USER}:{USER}", [mounted]) as container:
        follow(container, log)
        labels = [f'LABEL {name}="{value}"' for name, value in blueprint.all_labels.items()]
        return str(container.commit(changes=["CMD []", 'USER ""', *labels]).id)
