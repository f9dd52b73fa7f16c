"""Resolve a release whose code is Python 2.7: in its builder, with the last pip-tools that serves it.

Old source distributions say what they need only when their setup.py runs, and that has to be under their own Python.
"""

import re
from collections.abc import Collection
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

_PINNED = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)==.*\n(?:[ \t].*\n)*", re.MULTILINE)
_COMMENT = re.compile(r"#\s*(.*)")
_WORD = re.compile(r"-r [^,\s]+|[A-Za-z0-9][A-Za-z0-9._-]*")
_WANTED = "-r wanted.in"
_RESOLVE = ["sh", "/opt/lock-release-python2"]
_LOCK = "/tmp/lock/requirements.txt"  # noqa: S108  # in a container of our own


class Wanted(NamedTuple):
    """What a resolver is asked: packages and pins in pip's formats, what it answered the last time, what is not to come."""

    image: ImageDefinition
    packages: str
    pins: str
    former: bytes
    left_out: tuple[str, ...] = ()


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
        locked = _resolve(client, image, pack({**files, **site_files(site.build, image.base)}))
    return without(locked, wanted.left_out)


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
        return (read_tree(client, str(container.id), _LOCK) or {})["requirements.txt"].decode()


def without(annotated: str, left_out: Collection[str]) -> str:
    """Take packages out of what pip-compile resolved, and with them what only they asked for ("via"); drop its comments.

    The resolver itself can leave out nothing.
    """
    blocks = {match["name"]: match[0] for match in _PINNED.finditer(annotated)}
    via = {name: set(_WORD.findall(" ".join(_COMMENT.findall(block)))) - {"via"} for name, block in blocks.items()}
    kept = {_WANTED}
    while more := {name for name in blocks if name not in kept and name not in left_out and via[name] & kept}:
        kept |= more
    lines = [
        line.rstrip(" \\")
        for name, block in blocks.items()
        if name in kept
        for line in block.splitlines()
        if not line.lstrip().startswith("#")
    ]
    # Of a pin and its hashes, all but the last line go on.
    return "".join(
        f"{line} \\\n" if following.startswith(" ") else f"{line}\n"
        for line, following in zip(lines, (*lines[1:], ""), strict=True)
    )
