"""Look into an image without starting a container."""

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager

import docker
import docker.errors

from runner.containers.client import engine_errors
from runner.containers.engine import LABEL
from runner.errors import ImageMissing


@contextmanager
def created(client: docker.DockerClient, image: str) -> Iterator[str]:
    """Borrow a container that is never started.

    Raises:
        ImageMissing: there is no such image here.
    """
    with engine_errors(f"looking into {image}"):
        try:
            container = client.api.create_container(image, command=["true"], labels={LABEL: "look"})["Id"]
        except docker.errors.ImageNotFound as error:
            raise ImageMissing(f"there is no image {image} here") from error
    try:
        yield str(container)
    finally:
        with engine_errors(f"removing container {container}"):
            client.api.remove_container(container, force=True, v=True)


def read_tree(client: docker.DockerClient, container: str, path: str) -> dict[str, bytes] | None:
    """Read the regular files at or below a path, by name; links have no content. None: nothing is there."""
    with engine_errors(f"reading {path}"):
        try:
            chunks, _ = client.api.get_archive(container, path)
        except docker.errors.NotFound:
            return None
        data = io.BytesIO(b"".join(chunks))
    with tarfile.open(fileobj=data) as archive:
        return {
            member.name: found.read() if (found := archive.extractfile(member) if member.isreg() else None) else b""
            for member in archive.getmembers()
        }
