"""Install a release's lock in a builder container, and commit a copy of what it installed on the base.

The classic builder's COPY --from reads and hashes every file before it copies it, and its RUN writes a layer that is
thrown away: for 35,000 files that is a minute more than all the rest. So the installation goes into a volume, which is
copied once. A site's settings lie in the builder container only.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

import docker
import docker.errors
from docker.types import Mount

from runner.containers.blueprint import Blueprint
from runner.containers.build import make_once
from runner.containers.build_log import BuildLog
from runner.containers.client import COMMIT_SECONDS, patience
from runner.containers.docker_engine import USER
from runner.containers.site_settings import site_files
from runner.containers.stage import STAGE, follow, stage
from runner.containers.tarball import pack
from runner.settings import BuildSettings

TREE = "/opt/openstack"
_INSTALL = ["sh", "/opt/install-release"]
_COPY = ["cp", "-a", "/installed/.", TREE]


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
    volume = client.volumes.create(labels=STAGE)
    try:
        yield str(volume.name)
    finally:
        with suppress(docker.errors.APIError):  # `images prune` takes what is left
            volume.remove(force=True)


def _install(client: docker.DockerClient, blueprint: Blueprint, settings: BuildSettings, volume: str, log: BuildLog) -> None:
    mounted = Mount(TREE, volume)
    with stage(client, blueprint.parents["BUILDER"], _INSTALL, f"{USER}:{USER}", [mounted]) as container:
        files = {f"opt/{name}": content for name, content in blueprint.files.items()}
        container.put_archive("/", pack({**files, **site_files(settings, blueprint.suite)}))
        follow(container, log)


def _commit(client: docker.DockerClient, blueprint: Blueprint, volume: str, log: BuildLog) -> str:
    mounted = Mount("/installed", volume, read_only=True)
    with stage(client, blueprint.parents["BASE"], _COPY, "0:0", [mounted]) as container:
        follow(container, log)
        labels = [f'LABEL {name}="{value}"' for name, value in blueprint.all_labels.items()]
        # What the container ran is no command for the image.
        return str(container.commit(changes=["CMD []", 'USER ""', *labels]).id)
