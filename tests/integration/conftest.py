"""What several modules here stand on."""

from collections.abc import Iterator

import docker
import pytest

from tests.support.stand_ins import Yard, build_images


@pytest.fixture(scope="session")
def stand_in_images() -> Iterator[docker.DockerClient]:
    """A client of the engine that has the images of `stand_ins`, old and new."""
    client = docker.from_env(version="1.41")
    built = build_images(client)
    next(built)
    yield client
    next(built, None)
    client.close()


@pytest.fixture
def yard(stand_in_images: docker.DockerClient) -> Iterator[Yard]:
    yard = Yard(stand_in_images)
    yield yard
    yard.clear()
