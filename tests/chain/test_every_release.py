"""Every release that is defined: its image is built, is as defined, and says of itself what the recipes know."""

import os
from collections.abc import Iterator
from contextlib import closing

import docker
import pytest

from runner.containers.client import connect
from runner.containers.definitions import find_images_dir, load_catalog
from runner.containers.image_manifest import read_manifest
from runner.containers.verification import verify_image
from runner.events import silent
from runner.flows.images import build, open_workshop
from runner.recipes import load_recipes
from runner.settings import EngineSettings
from tests.support.catalog import differing_heads

pytestmark = [pytest.mark.engine, pytest.mark.images]

CATALOG = load_catalog(find_images_dir())
UNSETTLED = {"pike": {"glance"}}
"""Glance's `db sync` of pike ends at pike01, its expand and contract at pike_contract01; its image names both at once."""


@pytest.fixture(scope="module")
def images() -> dict[str, str]:
    """The ids of all images, by series."""
    return build(open_workshop(None, silent), (), os.cpu_count() or 1)


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    with closing(connect(EngineSettings())) as opened:
        yield opened


@pytest.mark.parametrize("series", CATALOG)
def test_its_image_is_as_defined(client: docker.DockerClient, images: dict[str, str], series: str) -> None:
    assert verify_image(client, images[series], CATALOG[series], load_recipes()) == ()


@pytest.mark.parametrize("series", CATALOG)
def test_its_image_says_what_the_recipes_know(client: docker.DockerClient, images: dict[str, str], series: str) -> None:
    manifest = read_manifest(client, images[series])
    assert set(manifest.projects) == set(CATALOG[series].image.projects)
    assert differing_heads(manifest, load_recipes()).keys() == UNSETTLED.get(series, set())
