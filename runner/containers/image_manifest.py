"""Read what an image says of itself; ask an image that somebody else built.

Manifests are kept on disk by image id, which is a hash of the image's content: planning starts no container, and reads
each manifest out of the engine once.
"""

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

import docker
import docker.errors
from docker.models.containers import Container
from pydantic import ValidationError

from runner.containers.asking import questions
from runner.containers.blueprint import RELEASE_LABEL
from runner.containers.build import find_image
from runner.containers.cache import cache_dir, write_whole
from runner.containers.client import engine_errors
from runner.containers.engine import LABEL
from runner.containers.inside import created, read_tree
from runner.errors import ImageMissing, ManifestMissing
from runner.planning.manifest import Manifest
from runner.planning.recipe import Recipe

PLACE = "/usr/share/thing-a-me/manifest.json"
_PATIENCE = 300
_PYTHONS = ("python", "python3")
"""What an image may call the Python that its projects lie in: a virtual environment has the first, Debian the second."""


def read_manifest(client: docker.DockerClient, reference: str) -> Manifest:
    """Read the manifest of a local image, by name or id, without starting a container.

    Raises:
        ImageMissing: there is no such image here.
        ManifestMissing: it has none, or one of another format.
    """
    image = _id_of(client, reference)
    kept = _kept(image)
    if kept.exists():
        return _parse(kept.read_bytes(), reference)
    with created(client, image) as container:
        found = read_tree(client, container, PLACE)
    if found is None:
        raise ManifestMissing(f"image {reference} does not describe itself: it has no {PLACE}")
    content = found[posixpath.basename(PLACE)]
    manifest = _parse(content, reference)
    write_whole(kept, content)
    return manifest


def describe_image(client: docker.DockerClient, reference: str, release: str, recipes: Mapping[str, Recipe]) -> Manifest:
    """Ask an image's code what it is, in a container without network, rights or a writable disk, and keep the answer.

    `release` names the series; where it is empty the image's own label counts, if it has one.

    Raises:
        ImageMissing: there is no such image here.
        ManifestMissing: the image could not answer; the message ends with its last words.
    """
    image = _id_of(client, reference)
    script = (files("runner.containers") / "describe.py").read_text(encoding="utf-8")
    with engine_errors(f"inspecting {reference}"):
        series = release or client.images.get(image).labels.get(RELEASE_LABEL, "")
    faults: list[ManifestMissing] = []
    for python in _PYTHONS:
        try:
            content = _ask(client, image, [python, "-c", script, questions(series, recipes).decode()])
        except ManifestMissing as error:
            faults.append(error)
            continue
        if content and (manifest := _parse(content, reference)).projects:
            write_whole(_kept(image), content)
            return manifest
        if content:
            none = f"image {reference} holds none of {', '.join(recipes)}"
            faults.append(ManifestMissing(none, hint="check the name of the image"))
    # The first interpreter's words: the second may be another Python's, which knows of nothing.
    raise faults[0] if faults else ManifestMissing(f"image {image} has no Python to ask")


def _ask(client: docker.DockerClient, image: str, argv: list[str]) -> bytes:
    """Return the answer; nothing where there is no such interpreter."""
    with engine_errors(f"describing {image}"), _sealed(client, image, argv) as container:
        try:
            container.start()
        except docker.errors.APIError as error:
            if "executable file not found" not in str(error.explanation):
                raise
            return b""
        code = container.wait(timeout=_PATIENCE)["StatusCode"]
        if code != 0:
            said = container.logs(stdout=True, stderr=True, tail=5).decode(errors="replace").strip()
            raise ManifestMissing(f"image {image} could not describe itself (exit code {code}):\n{said}")
        return bytes(container.logs(stdout=True, stderr=False))


@contextmanager
def _sealed(client: docker.DockerClient, image: str, argv: list[str]) -> Iterator[Container]:
    """Borrow a container that can reach nothing, change nothing and become nobody else; not started yet."""
    container = client.containers.create(
        image,
        command=argv[1:],
        entrypoint=argv[:1],
        user="42424:42424",
        network_mode="none",
        read_only=True,
        tmpfs={"/tmp": ""},  # noqa: S108  # the container's own
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        labels={LABEL: "describe"},
    )
    try:
        yield container
    finally:
        container.remove(force=True, v=True)


def _id_of(client: docker.DockerClient, reference: str) -> str:
    if image := find_image(client, reference):
        return image
    raise ImageMissing(f"there is no image {reference} here")


def _kept(image: str) -> Path:
    return cache_dir("manifests") / f"{image.removeprefix('sha256:')}.json"


def _parse(content: bytes, reference: str) -> Manifest:
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        fault = error.errors()[0]
        where = ".".join(map(str, fault["loc"]))
        raise ManifestMissing(f"the manifest of {reference} is in a format we do not know: {where}: {fault['msg']}") from error
