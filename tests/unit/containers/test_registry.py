"""References that can mean one image only."""

import pytest

from runner.containers.registry import Digests, Pinned
from runner.errors import BadDocument

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("reference", "repository", "tag"),
    [
        (f"registry.example/ours@{DIGEST}", "registry.example/ours", ""),
        (f"localhost:5000/ours@{DIGEST}", "localhost:5000/ours", ""),
        (f"localhost:5000/ours:2024.1@{DIGEST}", "localhost:5000/ours", "2024.1"),
    ],
)
def test_a_reference_with_a_digest_is_read(reference: str, repository: str, tag: str) -> None:
    assert Pinned.parse(reference) == Pinned(repository, tag, DIGEST)


@pytest.mark.parametrize("reference", ["ours:latest", "ours", "ours@sha256:abc", f"ours@md5:{'a' * 64}"])
def test_a_reference_without_one_is_refused(reference: str) -> None:
    with pytest.raises(BadDocument, match="names no digest"):
        Pinned.parse(reference)


def test_a_release_is_found_below_a_prefix() -> None:
    pinned = Pinned.of_release("2024.1", "registry.example/cloud/", Digests(digests={"2024.1": DIGEST}))
    assert pinned.reference == f"registry.example/cloud/thing-a-me/2024.1@{DIGEST}"


def test_a_release_that_the_digest_file_does_not_name_is_refused() -> None:
    with pytest.raises(BadDocument, match=r"names no image for 2025\.1"):
        Pinned.of_release("2025.1", "registry.example", Digests(digests={"2024.1": DIGEST}))
