"""Pulling from a real registry: the named digest, or nothing."""

from collections.abc import Iterator

import docker
import pytest

from runner.containers.client import connect
from runner.containers.registry import Digests, Pinned, pull
from runner.containers.root_filesystem import ensure_root
from runner.errors import DigestMismatch, RegistryRefused
from runner.settings import BuildSettings, EngineSettings
from tests.support.images import forget, make_image, push, registry

pytestmark = pytest.mark.engine

ABSENT = "sha256:" + "0" * 64


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    opened = connect(EngineSettings())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def address(client: docker.DockerClient) -> Iterator[str]:
    with registry(client) as running:
        yield running


def test_an_image_is_pulled_by_digest_and_found_by_its_own_name(client: docker.DockerClient, address: str) -> None:
    image = make_image(client, "1999.1")
    digest = push(client, image, f"{address}/cloud/thing-a-me/1999.1", "latest")
    forget(client, image)
    pinned = Pinned.of_release("1999.1", f"{address}/cloud", Digests(digests={"1999.1": digest}))
    try:
        assert pull(client, pinned, "1999.1") == image
        assert "thing-a-me/1999.1:latest" in client.images.get(image).tags
    finally:
        forget(client, image)


def test_a_tag_that_was_moved_to_another_image_is_refused(client: docker.DockerClient, address: str) -> None:
    repository = f"{address}/moved"
    good, other = make_image(client, "1999.1"), make_image(client, "1999.1", content="e" * 64)
    trusted = push(client, good, repository, "stable")
    push(client, other, repository, "stable")
    forget(client, good, other)
    with pytest.raises(DigestMismatch, match=trusted):
        pull(client, Pinned.parse(f"{repository}:stable@{trusted}"))
    assert not client.images.list(repository)


def test_an_image_of_another_release_is_refused_under_a_trusted_digest(client: docker.DockerClient, address: str) -> None:
    image = make_image(client, "1998.1")
    digest = push(client, image, f"{address}/thing-a-me/1999.1", "latest")
    try:
        with pytest.raises(DigestMismatch, match=r"is 1998\.1, not 1999\.1"):
            pull(client, Pinned.of_release("1999.1", address, Digests(digests={"1999.1": digest})), "1999.1")
    finally:
        forget(client, image)


def test_a_digest_that_the_registry_does_not_have_is_refused(client: docker.DockerClient, address: str) -> None:
    with pytest.raises(RegistryRefused, match=r"cannot pull .*/nothing@sha256:000"):
        pull(client, Pinned.parse(f"{address}/nothing@{ABSENT}"))


def test_a_registry_that_does_not_answer_is_named(client: docker.DockerClient) -> None:
    with pytest.raises(RegistryRefused, match=r"127\.0\.0\.1:9/nothing"):
        pull(client, Pinned.parse(f"127.0.0.1:9/nothing@{ABSENT}"))


def test_a_registry_that_wants_a_login_is_named(client: docker.DockerClient) -> None:
    with registry(client, guarded=True) as guarded, pytest.raises(RegistryRefused, match="no basic auth credentials"):
        pull(client, Pinned.parse(f"{guarded}/ours@{ABSENT}"))


def test_a_root_filesystem_is_taken_from_a_registry_that_answers(client: docker.DockerClient, address: str) -> None:
    offered = make_image(client, "debian")
    push(client, offered, f"{address}/debian", "forky-slim")
    try:
        # A mirror that does not answer proves that nothing was made from packages.
        settings = BuildSettings(registry=address, debian_mirror="http://127.0.0.1:9/debian")
        reference = ensure_root(client, "forky", settings, EngineSettings())
        assert client.images.get(reference).id == offered
    finally:
        forget(client, offered)
