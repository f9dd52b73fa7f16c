import time

import pytest

from runner.mariadb.connection import DatabaseServer
from runner.mariadb.version_rows import read_standing
from runner.planning.cloud import Database
from runner.recipes import load_recipes
from tests.conftest import MakeSchema

pytestmark = pytest.mark.engine

ALEMBIC = "CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY) CHARSET {}"
LEGACY = "CREATE TABLE migrate_version (repository_id VARCHAR(250), repository_path TEXT, version INT)"
SERVICES = "CREATE TABLE services (`binary` VARCHAR(255), version INT, deleted INT)"


def test_heads_of_two_branches_and_of_different_charsets(server: DatabaseServer, make_schema: MakeSchema) -> None:
    neutron = make_schema(ALEMBIC.format("utf8mb4"), "INSERT INTO alembic_version VALUES ('fc153938cdc1'), ('5c85685d616d')")
    glance = make_schema(ALEMBIC.format("latin1"), "INSERT INTO alembic_version VALUES ('2023_1_contract01')")
    databases = [Database("neutron", "neutron", "neutron", neutron), Database("glance", "glance", "glance", glance)]
    found = read_standing(server, databases, load_recipes())
    assert [fact.database for fact in found] == databases
    assert [fact.alembic for fact in found] == [{"fc153938cdc1", "5c85685d616d"}, {"2023_1_contract01"}]


def test_a_legacy_version_row_carries_its_repository(server: DatabaseServer, make_schema: MakeSchema) -> None:
    heat = make_schema(LEGACY, "INSERT INTO migrate_version VALUES ('heat', '/x', 86)")
    (fact,) = read_standing(server, [Database("heat", "heat", "heat", heat)], load_recipes())
    assert fact.legacy == {"heat:86"}
    assert fact.alembic == frozenset()
    assert fact.tables == {"migrate_version"}


def test_an_empty_version_table_is_not_a_missing_one(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema(ALEMBIC.format("utf8mb3"))
    (fact,) = read_standing(server, [Database("nova", "cell", "cell0", schema)], load_recipes())
    assert fact.alembic == frozenset()
    assert fact.tables == {"alembic_version"}


def test_a_schema_that_does_not_exist_is_a_fact(server: DatabaseServer) -> None:
    (fact,) = read_standing(server, [Database("heat", "heat", "heat", "nowhere")], load_recipes())
    assert not fact.exists
    assert fact.tables == frozenset()


def test_only_living_compute_services_count(server: DatabaseServer, make_schema: MakeSchema) -> None:
    rows = "INSERT INTO services VALUES ('nova-compute', 66, 0), ('nova-compute', 66, 0), ('nova-compute', 61, 7), {}"
    more = "('nova-conductor', 64, 0), ('nova-compute', 9, 0)"
    cell = make_schema(SERVICES, rows.format(more))
    (fact,) = read_standing(server, [Database("nova", "cell", "cell1", cell)], load_recipes())
    assert fact.service_versions == (9, 66)


def test_charset_and_collation_of_the_database(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema(options="CHARACTER SET latin1 COLLATE latin1_bin")
    (fact,) = read_standing(server, [Database("heat", "heat", "heat", schema)], load_recipes())
    assert (fact.charset, fact.collation) == ("latin1", "latin1_bin")


def test_a_hundred_and_twenty_databases_are_read_within_two_seconds(server: DatabaseServer, make_schema: MakeSchema) -> None:
    row = "INSERT INTO alembic_version VALUES ('960aac0e09ea')"
    cells = [make_schema(ALEMBIC.format("utf8mb3"), row) for _ in range(4)]
    databases = [Database("nova", "cell", f"cell{number}", cells[number % 4]) for number in range(120)]
    began = time.monotonic()
    found = read_standing(server, databases, load_recipes())
    assert time.monotonic() - began < 2
    assert {fact.alembic for fact in found} == {frozenset({"960aac0e09ea"})}
