"""A developer's source tree, before an engine is asked for anything."""

from pathlib import Path

import pytest

from runner.containers.blueprint import Blueprint
from runner.containers.definitions import Definition, find_images_dir, load_catalog
from runner.containers.override import _blueprint, _read
from runner.containers.sources.tree import read_tree
from runner.errors import BadDocument, MissingFile

CATALOG = load_catalog(find_images_dir())
IMAGE = "sha256:image"
PACKAGES = {"nova": "nova", "placement": "openstack-placement"}


def blueprint(definition: Definition, trees: dict[str, Path], image: str) -> Blueprint:
    return _blueprint(definition, _read(definition, trees, PACKAGES), image)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("setup.cfg", "nova/conf.py", "nova/db/alembic.ini", ".git/HEAD", ".tox/py3/x.py", "nova/__pycache__/conf.pyc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name, encoding="utf-8")
    return tmp_path


def test_what_git_tox_and_caches_leave_is_not_part_of_a_tree(tree: Path) -> None:
    assert set(read_tree("nova", tree)) == {"setup.cfg", "nova/conf.py", "nova/db/alembic.ini"}


def test_a_folder_that_nothing_can_be_built_of_is_refused(tree: Path) -> None:
    with pytest.raises(MissingFile, match="nova: there is no source tree in") as refusal:
        read_tree("nova", tree / "nova")
    assert "git clone" in refusal.value.advice
    with pytest.raises(MissingFile):
        read_tree("nova", tree / "absent")


def test_a_project_that_the_release_has_not_is_refused(tree: Path) -> None:
    with pytest.raises(BadDocument, match=r"the image of queens has no such project; it has aodh, cinder, ironic, keystone"):
        blueprint(CATALOG["queens"], {"glance": tree}, IMAGE)


def test_one_changed_byte_another_release_or_another_image_is_another_override(tree: Path) -> None:
    first = blueprint(CATALOG["2026.1"], {"nova": tree}, IMAGE).content
    assert blueprint(CATALOG["2026.1"], {"nova": tree}, IMAGE).content == first
    others = {
        blueprint(CATALOG["2025.1"], {"nova": tree}, IMAGE).content,
        blueprint(CATALOG["2026.1"], {"nova": tree}, "sha256:another").content,
        blueprint(CATALOG["2026.1"], {"keystone": tree}, IMAGE).content,
    }
    (tree / "nova/conf.py").write_text("changed", encoding="utf-8")
    others.add(blueprint(CATALOG["2026.1"], {"nova": tree}, IMAGE).content)
    assert len(others | {first}) == 5


def test_its_version_says_that_it_is_not_the_releases_own(tree: Path) -> None:
    files = blueprint(CATALOG["2026.1"], {"nova": tree}, IMAGE).files
    assert files["opt/versions/nova"].decode() == f"{CATALOG['2026.1'].image.projects['nova']}.dev999"


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("setup.cfg", "[metadata]\nname = openstack-placement\n"),
        ("pyproject.toml", '[project]\nname = "openstack_placement"\n'),
    ],
)
def test_a_tree_of_another_package_is_refused(tree: Path, file: str, text: str) -> None:
    (tree / "setup.cfg").write_text("[metadata]\n", encoding="utf-8")
    (tree / file).write_text(text, encoding="utf-8")
    with pytest.raises(BadDocument, match=r"--override nova=.*: that is the source of openstack.placement"):
        blueprint(CATALOG["2026.1"], {"nova": tree}, IMAGE)
    assert blueprint(CATALOG["2026.1"], {"placement": tree}, IMAGE).files
