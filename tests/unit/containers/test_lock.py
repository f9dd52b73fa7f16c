"""A lock's inputs: what is wanted, and the official constraints without what release.yaml overrules."""

import datetime

from runner.containers.lock import adjust, requirements
from runner.planning.catalog import Deviation, ImageDefinition
from runner.planning.release import Release

IMAGE = ImageDefinition(
    release=Release(series="2024.1", name="Caracal", date=datetime.date(2024, 4, 3), slurp=True),
    base="bookworm",
    python="3.11",
    python_why="a test",
    constraints="constraints.txt",
    projects={"placement": "11.0.1", "nova": "29.4.0"},
    also={"pymysql": "the driver"},
    deviations=(Deviation(package="Some_Thing", version="2.0", why="one"), Deviation(package="numpy", why="two")),
)
PACKAGES = {"placement": "openstack-placement", "nova": "nova"}


def test_projects_are_wanted_at_their_versions_under_their_packages_names() -> None:
    assert requirements(IMAGE, PACKAGES).splitlines() == ["openstack-placement==11.0.1", "nova==29.4.0", "pymysql"]


def test_pins_of_the_projects_themselves_are_dropped() -> None:
    assert "nova" not in adjust("nova===29.0.0\npython-novaclient===18.4.0\n", IMAGE, PACKAGES).replace("novaclient", "")


def test_a_deviation_replaces_or_drops_the_official_pin_whatever_its_spelling() -> None:
    adjusted = adjust("some-thing===1.0\nnumpy===1.26\nsix===1.16.0\n", IMAGE, PACKAGES)
    assert adjusted.splitlines() == ["six===1.16.0", "Some_Thing==2.0"]


def test_markers_of_other_pins_stay() -> None:
    line = "six===1.16.0;python_version=='3.11'"
    assert line in adjust(line, IMAGE, PACKAGES)
