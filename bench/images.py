"""Four images from nothing: root filesystem, base, builder and releases, with no layer of ours left to reuse."""

import contextlib
import time

import docker.errors

from bench.figure import Figure
from runner.containers.client import Client, connect
from runner.containers.engine import LABEL
from runner.demo.night import STOPS
from runner.events import silent
from runner.flows.images import build, open_workshop


def measure() -> list[Figure]:
    """Remove every image of ours and build the four again."""
    workshop = open_workshop(None, silent)
    client = connect(workshop.site.engine)
    for _ in range(2):
        # Twice: an image that others are built on can only go when they are gone.
        for image in client.images.list(filters={"label": LABEL}):
            for tag in image.tags or [image.id]:
                _remove(client, tag)
    began = time.monotonic()
    build(workshop, STOPS, 2)
    return [Figure("four images from nothing", time.monotonic() - began, "s", bound=300)]


def _remove(client: Client, tag: str) -> None:
    with contextlib.suppress(docker.errors.APIError):
        client.images.remove(tag, force=True)
