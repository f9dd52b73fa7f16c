"""Build a blueprint with the engine's classic builder, once; everything it says goes into a log file."""

import io
import re
from collections.abc import Callable, Sequence
from contextlib import closing

import docker
import docker.errors

from runner.containers.blueprint import Blueprint
from runner.containers.build_log import BuildLog
from runner.containers.client import engine_errors, room_errors
from runner.containers.flatten import flatten
from runner.containers.site_settings import site_files
from runner.containers.tarball import pack
from runner.settings import BuildSettings

LATEST = "latest"

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
    """Build an image from its Dockerfile unless one of the same content is there, and return its id.

    Raises:
        BuildFailed, DiskFull, IndexUnreachable, HashMismatch: told from the build's output; nothing is tagged then.
        EngineMissing, EngineRefused
    """

    def make() -> str:
        with closing(BuildLog(blueprint)) as log:
            image = _build(client, blueprint, settings, log)
        return flatten(client, image, blueprint.all_labels) if blueprint.flat else image

    return make_once(client, blueprint, make)


def make_once(client: docker.DockerClient, blueprint: Blueprint, make: Callable[[], str]) -> str:
    """Make an image unless one of the same content is there, give it its names, and return its id.

    Raises:
        DiskFull, EngineMissing, EngineRefused, and what `make` raises
    """
    if there := find_image(client, blueprint.reference):
        return there
    doing = f"building {blueprint.name}"
    with engine_errors(doing), room_errors(doing):
        image = make()
        client.api.tag(image, blueprint.repository, LATEST)
        # Commit point: the name that says "built" comes last.
        client.api.tag(image, blueprint.repository, blueprint.content[:12])
    return image


def _build(client: docker.DockerClient, blueprint: Blueprint, settings: BuildSettings, log: BuildLog) -> str:
    context = pack({**blueprint.files, "Dockerfile": blueprint.dockerfile, **site_files(settings, blueprint.suite)})
    image = ""
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
        for event in stream:
            # Every stage names its image, also those before the one that fails.
            image = "" if "error" in event else str(event.get("aux", {}).get("ID", image))
            log.hear(str(event.get("stream", "")))
            if error := event.get("error"):
                log.hear(f"\n{error}\n")
    finally:
        _remove_stages(client, log.lines, built=bool(image))
    if not image:
        raise log.verdict()
    return image


def _arguments(blueprint: Blueprint) -> dict[str, str]:
    suite = {"SUITE": blueprint.suite} if b"ARG SUITE" in blueprint.dockerfile else {}
    return {**blueprint.parents, **suite}


def _remove_stages(client: docker.DockerClient, output: Sequence[str], *, built: bool) -> None:
    """Remove what a build leaves nameless: its earlier stages and, where it failed, the stage it failed in.

    They hold the site's settings.
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
