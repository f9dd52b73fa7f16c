"""Images from nothing: root filesystem, base, builder and releases, with no layer of ours left to reuse."""

import contextlib
import time
from contextlib import closing

import docker.errors

from bench.figure import Figure
from runner.containers.client import Client, connect
from runner.containers.engine import LABEL
from runner.containers.foundation import builder_blueprint, builder_of
from runner.demo.night import STOPS
from runner.events import silent
from runner.flows.images import Workshop, build, open_workshop


def measure() -> list[Figure]:
    """Remove every image of ours and build the demo's four again."""
    return [Figure("four images from nothing", _from_nothing(open_workshop(None, silent), STOPS), "s", bound=300)]


def measure_releases() -> list[Figure]:
    """Remove every image of ours, build all releases again, and see what they take on the disk."""
    workshop = open_workshop(None, silent)
    minutes = _from_nothing(workshop, tuple(workshop.catalog)) / 60
    with closing(connect(workshop.site.engine)) as client:
        layers, builders = _layers(client, workshop)
    every = f"all {len(workshop.catalog)} images"
    return [
        Figure(f"{every} from nothing", minutes, "min", bound=40),
        Figure(f"{every}, on the disk", (layers - builders) / 1e9, "GB", bound=9),
        Figure("what only their builders are, on the disk", builders / 1e9, "GB"),
    ]


def _from_nothing(workshop: Workshop, series: tuple[str, ...]) -> float:
    """Remove every image of ours and build these again; returns seconds."""
    with closing(connect(workshop.site.engine)) as client:
        for _ in range(2):
            # Twice: an image that others are built on can only go when they are gone.
            for image in client.images.list(filters={"label": LABEL}):
                for tag in image.tags or [image.id]:
                    _remove(client, tag)
    began = time.monotonic()
    build(workshop, series, 2)
    return time.monotonic() - began


def _layers(client: Client, workshop: Workshop) -> tuple[int, int]:
    """Bytes of all layers that the engine has, each once, and of those that builders lie on their parents."""
    images = [definition.image for definition in workshop.catalog.values()]
    builders = [builder_of(image) for image in images] + [builder_blueprint(image.base) for image in images]
    own = {
        one.reference: _size(client, one.reference) - sum(_size(client, of) for of in one.parents.values()) for one in builders
    }
    return int(client.df()["LayersSize"]), sum(own.values())


def _size(client: Client, reference: str) -> int:
    return int(client.images.get(reference).attrs["Size"])


def _remove(client: Client, tag: str) -> None:
    with contextlib.suppress(docker.errors.APIError):
        client.images.remove(tag, force=True)
