"""Resolve a release whose code is Python 2.7: in its builder, with the last pip-tools that serves it.

Old source distributions say what they need only when their setup.py runs, and that has to be under their own Python.
"""

from contextlib import closing
from dataclasses import replace
from typing import NamedTuple

import docker

from runner.containers.build_log import BuildLog
from runner.containers.client import connect, engine_errors
from runner.containers.definitions import find_dockerfile
from runner.containers.docker_engine import USER
from runner.containers.foundation import Site, ensure_base, ensure_builders, python2_builder_blueprint
from runner.containers.inside import read_tree
from runner.containers.site_settings import site_files
from runner.containers.stage import follow, stage
from runner.containers.tarball import pack
from runner.errors import BuildFailed, LockFailed
from runner.events import Tell
from runner.planning.catalog import ImageDefinition

_RESOLVE = ["sh", "/opt/lock-release-python2"]
_LOCK = "/tmp/lock/requirements.txt"  # noqa: S108  # in a container of our own


class Wanted(NamedTuple):
    """What a resolver is asked: packages and pins in pip's formats, and what it answered the last time."""

    image: ImageDefinition
    packages: str
    pins: str
    former: bytes


def resolve_python2(wanted: Wanted, site: Site, tell: Tell) -> str:
    """Return the hash-locked requirements, in pip's format.

    Raises:
        IndexUnreachable, LockFailed
        EngineMissing, EngineRefused, HostNotReady, BuildFailed, DiskFull, HashMismatch: there is no builder, and none
            can be made.
    """
    image = wanted.image
    with closing(connect(site.engine)) as client:
        ensure_base(client, image.base, site, tell)
        ensure_builders(client, [image], site, tell)
        files = {
            "opt/lock-release-python2": find_dockerfile("lock-release-python2"),
            "opt/wanted.in": f"-c constraints.txt\n{wanted.packages}".encode(),
            "opt/constraints.txt": wanted.pins.encode(),
            "opt/build-constraints.txt": image.build_pins.encode(),
            "opt/requirements.txt": wanted.former,
        }
        return _resolve(client, image, pack({**files, **site_files(site.build, image.base)}))


def _resolve(client: docker.DockerClient, image: ImageDefinition, files: bytes) -> str:
    builder = python2_builder_blueprint(image.base)
    named = replace(builder, name=f"{image.series}-lock")
    with (
        closing(BuildLog(named)) as log,
        engine_errors(f"locking {image.series}"),
        stage(client, builder.reference, _RESOLVE, f"{USER}:{USER}") as container,
    ):
        container.put_archive("/", files)
        try:
            follow(container, log)
        except BuildFailed as error:
            raise LockFailed(error.message) from error
        locked = (read_tree(client, str(container.id), _LOCK) or {})["requirements.txt"].decode()
    # pip-tools comments on setuptools.
    return "".join(f"{line}\n" for line in locked.splitlines() if line and not line.startswith("#"))
