"""What `images/` declares is whole, and what is wrong in it is said with file and line."""

from pathlib import Path

import pytest

from runner.containers.definitions import choose, find_images_dir, load_catalog
from runner.errors import BadDocument, ImageNotDefined, MissingFile
from runner.recipes import load_calendar

CATALOG = load_catalog(find_images_dir())
PROJECTS = [
    *("keystone", "glance", "placement", "nova", "cinder", "neutron", "heat"),
    *("ironic", "barbican", "octavia", "designate", "manila", "magnum", "aodh", "masakari", "cloudkitty"),
    *("neutron-vpnaas", "neutron-dynamic-routing", "neutron-fwaas", "networking-sfc", "networking-bgpvpn"),
]
MISSING = {
    "glance": ("queens",),
    "heat": ("pike", "queens"),
    "placement": ("pike", "queens", "rocky"),
    "barbican": ("pike", "queens", "rocky"),
    "designate": ("queens",),
    "cloudkitty": ("pike", "queens", "rocky"),  # it wants SQLAlchemy below 1.1, and nothing else of its release runs on that
    "neutron-fwaas": ("victoria", "wallaby", "xena", "yoga"),
}
"""What PyPI does not have, and what was not yet a project of its own."""


def test_the_releases_of_the_chain_are_defined_oldest_first() -> None:
    assert list(CATALOG) == [release.series for release in load_calendar() if release.series in CATALOG]
    assert {"2023.1", "2024.1", "2025.1", "2026.1"} <= CATALOG.keys()


@pytest.mark.parametrize("series", CATALOG)
def test_a_release_names_every_project_that_the_index_has_of_it(series: str) -> None:
    assert list(CATALOG[series].image.projects) == [project for project in PROJECTS if series not in MISSING.get(project, ())]


@pytest.mark.parametrize("series", CATALOG)
def test_a_lock_says_how_to_make_it_again_and_pins_everything_by_hash(series: str) -> None:
    lines = CATALOG[series].lock().decode().splitlines()
    assert lines[0] == f"# thing-a-me images lock {series}"
    pins = [line for line in lines[1:] if not line.startswith("    --hash=sha256:")]
    assert all("==" in pin and pin.endswith("\\") for pin in pins)
    assert len(pins) > 150


def test_the_named_releases_are_chosen_in_the_order_of_the_calendar() -> None:
    assert [one.series for one in choose(CATALOG, ("2025.1", "2023.1"))] == ["2023.1", "2025.1"]
    assert choose(CATALOG, ()) == tuple(CATALOG.values())


def test_a_release_that_is_not_defined_is_refused_with_those_that_are() -> None:
    defined = {series: CATALOG[series] for series in ("2023.1", "2024.1")}
    with pytest.raises(ImageNotDefined, match=r"for 2024\.2; defined are 2023\.1, 2024\.1"):
        choose(defined, ("2024.2",))


def test_an_unknown_key_is_named_with_file_and_line(tmp_path: Path) -> None:
    text = (CATALOG["2024.1"].folder / "release.yaml").read_text()
    (tmp_path / "2024.1").mkdir()
    (tmp_path / "2024.1" / "release.yaml").write_text(text.replace("base: bookworm", "bass: bookworm"))
    with pytest.raises(BadDocument, match=r"release\.yaml:6: bass: unknown key"):
        load_catalog(tmp_path)


def test_a_folder_is_named_after_its_series(tmp_path: Path) -> None:
    (tmp_path / "caracal").mkdir()
    (tmp_path / "caracal" / "release.yaml").write_bytes((CATALOG["2024.1"].folder / "release.yaml").read_bytes())
    with pytest.raises(BadDocument, match="must be in a folder of that name"):
        load_catalog(tmp_path)


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFile, match="no directory"):
        find_images_dir(tmp_path / "nowhere")


def test_a_release_without_a_lock_says_how_to_make_one(tmp_path: Path) -> None:
    (tmp_path / "2024.1").mkdir()
    (tmp_path / "2024.1" / "release.yaml").write_bytes((CATALOG["2024.1"].folder / "release.yaml").read_bytes())
    with pytest.raises(MissingFile) as refusal:
        load_catalog(tmp_path)["2024.1"].lock()
    assert refusal.value.advice == "run `thing-a-me images lock 2024.1`"
