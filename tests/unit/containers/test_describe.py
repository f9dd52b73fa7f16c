"""The script that asks an image: each answer from files and modules like those of a release."""

import sys
from pathlib import Path

import pytest

from runner.containers.describe import chain, migrate_chain, names


def repository(where: Path, *scripts: str) -> Path:
    where.mkdir(parents=True)
    for script in scripts:
        (where / script).touch()
    return where


def test_a_numbered_repository_ends_at_its_highest_number(tmp_path: Path) -> None:
    versions = repository(tmp_path / "versions", "073_newton.py", "086_drop.py", "079_data.py", "__init__.py", "README")
    found = migrate_chain({"heat": str(versions)})
    assert found["heads"] == {"": "heat:86"}
    assert [(one["id"], one["down"]) for one in found["revisions"]] == [
        ("heat:73", []),
        ("heat:79", ["heat:73"]),
        ("heat:86", ["heat:79"]),
    ]


def test_several_numbered_repositories_are_branches(tmp_path: Path) -> None:
    one, other = repository(tmp_path / "one", "001_a.py"), repository(tmp_path / "other", "002_b.py")
    assert migrate_chain({"expand": str(one), "contract": str(other)})["heads"] == {
        "expand": "expand:1",
        "contract": "contract:2",
    }


def test_scripts_that_are_nowhere_end_the_description(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="there are no migration scripts"):
        chain(str(tmp_path), {"alembic": "nowhere", "migrate": {"heat": ["nowhere"]}})


def test_names_come_from_functions_or_from_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "asked_module.py").write_text(
        "def move_rows(): ...\nclass Checks:\n    of = (('Policy File', print), ('Roles', print))\nonline = (move_rows,)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    try:
        assert names(["asked_module:online"]) == ["move_rows"]
        assert names(["asked_module:Checks.of"]) == ["Policy File", "Roles"]
        assert names(["asked_module:absent", "asked_module:online"]) == ["move_rows"]
    finally:
        sys.modules.pop("asked_module")


def test_a_module_that_a_release_does_not_have_names_nothing() -> None:
    assert names(["no_such_project.cmd.status:Checks"]) == []


def test_a_module_that_cannot_be_imported_is_not_an_absent_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_module.py").write_text("import a_library_that_is_missing\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="a_library_that_is_missing"):
        names(["broken_module:online"])
