"""Locking with the real resolver and the real index, for a release small enough to wait for."""

from pathlib import Path

import pytest

from runner.containers.definitions import Definition, load_catalog
from runner.containers.lock import lock_release
from runner.errors import IndexUnreachable, LockFailed, MissingFile
from tests.support.images import SITE

RELEASE = """
release: {series: "1999.1", name: Test, date: 1999-01-01, slurp: true}
base: bookworm
python: "3.11"
python_why: a test
constraints: nowhere.txt
projects: {small: 1.17.0}
deviations:
  - {package: six, version: 1.17.0, why: the constraints are older}
"""
PACKAGES = {"small": "six"}


@pytest.fixture
def definition(tmp_path: Path) -> Definition:
    (tmp_path / "1999.1").mkdir()
    (tmp_path / "1999.1" / "release.yaml").write_text(RELEASE)
    return load_catalog(tmp_path)["1999.1"]


@pytest.fixture
def constraints(tmp_path: Path) -> str:
    (tmp_path / "upper.txt").write_text("six===1.16.0\nsmall===0.1\n")
    return str(tmp_path / "upper.txt")


def test_a_lock_names_its_command_and_does_not_change_again(definition: Definition, constraints: str) -> None:
    assert lock_release(definition, PACKAGES, SITE, constraints)
    text = definition.lock().decode()
    assert text.startswith("# thing-a-me images lock 1999.1\nsix==1.17.0 \\\n    --hash=sha256:")
    assert not lock_release(definition, PACKAGES, SITE, constraints)
    definition.lock_file.unlink()
    assert lock_release(definition, PACKAGES, SITE, constraints)
    assert definition.lock().decode() == text


def test_constraints_that_are_not_there_are_named(definition: Definition) -> None:
    with pytest.raises(MissingFile, match=r"nowhere\.txt"):
        lock_release(definition, PACKAGES, SITE, None)


def test_an_index_that_does_not_answer_is_told(definition: Definition, constraints: str) -> None:
    site = SITE._replace(build=SITE.build.model_copy(update={"index_url": "http://127.0.0.1:9/simple"}))
    with pytest.raises(IndexUnreachable, match=r"1999\.1 could not be locked"):
        lock_release(definition, PACKAGES, site, constraints)
    assert not definition.lock_file.exists()


def test_a_release_that_cannot_be_resolved_says_why(definition: Definition, constraints: str) -> None:
    image = definition.image.model_copy(update={"projects": {"small": "99.0"}, "deviations": ()})
    with pytest.raises(LockFailed, match="no version of six"):
        lock_release(Definition(image, definition.folder), PACKAGES, SITE, constraints)
