"""Why masakari's chain has more commands than its command line."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.recipes import load_recipes
from tests.support.trapped import TrapServer, open_trap_server

pytestmark = [pytest.mark.engine, pytest.mark.images, pytest.mark.soak]

SEEDS = Path(__file__).parents[1] / "support" / "seeds"
PLAIN = ("masakari-manage", "--config-file", "{etc}/masakari.conf", "db", "sync")
SYNC = next(one for one in load_recipes()["masakari"].commands if one.name == "sync-of-2024.1")
BOOK = "INSERT INTO {masakari}.logbooks (created_at, meta, name, uuid) VALUES (NOW(), '{{}}', 'book', 'b')"


@pytest.fixture(scope="module")
def server() -> Iterator[TrapServer]:
    with open_trap_server() as opened:
        yield opened


def test_2024_1_takes_taskflows_version_row_for_masakaris_own_and_makes_its_tables_again(server: TrapServer) -> None:
    trapped = server.at("masakari", "2023.2", BOOK)
    plain = server.run(trapped, "2024.1", PLAIN)
    assert plain.exit_code != 0
    assert "'failover_segments' already exists" in plain.log.decode(errors="replace")

    done = server.sync(trapped, "2024.1")
    assert done.exit_code == 0, done.log.decode(errors="replace")
    schema = trapped.schemas["masakari"]
    assert server.server.scalar(f"SELECT version_num FROM {schema}.masakari_alembic_version") == "8bdf5929c5a6"
    assert server.server.scalar(f"SELECT version_num FROM {schema}.alembic_version") == "40fc8c914bd2"
    assert server.server.scalar(f"SELECT name FROM {schema}.logbooks") == "book"


def test_without_taskflows_tables_2024_1s_own_sync_does_the_same(server: TrapServer) -> None:
    gone = [f"DROP TABLE {{masakari}}.{table}" for table in ("atomdetails", "flowdetails", "logbooks", "alembic_version")]
    plain, ours = (server.at("masakari", "2023.2", *gone) for _ in range(2))
    assert server.run(plain, "2024.1", PLAIN).exit_code == 0
    assert server.run(ours, "2024.1", SYNC.argv, SYNC).exit_code == 0
    tables = [
        server.server.rows(f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{one}' ORDER BY 1")
        for one in (plain.schemas["masakari"], ours.schemas["masakari"])
    ]
    assert tables[0] == tables[1]


@pytest.mark.parametrize("to", ["2025.2", "2026.1"])
def test_notifications_of_before_get_the_segment_of_their_host_and_are_not_otherwise_touched(
    server: TrapServer, to: str
) -> None:
    seed = (SEEDS / "masakari.sql").read_text(encoding="utf-8")
    rows = seed.replace("{", "{{").replace("}", "}}").replace("INSERT INTO ", "INSERT INTO {masakari}.")
    trapped = server.at("masakari", "2025.1", *(one for one in rows.split(";\n") if one.strip()))
    for _ in range(2):
        done = server.sync(trapped, to)
        assert done.exit_code == 0, done.log.decode(errors="replace")
    asked = "COUNT(*), COUNT(updated_at), MIN(failover_segment_uuid), MAX(failover_segment_uuid)"
    segment = "5e900000-0000-4000-8000-000000000000"
    found = server.server.rows(f"SELECT {asked} FROM {trapped.schemas['masakari']}.notifications")
    assert [tuple(row) for row in found] == [(3, 0, segment, segment)]
