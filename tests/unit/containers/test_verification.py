"""What does not hold is said, all of it."""

from pathlib import Path

import pytest

from runner.containers.definitions import find_images_dir, load_catalog
from runner.containers.verification import compilers_among, versions
from runner.planning.manifest import Manifest, ProjectManifest

DEFINITION = load_catalog(find_images_dir())["2024.1"]


def manifest(**changes: object) -> Manifest:
    projects = {
        name: ProjectManifest(package=name, version=version, commands=(), chains={})
        for name, version in DEFINITION.image.projects.items()
    }
    good = {"release": "2024.1", "python": "3.11.2", "packages": {}, "projects": projects}
    return Manifest.model_validate(good | changes)


def test_an_image_as_defined_has_no_faults() -> None:
    assert list(versions(manifest(), DEFINITION)) == []


def test_every_fault_is_named() -> None:
    faults = list(versions(manifest(release="2025.1", python="3.13.1", projects={}), DEFINITION))
    assert faults[0] == "it says that it is 2025.1, not 2024.1"
    assert faults[1] == "it runs Python 3.13.1, not 3.11"
    assert len(faults) == 2 + len(DEFINITION.image.projects)


@pytest.mark.parametrize("name", ["gcc", "x86_64-linux-gnu-gcc-12", "g++", "cc", "c++", "clang-14", "ld", "make"])
def test_compilers_are_recognised(name: str) -> None:
    assert compilers_among({f"bin/{name}": b""}) == (f"bin/{name}",)


def test_other_programs_are_not() -> None:
    assert compilers_among({f"bin/{name}": b"" for name in ("nova-manage", "ldd", "dpkg", "basename", "gpgv", "python3")}) == ()


def test_definitions_lie_in_folders_of_their_own() -> None:
    assert DEFINITION.folder == Path(find_images_dir() / "2024.1")
