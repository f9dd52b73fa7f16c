"""Build a blueprint with the engine's classic builder, once; everything it says goes into a log file."""

import io
import re
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from time import monotonic
from typing import Any

import docker
import docker.errors

from runner.containers.blueprint import Blueprint
from runner.containers.build_failures import classify
from runner.containers.cache import cache_dir
from runner.containers.client import engine_errors
from runner.containers.flatten import flatten
from runner.containers.site_settings import redact, site_files
from runner.settings import BuildSettings

LATEST = "latest"

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_STEP_DONE = re.compile(r"^ ---> ([0-9a-f]{12})$")
_STAGE_BEGINS = re.compile(r"^Step \d+/\d+ : FROM ")


def find_image(client: docker.DockerClient, reference: str) -> str | None:
    """Find the id of a local image, or None where there is none of that name."""
    with engine_errors(f"looking for image {reference}"):
        try:
            return str(client.images.get(reference).id)
        except docker.errors.ImageNotFound:
            return None


def build_once(client: docker.DockerClient, blueprint: Blueprint, settings: BuildSettings) -> str:
    """Build an image unless one of the same content is there, and return its id.

    Raises:
        BuildFailed, DiskFull, IndexUnreachable, HashMismatch: told from the build's output; nothing is tagged then.
        EngineMissing, EngineRefused
    """
    if there := find_image(client, blueprint.reference):
        return there
    image = _build(client, blueprint, settings)
    with engine_errors(f"naming {blueprint.reference}"):
        if blueprint.flat:
            image = flatten(client, image, blueprint.all_labels)
        client.api.tag(image, blueprint.repository, LATEST)
        # Commit point: the name that says "built" comes last.
        client.api.tag(image, blueprint.repository, blueprint.content[:12])
    return image


def _build(client: docker.DockerClient, blueprint: Blueprint, settings: BuildSettings) -> str:
    log = cache_dir("builds") / f"{blueprint.name.replace('/', '-')}-{blueprint.content[:12]}.log"
    context = _pack({**blueprint.files, "Dockerfile": blueprint.dockerfile, **site_files(settings, blueprint.suite)})
    output: list[str] = []
    image = ""
    began = monotonic()
    with engine_errors(f"building {blueprint.name}"), log.open("w", encoding="utf-8") as written:
        # Without the engine's layer cache: it does not know what a mirror or index holds today.
        stream = client.api.build(
            fileobj=io.BytesIO(context),
            custom_context=True,
            decode=True,
            nocache=True,
            rm=True,
            forcerm=True,
            labels=blueprint.all_labels,
            buildargs=_arguments(blueprint),
            use_config_proxy=False,
        )
        try:
            for line, built in _read(stream):
                written.write(f"{monotonic() - began:7.1f}  {line}\n")
                output.append(line)
                image = built or image
        finally:
            _remove_stages(client, output, built=bool(image))
    if not image:
        raise classify(blueprint.name, output, log)
    return image


def _arguments(blueprint: Blueprint) -> dict[str, str]:
    suite = {"SUITE": blueprint.suite} if b"ARG SUITE" in blueprint.dockerfile else {}
    return {**blueprint.parents, **suite}


def _read(stream: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """Yield what a build says line by line, with the id of the image once there is one."""
    pending = ""
    for event in stream:
        if built := str(event.get("aux", {}).get("ID", "")):
            yield f"image {built}", built
        if error := event.get("error"):
            pending += f"\n{error}\n"
        # The engine colours what goes to standard error, and cuts it anywhere.
        *whole, pending = _COLOUR.sub("", pending + str(event.get("stream", ""))).split("\n")
        yield from ((redact(line.rstrip()), "") for line in whole if line.strip())


def _remove_stages(client: docker.DockerClient, output: Sequence[str], *, built: bool) -> None:
    """Remove what a build leaves nameless: its earlier stages and, where it failed, the stage it failed in.

    They hold gigabytes, and the site's settings.
    """
    stages: list[str] = []
    last = ""
    for line in output:
        if _STAGE_BEGINS.match(line):
            stages.append(last)
        elif done := _STEP_DONE.match(line):
            last = done[1]
    if not built:
        stages.append(last)
    for stage in filter(None, stages):
        try:
            # A stage that has not begun yet is still its parent, which has a name of its own.
            if not client.images.get(stage).tags:
                client.api.remove_image(stage)
        except docker.errors.APIError:
            continue  # gone already, or in use: `images prune` takes what is left


def _pack(files: Mapping[str, bytes]) -> bytes:
    """Make a build context; times are zero, so that equal files make equal layers."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            member.mode = 0o644
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()
