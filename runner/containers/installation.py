"""Install a release's lock in a builder container, and commit a copy of what it installed on the base.

The classic builder's COPY --from reads and hashes every file before it copies it, and its RUN writes a layer that is
thrown away: for 35,000 files that is a minute more than all the rest. So the installation goes into a volume, which is
copied once. A site's settings lie in the builder container only.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import docker
import docker.errors
from docker.models.containers import Container
from docker.types import Mount

from runner.containers.blueprint import Blueprint
from runner.containers.build import make_once
from runner.containers.build_log import BuildLog
from runner.containers.client import COMMIT_SECONDS, patience
from runner.containers.docker_engine import USER
from runner.containers.engine import LABEL
from runner.containers.site_settings import site_files
from runner.containers.tarball import pack
from runner.settings import BuildSettings

TREE = "/opt/openstack"
_INSTALL = ["sh", "/opt/install-release"]
_COPY = ["cp", "-a", "/installed/.", TREE]
_STAGE = {LABEL: "stage"}


def install_once(client: docker.DockerClient, blueprint: Blueprint, settings: BuildSettings) -> str:
    """Install unless an image of the same content is there, and return the image's id.

    `blueprint.files` holds `install-release` and what it reads from /opt.

    Raises:
        BuildFailed, DiskFull, IndexUnreachable, HashMismatch: told from what was printed; nothing is tagged then.
        EngineMissing, EngineRefused
    """

    def make() -> str:
        with closing(BuildLog(blueprint)) as log, patience(client, COMMIT_SECONDS), _volume(client) as volume:
            _install(client, blueprint, settings, volume, log)
            return _commit(client, blueprint, volume, log)

    return make_once(client, blueprint, make)


@contextmanager
def _volume(client: docker.DockerClient) -> Iterator[str]:
    volume = client.volumes.create(labels=_STAGE)
    try:
        yield str(volume.name)
    finally:
        with suppress(docker.errors.APIError):  # `images prune` takes what is left
            volume.remove(force=True)


def _install(client: docker.DockerClient, blueprint: Blueprint, settings: BuildSettings, volume: str, log: BuildLog) -> None:
    mounted = Mount(TREE, volume)
    with _stage(client, blueprint.parents["BUILDER"], _INSTALL, mounted, user=f"{USER}:{USER}") as container:
        files = {f"opt/{name}": content for name, content in blueprint.files.items()}
        container.put_archive("/", pack({**files, **site_files(settings, blueprint.suite)}))
        _follow(container, log)


def _commit(client: docker.DockerClient, blueprint: Blueprint, volume: str, log: BuildLog) -> str:
    mounted = Mount("/installed", volume, read_only=True)
    with _stage(client, blueprint.parents["BASE"], _COPY, mounted, user="0:0") as container:
        _follow(container, log)
        labels = [f'LABEL {name}="{value}"' for name, value in blueprint.all_labels.items()]
        # What the container ran is no command for the image.
        return str(container.commit(changes=["CMD []", 'USER ""', *labels]).id)


@contextmanager
def _stage(client: docker.DockerClient, image: str, argv: list[str], mounted: Mount, user: str) -> Iterator[Container]:
    """A container that has not started, removed in the end.

    A mount, not docker-py's `volumes`: those are written into the image that is committed, and every step would make one.
    """
    container = client.containers.create(
        image, argv, mounts=[mounted], user=user, security_opt=["no-new-privileges"], labels=_STAGE
    )
    try:
        yield container
    finally:
        with suppress(docker.errors.APIError):
            container.remove(force=True)


def _follow(container: Container, log: BuildLog) -> None:
    """Start a stage, listen to it to its end, and raise what went wrong."""
    container.start()
    for piece in container.logs(stream=True, follow=True):
        log.hear(piece.decode(errors="replace"))
    if container.wait()["StatusCode"] != 0:
        raise log.verdict()
