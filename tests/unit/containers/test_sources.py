"""Source trees from a real repository, a real archive and a folder, before an engine is asked for anything."""

import gzip
import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from runner.containers.blueprint import Blueprint
from runner.containers.definitions import Definition, find_images_dir, load_catalog
from runner.containers.release_image import installed_blueprint, whole_blueprint
from runner.containers.sources import decisive, fetch
from runner.containers.trees import _demand_as_named, _required
from runner.errors import BadDocument, BuildFailed, HashMismatch, IndexUnreachable, MissingFile
from runner.planning.sources import Commit, Folder, Source, Tarball
from runner.settings import BuildSettings
from tests.support.elsewhere import commit_of, repository_of, served

ORIGINAL = load_catalog(find_images_dir())["zed"]
TREE = {"setup.cfg": "[metadata]\nname = nova\n", "nova/conf.py": "one", "nova/db/alembic.ini": "two"}
CONTENT = {name: text.encode() for name, text in TREE.items()}
SETTINGS = BuildSettings()
WHO = "sources.nova"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "nova-26.3.0"
    for name, text in TREE.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def packed(file: Path, files: dict[str, str]) -> Tarball:
    with tarfile.open(file, "w:gz") as archive:
        for name, text in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return Tarball(tarball=file.name, sha256=hashlib.sha256(file.read_bytes()).hexdigest())


def fetched(source: Commit | Tarball | Folder, beside: Path) -> dict[str, bytes]:
    return fetch(WHO, source, beside, "nova", SETTINGS)


# -- a commit ---------------------------------------------------------------------------------------------------------


def test_a_commit_is_fetched_though_its_branch_has_gone_on(tree: Path, tmp_path: Path) -> None:
    first = repository_of(tree)
    assert fetched(Commit(git=f"file://{tree}", commit=first), tmp_path) == CONTENT
    assert fetched(Commit(git=str(tree), commit=first), tmp_path) == CONTENT


def test_a_commit_that_the_repository_has_not_is_told(tree: Path, tmp_path: Path) -> None:
    repository_of(tree)
    with pytest.raises(MissingFile, match=rf"{WHO}: .* has no commit {'0' * 40}") as refusal:
        fetched(Commit(git=f"file://{tree}", commit="0" * 40), tmp_path)
    assert "rev-parse" in refusal.value.advice


def test_a_repository_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(IndexUnreachable, match=f"{WHO}: cannot fetch from http") as refusal:
        fetched(Commit(git="http://me:secret@127.0.0.1:9/nova.git", commit="0" * 40), tmp_path)
    assert "secret" not in refusal.value.message


def test_a_commit_that_is_no_source_is_refused(tree: Path, tmp_path: Path) -> None:
    (tree / "setup.cfg").rename(tree / "nova" / "setup.cfg")
    with pytest.raises(MissingFile, match=f"{WHO}: there is no source tree in commit [0-9a-f]{{40}} of file:"):
        fetched(Commit(git=f"file://{tree}", commit=commit_of(tree)), tmp_path)


# -- a tarball --------------------------------------------------------------------------------------------------------


def test_a_tarball_is_taken_from_beside_the_definition_and_from_a_url(tmp_path: Path) -> None:
    source = packed(tmp_path / "nova.tar.gz", {f"nova-26.3.0/{name}": text for name, text in TREE.items()})
    assert fetched(source, tmp_path) == CONTENT
    with served(tmp_path) as address:
        assert fetched(source.model_copy(update={"tarball": f"{address}/nova.tar.gz"}), Path("/nowhere")) == CONTENT


def test_another_tarball_is_refused(tmp_path: Path) -> None:
    source = packed(tmp_path / "nova.tar.gz", {"nova/setup.cfg": ""})
    with pytest.raises(HashMismatch, match=f"{WHO}: nova.tar.gz has sha256 {source.sha256}, not {'0' * 64}"):
        fetched(source.model_copy(update={"sha256": "0" * 64}), tmp_path)


def test_a_tarball_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match=f"{WHO}: cannot read .*absent.tar: No such file"):
        fetched(Tarball(tarball="absent.tar", sha256="0" * 64), tmp_path)
    with served(tmp_path) as address, pytest.raises(IndexUnreachable, match=r"cannot fetch .*absent\.tar: "):
        fetched(Tarball(tarball=f"{address}/absent.tar", sha256="0" * 64), tmp_path)
    with pytest.raises(IndexUnreachable, match="refused"):
        fetched(Tarball(tarball="http://127.0.0.1:9/absent.tar", sha256="0" * 64), tmp_path)


@pytest.mark.parametrize(
    "files",
    [{"a/setup.cfg": "", "b/setup.cfg": ""}, {"a/../../setup.cfg": ""}, {"/a/setup.cfg": ""}, {"setup.cfg": "", "a/b": ""}],
    ids=["two folders", "out of it", "absolute", "none"],
)
def test_an_archive_of_something_else_than_one_folder_is_refused(tmp_path: Path, files: dict[str, str]) -> None:
    source = packed(tmp_path / "x.tar.gz", files)
    with pytest.raises(BadDocument, match="does not hold one folder with a source tree"):
        fetched(source, tmp_path)


