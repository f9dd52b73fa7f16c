"""The distribution: what is in the wheel, and that it works where nothing else of ours is."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import uv

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    command = [uv.find_uv_bin(), "build", "--quiet", "--wheel", "--out-dir", str(out), str(ROOT)]
    subprocess.run(command, check=True, timeout=300)
    (built,) = out.glob("*.whl")
    return built


def tracked(*folders: str) -> set[str]:
    listed = subprocess.run(["git", "ls-files", *folders], check=True, capture_output=True, text=True, cwd=ROOT).stdout
    return {line for line in listed.splitlines() if (ROOT / line).exists()}


def test_the_wheel_holds_the_package_the_catalog_and_the_dockerfiles_and_nothing_else(wheel: Path) -> None:
    expected = tracked("runner") | {f"runner/{name}" for name in tracked("images", "Dockerfiles")}

    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}

    assert names == expected


def test_it_is_called_thing_a_me(wheel: Path) -> None:
    assert wheel.name.startswith("thing_a_me-")
    with zipfile.ZipFile(wheel) as archive:
        (entry,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
        assert "thing-a-me = runner.cli:main" in archive.read(entry).decode()


def test_installed_into_an_empty_environment_it_knows_its_releases(wheel: Path, tmp_path: Path) -> None:
    environment, empty = tmp_path / "venv", tmp_path / "empty"
    empty.mkdir()
    subprocess.run([uv.find_uv_bin(), "venv", "--quiet", "--python", sys.executable, str(environment)], check=True)
    python = str(environment / "bin" / "python")
    subprocess.run([uv.find_uv_bin(), "pip", "install", "--quiet", "--python", python, str(wheel)], check=True, timeout=300)

    shown = subprocess.run(
        [str(environment / "bin" / "thing-a-me"), "images", "list"],
        cwd=empty,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    ).stdout

    for series in ("2023.1", "2024.1", "2025.1", "2026.1"):
        assert series in shown
    assert "nova 33.0.2" in shown
