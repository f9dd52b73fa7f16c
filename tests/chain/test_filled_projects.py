"""Rows of projects that the demo does not have, carried from the oldest release to the newest and read back there."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.containers.definitions import find_images_dir, load_catalog
from runner.reporting.record import Report
from tests.support.thing import without_cloud
from tests.support.trapped import TrapServer, open_trap_server

pytestmark = [pytest.mark.engine, pytest.mark.images]

SEEDS = Path(__file__).parents[1] / "support" / "seeds"
NEWEST = tuple(load_catalog(find_images_dir()))[-1]
FIRST = {"barbican": "stein"}
"""The oldest release that an image has it of, where that is not pike."""
READ = {
    "aodh": {"alarms": 2},
    "barbican": {"secrets": 1, "containers": 1, "orders": 1},
    "designate": {"zones": 1, "record sets": 1, "tsig keys": 1},
    "ironic": {"nodes": 3, "ports": 3, "port groups": 1, "volume targets": 1, "conductors": 1},
    "magnum": {"clusters": 2, "cluster templates": 2},
    "manila": {"shares": 1, "share networks": 1},
    "masakari": {"segments": 2, "hosts": 3, "notifications": 3},
    "octavia": {"load balancers": 1, "listeners": 1, "pools": 1, "members": 2},
}
"""What the seeds have of each entity that is read back."""


@pytest.fixture(scope="module")
def server() -> Iterator[TrapServer]:
    with open_trap_server() as opened:
        yield opened


@pytest.mark.parametrize("project", READ)
def test_its_rows_are_read_back_at_the_newest_release(server: TrapServer, project: str, tmp_path: Path) -> None:
    planted = (SEEDS / f"{project}.sql").read_text(encoding="utf-8").replace("{", "{{").replace("}", "}}")
    filled = server.at(project, FIRST.get(project, "pike"))
    for statement in planted.split(";\n"):
        if statement.strip():
            server.execute(filled, statement.replace("INSERT INTO ", f"INSERT INTO {filled.schemas[project]}."))
    (tmp_path / "dump.sql").write_bytes(server.dump(filled))
    words = ("ci", "--from-dump", "dump.sql", "--to", NEWEST, "--project", project, "--folder", str(tmp_path), "--quiet")
    done = without_cloud(tmp_path, *words, seconds=3000)
    assert done.code == 0, done.err
    report = Report.model_validate_json((tmp_path / "report.json").read_bytes())
    (read,) = (one for one in report.proofs if (one.proof, one.subject) == ("read-back", project))
    assert [f"{count}/{count} {entity}" in read.detail[0] for entity, count in READ[project].items()] == [True] * len(
        READ[project]
    )
