"""Where a project's code comes from, as release.yaml says it; and the image that it lies in."""

from pathlib import Path

import pytest
import yaml

from runner.containers.definitions import find_images_dir, load_catalog
from runner.errors import BadDocument
from runner.planning.catalog import ImageDefinition
from runner.planning.manifest import Manifest, ProjectManifest
from runner.planning.sources import Commit, DebianPackages, Folder, OwnImage, Tarball, image_for, image_key, release_of

ORIGINAL = load_catalog(find_images_dir())["zed"]
COMMIT, SHA256 = "0123456789" * 4, "ab" * 32
SOURCES = {
    "neutron": {"git": "https://git.example.org/neutron.git", "commit": COMMIT},
    "nova": {"tarball": "nova.tar.gz", "sha256": SHA256},
    "placement": {"folder": "../placement"},
    "keystone": {"debian": ["python3-keystone", "python3-pymysql=1.0.2-1"], "suite": "bookworm"},
    "cinder": {"image": f"registry.example.org:5000/kolla/cinder-api@sha256:{SHA256}"},
}


def defined(folder: Path, sources: object) -> ImageDefinition:
    document = yaml.safe_load((ORIGINAL.folder / "release.yaml").read_text(encoding="utf-8")) | {"sources": sources}
    (folder / "zed").mkdir()
    (folder / "zed" / "release.yaml").write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return load_catalog(folder)["zed"].image


def test_each_kind_is_told_by_its_own_key(tmp_path: Path) -> None:
    kinds = {name: type(one) for name, one in defined(tmp_path, SOURCES).sources.items()}
    assert kinds == {
        "neutron": Commit,
        "nova": Tarball,
        "placement": Folder,
        "keystone": DebianPackages,
        "cinder": OwnImage,
    }


def test_trees_are_laid_over_the_lock_and_the_others_stand_apart(tmp_path: Path) -> None:
    image = defined(tmp_path, SOURCES)
    assert set(image.trees) == {"neutron", "nova", "placement"}
    assert set(image.apart) == {"keystone", "cinder"}
    assert image.together.keys() == image.projects.keys() - {"keystone", "cinder"}
    assert image.from_index.keys() == image.projects.keys() - SOURCES.keys()


def test_without_sources_every_project_is_of_the_index() -> None:
    image = ORIGINAL.image
    assert image.from_index == image.together == image.projects


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ({}, "sources.nova: needs exactly one of git, tarball, folder, debian, image"),
        ({"folder": "x", "git": "/x"}, "sources.nova: needs exactly one of git, tarball, folder, debian, image"),
        ({"git": "/x"}, "sources.nova.commit: is missing"),
        ({"git": "/x", "commit": "stable/zed"}, "sources.nova.commit: should be a commit's 40 hexadecimal digits"),
        ({"git": "/x", "commit": COMMIT[:12]}, "can become another, not '012345678901'"),
        ({"git": "ext::sh -c x", "commit": COMMIT}, r"sources.nova.git: should be a URL \(https, ssh, git, file\)"),
        ({"git": "--upload-pack=x", "commit": COMMIT}, "sources.nova.git: should be a URL"),
        ({"tarball": "x", "sha256": "md5"}, "sources.nova.sha256: should be 64 hexadecimal digits"),
        ({"folder": "x", "commit": COMMIT}, "sources.nova.commit: unknown key; allowed here: folder"),
        ({"debian": []}, "sources.nova.debian: .* at least 1 item"),
        ({"debian": ["python3-nova; true"]}, "sources.nova.debian.0: should be a Debian package's name, or name=version"),
        ({"debian": ["-o=x"]}, "sources.nova.debian.0: should be a Debian package's name"),
        ({"debian": ["x2"], "suite": "sid"}, "sources.nova.suite: .* 'bookworm', 'bullseye' or 'trixie'"),
        ({"image": "kolla/nova-api:zed"}, "sources.nova.image: should be REPOSITORY@sha256:.*a tag can be moved"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_line(tmp_path: Path, source: object, said: str) -> None:
    with pytest.raises(BadDocument, match=rf"release\.yaml:\d+: .*{said}") as refusal:
        defined(tmp_path, {"nova": source})
    line = int(refusal.value.message.partition("release.yaml:")[2].partition(":")[0])
    text = (tmp_path / "zed" / "release.yaml").read_text(encoding="utf-8").splitlines()
    assert line > text.index("sources:")


def test_a_password_in_a_url_is_not_shown(tmp_path: Path) -> None:
    with pytest.raises(BadDocument) as refusal:
        defined(tmp_path, {"nova": {"git": "ftp://me:secret@example.org/nova", "commit": COMMIT}})
    assert "secret" not in refusal.value.message


def test_a_source_of_a_project_without_a_version_is_refused(tmp_path: Path) -> None:
    said = r"release\.yaml:\d+: sources\.trove: `projects` names no version of trove"
    with pytest.raises(BadDocument, match=said):
        defined(tmp_path, {"trove": {"folder": "x"}})


def test_the_id_of_an_image_that_is_here_names_it_too(tmp_path: Path) -> None:
    assert defined(tmp_path, {"nova": {"image": f"sha256:{SHA256}"}}).apart


def test_a_project_apart_has_an_image_of_its_own_and_the_others_the_releases() -> None:
    images = {"zed": "sha256:release", image_key("zed", "keystone"): "sha256:debians"}
    assert [image_for(images, project, "zed") for project in ("keystone", "nova")] == ["sha256:debians", "sha256:release"]
    assert {release_of(key) for key in images} == {"zed"}


def test_of_its_project_an_image_apart_has_the_last_word() -> None:
    def said(**versions: str) -> Manifest:
        projects = {name: ProjectManifest(package=name, version=one, commands=(), chains={}) for name, one in versions.items()}
        return Manifest(release="zed", python="3", packages=versions, projects=projects)

    # The release's own has a keystone too: some library asked for it.
    joined = said(keystone="1", nova="1").joined_by(said(keystone="2"))
    assert {name: one.version for name, one in joined.projects.items()} == {"keystone": "2", "nova": "1"}
    assert joined.packages == {"keystone": "1", "nova": "1"}
