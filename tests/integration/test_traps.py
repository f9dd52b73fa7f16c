"""Rows that a later release's code trips on, in databases made by the release before: counted, tripped over, mended."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from runner.checks import default_collation, row_format
from runner.checks.finding import Finding, Severity, Unanswered
from tests.support.trapped import TrapServer, open_trap_server

pytestmark = [pytest.mark.engine, pytest.mark.images]


@pytest.fixture(scope="module")
def server() -> Iterator[TrapServer]:
    with open_trap_server() as opened:
        yield opened


@dataclass(frozen=True)
class Trap:
    """Rows `planted` at release `at`, `rows` of which blocker `name` counts; `to`'s sync ends with the words it `says`.

    `mended` by SQL, or by the commands of a release.
    """

    name: str
    project: str
    at: str
    to: str
    planted: tuple[str, ...]
    rows: int
    says: str
    mended: tuple[str, ...] = ()
    online: bool = False


SERVICE = "INSERT INTO {cell}.services (host, `binary`, topic, report_count, version, disabled, forced_down, deleted)"
TRAPS = (
    Trap(
        "nova-service-uuids",
        "nova",
        "stein",
        "train",
        (f"{SERVICE} VALUES ('a', 'nova-compute', 'compute', 1, 37, 0, 0, 0), ('b', 'x', 'y', 1, 37, 0, 0, 2)",),
        1,
        "There are still 1 unmigrated records in the services table.",
        online=True,
    ),
    Trap(
        "cinder-untyped",
        "cinder",
        "train",
        "ussuri",
        (
            "INSERT INTO {cinder}.volumes (id, deleted, size) VALUES ('a', 0, 1), ('b', 1, 1)",
            "INSERT INTO {cinder}.snapshots (id, deleted, volume_size, volume_id) VALUES ('c', 1, 1, 'a')",
        ),
        3,
        "Migration cannot continue until all volumes have been migrated to the `__DEFAULT__` volume type.",
        online=True,
    ),
)


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_it_is_counted_trips_the_sync_and_is_mended(server: TrapServer, trap: Trap) -> None:
    trapped = server.at(trap.project, trap.at, *trap.planted)
    found = server.found(trapped, trap.to)[trap.name]
    assert isinstance(found, Finding), found
    assert found.rows == trap.rows

    tripped = server.sync(trapped, trap.to)
    assert tripped.exit_code != 0
    assert trap.says in tripped.log.decode(errors="replace")

    for statement in trap.mended:
        server.server.execute(statement.format(**trapped.schemas))
    if trap.online:
        assert server.sync(trapped, trap.at, "online").exit_code == 0
    assert trap.name not in server.found(trapped, trap.to)
    done = server.sync(trapped, trap.to)
    assert done.exit_code == 0, done.log.decode(errors="replace")


def one(answers: tuple[Finding | Unanswered, ...]) -> Finding:
    (found,) = answers
    assert isinstance(found, Finding), found
    return found


def test_a_database_whose_default_is_not_its_tables_collation_stops_neutron(server: TrapServer) -> None:
    trapped = server.at("neutron", "queens", "ALTER DATABASE {neutron} CHARACTER SET utf8mb4")
    found = one(server.ask(default_collation, trapped, "rocky"))
    assert (found.severity, found.where) == (Severity.BLOCKS, "neutron.ports")

    tripped = server.sync(trapped, "rocky")
    assert tripped.exit_code != 0
    assert "Foreign key constraint is incorrectly formed" in tripped.log.decode(errors="replace")

    server.server.execute(found.way_out.partition(": ")[0])
    assert server.ask(default_collation, trapped, "rocky") == ()
    done = server.sync(trapped, "rocky")
    assert done.exit_code == 0, done.log.decode(errors="replace")


def test_tables_in_another_collation_than_utf8s_stop_keystone(server: TrapServer) -> None:
    trapped = server.at("keystone", "stein", through="sed s/utf8mb3_general_ci/utf8mb3_unicode_ci/")
    found = one(server.ask(default_collation, trapped, "train"))
    assert (found.severity, found.where) == (Severity.BLOCKS, "keystone.role")

    tripped = server.sync(trapped, "train")
    assert tripped.exit_code != 0
    assert "Foreign key constraint is incorrectly formed" in tripped.log.decode(errors="replace")


def test_wide_tables_of_an_old_server_take_no_new_column(server: TrapServer) -> None:
    """As a server up to 10.1 made them: Compact without saying so, and wider than is allowed since."""
    rebuild = "ALTER TABLE {cinder}.%s FORCE, ALGORITHM=COPY"
    trapped = server.at(
        "cinder",
        "wallaby",
        "SET GLOBAL innodb_default_row_format = 'compact'",
        f"BEGIN NOT ATOMIC SET SESSION innodb_strict_mode = OFF; {rebuild % 'volumes'}; {rebuild % 'backups'}; END",
        "SET GLOBAL innodb_default_row_format = 'dynamic'",
    )
    blocks, warns = server.ask(row_format, trapped, "xena")
    assert isinstance(blocks, Finding)
    assert isinstance(warns, Finding)
    assert (blocks.severity, blocks.says.rpartition(": ")[2]) == (Severity.BLOCKS, "volumes")
    assert (warns.severity, warns.says.rpartition(": ")[2]) == (Severity.WARNS, "backups")

    tripped = server.sync(trapped, "xena")
    assert tripped.exit_code != 0
    assert "Row size too large" in tripped.log.decode(errors="replace")

    server.server.execute(blocks.way_out.partition(" rebuilds")[0])
    assert one(server.ask(row_format, trapped, "xena")).severity is Severity.WARNS
    done = server.sync(trapped, "xena")
    assert done.exit_code == 0, done.log.decode(errors="replace")
