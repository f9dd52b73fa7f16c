"""Rows that a later release's code trips on, in databases made by the release before: counted, tripped over, mended."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from _pytest.mark import ParameterSet

from runner.checks import default_collation, failed_jump, orphan_mappings, row_format, soft_deleted
from runner.checks.finding import Finding, Severity, Unanswered
from tests.support.catalog import CHAIN
from tests.support.trapped import TrapServer, open_trap_server
from tests.support.traps import TRAPS
from tests.support.traps.nova import CELL, INSTANCE, U5, U6
from tests.support.traps.trap import Trap

pytestmark = [pytest.mark.engine, pytest.mark.images]


@pytest.fixture(scope="module")
def server() -> Iterator[TrapServer]:
    with open_trap_server() as opened:
        yield opened


def mark(trap: Trap) -> ParameterSet:
    """Those of releases that nothing else of `make test` needs are tripped over by `make test-chain`."""
    elsewhere = not {trap.at, trap.to} <= set(CHAIN)
    return pytest.param(trap, id=trap.name, marks=pytest.mark.soak if elsewhere else ())


@pytest.mark.parametrize("trap", [mark(trap) for trap in TRAPS])
def test_it_is_counted_trips_the_code_and_is_mended(server: TrapServer, trap: Trap) -> None:
    trapped = server.at(trap.project, trap.at, *trap.planted)
    found = server.found(trapped, trap.to)[trap.name]
    assert isinstance(found, Finding), found
    assert found.rows == trap.rows
    if trap.kind == "online":
        done = server.sync(trapped, trap.to)
        assert done.exit_code == 0, done.log.decode(errors="replace")
    if trap.says:
        tripped = server.sync(trapped, trap.to, trap.kind)
        assert tripped.exit_code != 0
        assert trap.says in tripped.log.decode(errors="replace")

    if trap.leaves_halves:
        assert server.sync(trapped, trap.to, trap.kind).exit_code != 0, "what it left is in the way"
        trapped = server.at(trap.project, trap.at, *trap.planted)
    for statement in trap.mended:
        server.execute(trapped, statement)
    if trap.online:
        assert server.sync(trapped, trap.at, "online").exit_code == 0
    assert trap.name not in server.found(trapped, trap.to)
    if trap.says:
        done = server.sync(trapped, trap.to, trap.kind)
        assert done.exit_code == 0, done.log.decode(errors="replace")


@pytest.mark.soak
@pytest.mark.parametrize(("at", "to"), [("pike", "queens"), ("queens", "rocky")])
def test_cinders_migration_that_asks_services_is_left_out_and_the_others_are_done(server: TrapServer, at: str, to: str) -> None:
    trapped = server.at(
        "cinder",
        at,
        (
            "INSERT INTO {cinder}.services (host, `binary`, topic, report_count, disabled, deleted, rpc_current_version,"
            " object_current_version) VALUES ('h@lvm', 'cinder-volume', 'cinder-volume', 1, 0, 0, '3.16', '1.35')"
        ),
        "INSERT INTO {cinder}.volumes (id, host, size, deleted) VALUES ('a', 'h@lvm#pool', 1, 0)",
    )
    assert server.sync(trapped, to).exit_code == 0
    schema = trapped.schemas["cinder"]
    server.execute(trapped, "UPDATE {cinder}.volumes SET shared_targets = 1")
    plain = server.run(trapped, to, ("cinder-manage", "--config-file", "{etc}/cinder.conf", "db", "online_data_migrations"))
    assert plain.exit_code == (2 if to == "rocky" else 0), "what cinder's own command says, with nothing amiss"
    assert b"Error attempting to run shared_targets_online_data_migration" in plain.log
    server.execute(trapped, "UPDATE {cinder}.volumes SET service_uuid = NULL")

    done = server.sync(trapped, to, "online")

    assert done.exit_code == 0, done.log.decode(errors="replace")
    assert b"Error" not in done.log
    assert server.server.scalar(f"SELECT service_uuid FROM {schema}.volumes") is not None


def test_an_instance_on_an_empty_host_makes_online_migrations_run_for_ever(server: TrapServer) -> None:
    """One pass says that it moved it, and so does the next; without a limit nova-manage has no end."""
    trapped = server.at("nova", "2023.1", CELL, f"{INSTANCE} VALUES ('{U5}', '', 'n', NULL, NOW(), 0)")
    found = server.found(trapped, "2024.1")["nova-instances-on-empty-host"]
    assert isinstance(found, Finding)
    assert (found.severity, found.rows) == (Severity.BLOCKS, 1)
    argv = ("nova-manage", "--config-file", "{etc}/nova.conf", "db", "online_data_migrations", "--max-count", "50")
    assert [server.run(trapped, "2023.1", argv).exit_code for _ in range(3)] == [1, 1, 1]
    server.execute(trapped, "UPDATE {cell}.instances SET host = NULL WHERE host = '' AND availability_zone IS NULL")
    assert "nova-instances-on-empty-host" not in server.found(trapped, "2024.1")
    assert server.run(trapped, "2023.1", argv).exit_code == 0


@pytest.mark.soak
def test_mappings_of_instances_that_are_gone_are_counted_across_databases(server: TrapServer) -> None:
    trapped = server.at("nova", "rocky", CELL)
    mapping = (
        "INSERT INTO {api}.instance_mappings (instance_uuid, cell_id, project_id) SELECT '%s', id, 'p' FROM {api}.cell_mappings"
    )
    server.execute(trapped, mapping % U5)
    server.execute(trapped, mapping % U6)
    server.execute(trapped, f"{INSTANCE} VALUES ('{U5}', 'h', 'h', 'nova', NOW(), 7)")
    found = one(server.ask(orphan_mappings, trapped, "stein"))
    assert (found.severity, found.rows) == (Severity.WARNS, 1)
    server.execute(trapped, f"DELETE FROM {{api}}.instance_mappings WHERE instance_uuid = '{U6}'")
    assert server.ask(orphan_mappings, trapped, "stein") == ()


@pytest.mark.soak
def test_what_a_jump_over_releases_left_is_told(server: TrapServer) -> None:
    trapped = server.at("keystone", "ussuri")
    assert server.ask(failed_jump, trapped, "victoria") == ()
    jumped = server.sync(trapped, "2026.1")
    assert jumped.exit_code != 0
    assert "already exists" in jumped.log.decode(errors="replace")
    found = one(server.ask(failed_jump, trapped, "victoria"))
    assert (found.severity, found.where) == (Severity.WARNS, "keystone")
    server.server.execute(found.way_out.partition(";")[0])
    assert server.ask(failed_jump, trapped, "victoria") == ()


@pytest.mark.soak
def test_soft_deleted_rows_are_told_with_what_the_last_rehearsal_says_they_cost(server: TrapServer) -> None:
    trapped = server.at("cinder", "wallaby")
    for deleted, rows in (("1, NOW()", 15_000), ("0, NULL", 5_000)):
        server.execute(
            trapped,
            "INSERT INTO {cinder}.volumes (id, size, volume_type_id, deleted, deleted_at)"
            f" SELECT UUID(), 1, id, {deleted} FROM {{cinder}}.seq_1_to_{rows}, {{cinder}}.volume_types",
        )
    server.execute(trapped, "ANALYZE TABLE {cinder}.volumes")
    found = one(server.ask(soft_deleted, trapped, "xena"))
    assert (found.severity, found.rows, found.where) == (Severity.WARNS, 15000, "cinder.volumes")
    assert "cinder-manage db purge" in found.way_out
    assert "some 30 s of the 40 s" in str(
        one(soft_deleted.ask(replace(server.question(trapped, "xena"), altered={("cinder", "", "volumes"): 40.0}))).breaks
    )
    server.execute(trapped, "UPDATE {cinder}.volumes SET deleted = 0, deleted_at = NULL")
    assert server.ask(soft_deleted, trapped, "xena") == ()


def one(answers: tuple[Finding | Unanswered, ...]) -> Finding:
    (found,) = answers
    assert isinstance(found, Finding), found
    return found


@pytest.mark.soak
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


@pytest.mark.soak
def test_tables_in_another_collation_than_utf8s_stop_keystone(server: TrapServer) -> None:
    trapped = server.at("keystone", "stein", through="sed s/utf8mb3_general_ci/utf8mb3_unicode_ci/")
    found = one(server.ask(default_collation, trapped, "train"))
    assert (found.severity, found.where) == (Severity.BLOCKS, "keystone.role")

    tripped = server.sync(trapped, "train")
    assert tripped.exit_code != 0
    assert "Foreign key constraint is incorrectly formed" in tripped.log.decode(errors="replace")


@pytest.mark.soak
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