def test_a_tarball_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    packed(tmp_path / "x.tar.gz", {"a/setup.cfg": "", "a/b": "x" * 100_000})
    half = gzip.compress(gzip.decompress((tmp_path / "x.tar.gz").read_bytes())[:60_000])
    (tmp_path / "x.tar.gz").write_bytes(half)
    with pytest.raises(BadDocument, match="is no whole tar archive"):
        fetched(Tarball(tarball="x.tar.gz", sha256=hashlib.sha256(half).hexdigest()), tmp_path)


def test_a_link_in_an_archive_is_read_as_what_it_leads_to(tmp_path: Path) -> None:
    packed(tmp_path / "x.tar", {"a/setup.cfg": "[metadata]\n"})
    with tarfile.open(tmp_path / "x.tar", "w") as archive:
        archive.add(_file(tmp_path / "setup.cfg", "[metadata]\n"), "a/setup.cfg")
        link = tarfile.TarInfo("a/linked.cfg")
        link.type, link.linkname = tarfile.SYMTYPE, "setup.cfg"
        archive.addfile(link)
    sha256 = hashlib.sha256((tmp_path / "x.tar").read_bytes()).hexdigest()
    assert fetched(Tarball(tarball="x.tar", sha256=sha256), tmp_path)["linked.cfg"] == b"[metadata]\n"


def _file(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


# -- a folder, and what is common -------------------------------------------------------------------------------------


def test_the_source_of_another_package_is_refused(tree: Path, tmp_path: Path) -> None:
    with pytest.raises(BadDocument, match="that is the source of nova, and the package is heat"):
        fetch(WHO, Folder(folder=tree.name), tmp_path, "openstack-heat".removeprefix("openstack-"), SETTINGS)


def whole(tmp_path: Path, source: Source) -> Blueprint:
    image = ORIGINAL.image.model_copy(update={"sources": {"nova": source}})
    (tmp_path / "requirements.txt").write_bytes(ORIGINAL.lock())
    return whole_blueprint(Definition(image, tmp_path))


def test_a_changed_folder_is_another_image(tree: Path, tmp_path: Path) -> None:
    before = whole(tmp_path, Folder(folder=tree.name)).content
    assert whole(tmp_path, Folder(folder=tree.name)).content == before
    (tree / "nova/conf.py").write_text("other", encoding="utf-8")
    changed = whole(tmp_path, Folder(folder=tree.name)).content
    (tree / "nova/conf.py").rename(tree / "nova/moved.py")
    assert len({before, changed, whole(tmp_path, Folder(folder=tree.name)).content}) == 3


def test_another_commit_or_tarball_is_another_image_and_another_place_is_not(tmp_path: Path) -> None:
    commit, tarball = Commit(git="/a", commit="0" * 40), Tarball(tarball="a", sha256="0" * 64)
    assert decisive(WHO, commit, tmp_path) == decisive(WHO, commit.model_copy(update={"git": "/b"}), tmp_path)
    assert decisive(WHO, tarball, tmp_path) == decisive(WHO, tarball.model_copy(update={"tarball": "b"}), tmp_path)
    every = (commit, tarball, Commit(git="/a", commit="1" * 40), Tarball(tarball="a", sha256="1" * 64))
    assert len({whole(tmp_path, one).content for one in every}) == 4


def test_a_tree_calls_itself_by_the_version_of_projects(tmp_path: Path) -> None:
    blueprint = whole(tmp_path, Commit(git="/a", commit="0" * 40))
    assert blueprint.files["opt/versions/nova"].decode() == ORIGINAL.image.projects["nova"]
    assert blueprint.name == "zed-trees"


def test_a_release_without_trees_is_what_is_installed() -> None:
    assert whole_blueprint(ORIGINAL) == installed_blueprint(ORIGINAL)


def test_a_folder_that_was_changed_while_it_was_read_is_not_built_under_its_old_name(tree: Path, tmp_path: Path) -> None:
    blueprint, changed = whole(tmp_path, Folder(folder=tree.name)), {**CONTENT, "nova/conf.py": b"other"}
    _demand_as_named(blueprint, {"nova": CONTENT})
    with pytest.raises(BuildFailed, match="the source tree of nova was changed while it was read"):
        _demand_as_named(blueprint, {"nova": changed})
    _demand_as_named(whole(tmp_path, Commit(git="/a", commit="0" * 40)), {"nova": changed})


def test_a_wheel_says_what_it_requires_without_what_only_its_extras_do() -> None:
    metadata = (
        "Metadata-Version: 2.1\nName: nova\nVersion: 1\n"
        "Requires-Dist: oslo.db >=4.44.0\n"
        "Requires-Dist: futures (>=3.0) ; (python_version=='2.7')\n"
        "Requires-Dist: oslo.vmware >=3.6.0 ; extra == 'vmware'\n\nOslo\nRequires-Dist: nothing\n"
    )
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("nova/__init__.py", "")
        archive.writestr("nova-1.dist-info/METADATA", metadata)
    assert _required(wheel.getvalue()) == ["oslo.db >=4.44.0", "futures (>=3.0) ; (python_version=='2.7')"]
