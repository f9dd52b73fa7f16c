"""A container that one part of a build runs in: thrown away after it, whatever came of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import docker
import docker.errors
from docker.models.containers import Container
from docker.types import Mount

from runner.containers.build_log import BuildLog
from runner.containers.engine import LABEL

STAGE = {LABEL: "stage"}


@contextmanager
def stage(
    client: docker.DockerClient, image: str, argv: list[str], user: str, mounts: Sequence[Mount] = ()
) -> Iterator[Container]:
    """A container that has not started, removed in the end.

    Mounts, not docker-py's `volumes`: those are written into the image that is committed, and every step would make one.
    """
    container = client.containers.create(
        image, argv, mounts=list(mounts), user=user, security_opt=["no-new-privileges"], labels=STAGE
    )
    try:
        yield container
    finally:
        with suppress(docker.errors.APIError):
            container.remove(force=True)


def follow(container: Container, log: BuildLog) -> None:
    """Start a stage, listen to it to its end, and raise what went wrong.

    Raises:
        BuildFailed, DiskFull, IndexUnreachable, HashMismatch
    """
    container.start()
    for piece in container.logs(stream=True, follow=True):
        log.hear(piece.decode(errors="replace"))
    if container.wait()["StatusCode"] != 0:
        raise log.verdict()
