"""Whole chains on empty clouds, from every release that has an image to the newest, made and carried by real code."""

from pathlib import Path

import pytest

from runner.containers.definitions import find_images_dir, load_catalog
from runner.containers.release_image import SERVERS, USUAL
from runner.reporting.record import Report
from tests.support.matrix_record import chain_run, write_down
from tests.support.thing import without_cloud

pytestmark = [pytest.mark.engine, pytest.mark.images]

SERIES = tuple(load_catalog(find_images_dir()))
NEWEST = SERIES[-1]
EVERY = (SERIES[0], "--every-release")
WAYS = (
    EVERY,
    *((*EVERY, "--mariadb", version) for version in SERVERS if version != USUAL),
    *((start,) for start in SERIES[:-1]),
)
"""Through every release once on each MariaDB; otherwise the way that a plan takes."""


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_an_empty_cloud_is_carried_and_proved(tmp_path: Path, way: tuple[str, ...]) -> None:
    words = ("ci", "--from", way[0], "--to", NEWEST, *way[1:])
    done = without_cloud(tmp_path, *words, "--folder", str(tmp_path), "--quiet", seconds=3600)
    report = Report.model_validate_json((tmp_path / "report.json").read_bytes())
    write_down(chain_run(report, f"thing-a-me {' '.join(words)}", way[-1] if "--mariadb" in way else USUAL))
    assert done.code == 0, done.err
