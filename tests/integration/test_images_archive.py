"""Images in a file: what comes out is what went in, or nothing comes out."""

import io
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest

from runner.containers.archive import load, save
from runner.containers.client import connect
from runner.containers.image_manifest import read_manifest
from runner.errors import DigestMismatch, ManifestMissing, MissingFile
from runner.events import silent
from runner.settings import EngineSettings
from tests.support.images import forget, make_image

pytestmark = pytest.mark.engine

Edit = Callable[[str, bytes], bytes | None]


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    opened = connect(EngineSettings())
    yield opened
    opened.close()


@pytest.fixture
def image(client: docker.DockerClient) -> Iterator[str]:
    made = make_image(client, "1999.1")
    yield made
    forget(client, made)


def rewrite(file: Path, edit: Edit) -> None:
    """Copy a tar, each member through `edit`; None leaves it out."""
    with tarfile.open(file) as old:
        members = {member.name: opened.read() for member in old.getmembers() if (opened := old.extractfile(member))}
    with tarfile.open(file, "w") as new:
        for name, content in members.items():
            if (edited := edit(name, content)) is not None:
                member = tarfile.TarInfo(name)
                member.size = len(edited)
                new.addfile(member, io.BytesIO(edited))


def test_saved_images_load_elsewhere_under_their_own_names(client: docker.DockerClient, image: str, tmp_path: Path) -> None:
    file = tmp_path / "images.tar"
    digest = save(client, file, {"1999.1": image}, silent)
    assert len(digest) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["images.tar"]
    forget(client, image)
    assert load(client, file, silent) == {"1999.1": image}
    assert "thing-a-me/1999.1:latest" in client.images.get(image).tags
    assert read_manifest(client, "thing-a-me/1999.1:latest").release == "1999.1"


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (lambda _, content: content.replace(b"3.11.2", b"3.11.3"), "is listed"),
        (lambda name, content: None if name.endswith("1999.1.tar") else content, "missing or not listed"),
        (lambda name, content: content.replace(b'"1999.1"', b'"1999.2"') if name == "images.json" else content, "not listed"),
    ],
    ids=["a changed byte", "a missing release", "a renamed release"],
)
def test_a_file_that_was_tampered_with_loads_nothing(
    client: docker.DockerClient, image: str, tmp_path: Path, edit: Edit, says: str
) -> None:
    file = tmp_path / "images.tar"
    save(client, file, {"1999.1": image}, silent)
    forget(client, image)
    rewrite(file, edit)
    with pytest.raises(DigestMismatch, match=says):
        load(client, file, silent)
    assert image not in {one.id for one in client.images.list(all=True)}


def test_another_file_is_refused(client: docker.DockerClient, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no tar at all")
    with pytest.raises(MissingFile, match="is not a file that `images save` wrote"):
        load(client, tmp_path / "notes.txt", silent)


@pytest.mark.parametrize("manifest", [b"{}", b"not json", b'{"format": 2}'])
def test_a_manifest_in_an_unknown_format_is_refused(client: docker.DockerClient, manifest: bytes) -> None:
    made = make_image(client, "1999.1", manifest=manifest)
    try:
        with pytest.raises(ManifestMissing, match="format we do not know"):
            read_manifest(client, made)
    finally:
        forget(client, made)
