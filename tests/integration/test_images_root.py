"""The root filesystem where no registry answers: made here, or refused with what is missing."""

import os
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from runner.containers import root_filesystem
from runner.containers.build import find_image
from runner.containers.client import connect
from runner.errors import HostNotReady, IndexUnreachable
from runner.settings import EngineSettings
from tests.support.images import SITE

pytestmark = pytest.mark.engine

# A suite that no release runs on, so that the real root filesystems are not touched.
SUITE = "forky"


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    opened = connect(EngineSettings())
    assert find_image(opened, root_filesystem.root_reference(SUITE)) is None
    yield opened
    opened.close()


def test_a_machine_without_mmdebstrap_is_told_what_to_install(
    client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(HostNotReady) as refusal:
        root_filesystem.ensure_root(client, SUITE, SITE.build.model_copy(update={"registry": ""}), SITE.engine)
    assert "apt-get install mmdebstrap" in refusal.value.advice


@pytest.mark.skipif(os.geteuid() != 0, reason="mmdebstrap without user namespaces needs root")
@pytest.mark.parametrize("registry", ["", "127.0.0.1:9"], ids=["never asked", "does not answer"])
def test_a_mirror_that_does_not_answer_is_told(client: docker.DockerClient, registry: str) -> None:
    settings = SITE.build.model_copy(update={"registry": registry, "debian_mirror": "http://127.0.0.1:9/debian"})
    with pytest.raises(IndexUnreachable, match="root filesystem forky"):
        root_filesystem.ensure_root(client, SUITE, settings, SITE.engine)
    assert find_image(client, root_filesystem.root_reference(SUITE)) is None
