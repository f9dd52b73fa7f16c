"""Putting a logical snapshot back: the cloud's schemas are dropped and loaded, others are not touched."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.errors import RestoreFailed, RightsMissing, ServerInUse
from runner.mariadb.connection import open_server
from runner.mariadb.session import open_session
from runner.planning.comparison import compare
from runner.planning.fingerprint import ServerPrint
from tests.support.prints import printed
from tests.support.production import SCHEMA, Production, open_production
from tests.support.thing import ended, started, thing, until

pytestmark = pytest.mark.engine
RESTORE = ("snapshot", "restore", "--yes")


@pytest.fixture(scope="module")
def production() -> Iterator[Production]:
    with open_production() as opened:
        server = opened.server.at(SCHEMA)
        # A dump has an event's time zone otherwise than the server.
        server.execute("DROP EVENT ticking")
        server.execute("DELETE FROM big WHERE id > 50000")
        server.execute("CREATE DATABASE other")
        server.at("other").execute("CREATE TABLE kept (id INT PRIMARY KEY)")
        yield opened


@pytest.fixture(scope="module")
def cloud(production: Production, tmp_path_factory: pytest.TempPathFactory) -> Path:
    described = production.describe(tmp_path_factory.mktemp("by-sql"), method="logical")
    done = thing(described, "snapshot", "take")
    assert done.code == 0, done.err
    return described


@pytest.fixture(scope="module")
def before(production: Production, cloud: Path) -> ServerPrint:
    return printed(production.server, SCHEMA)


def is_as_before(production: Production, cloud: Path, before: ServerPrint) -> None:
    assert compare(before, printed(production.server, SCHEMA), restarted=True).is_equal
    assert production.server.rows("SHOW TABLES FROM other") == [("kept",)]
    assert production.left(cloud.parent) == []
    assert list((cloud.parent / "snapshots").glob("*/dump")) == []


@pytest.mark.parametrize("destruction", [f"DROP DATABASE {SCHEMA}", f"DROP TABLE {SCHEMA}.big", f"DELETE FROM {SCHEMA}.small"])
def test_what_was_destroyed_is_there_again(production: Production, cloud: Path, before: ServerPrint, destruction: str) -> None:
    production.server.execute(destruction)
    done = thing(cloud, *RESTORE)
    assert done.code == 0, done.err
    assert "put back, and proven: 3/3 tables compared, 0 skipped, 0 differences" in done.out
    is_as_before(production, cloud, before)


def test_an_account_that_is_gone_is_named_and_not_brought_back(
    production: Production, cloud: Path, before: ServerPrint
) -> None:
    production.server.execute("DROP USER service@'%'")
    try:
        done = thing(cloud, *RESTORE)
    finally:
        production.server.execute("CREATE USER service@'%' IDENTIFIED BY 'secret'")
        production.server.execute(f"GRANT ALL ON {SCHEMA}.* TO service@'%'")
    done.refused(RestoreFailed, "account-missing `service`@`%`", "accounts are not loaded", "databases: changed")
    done = thing(cloud, *RESTORE)
    assert done.code == 0, done.err
    assert "accounts are not loaded" in done.err
    is_as_before(production, cloud, before)


def test_a_load_that_was_killed_is_done_again(production: Production, cloud: Path, before: ServerPrint) -> None:
    table = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = :schema"
    production.server.execute(f"DROP DATABASE {SCHEMA}")
    with started(cloud, *RESTORE) as process:
        until(lambda: production.server.scalar(table, schema=SCHEMA), "the load")
        process.kill()
        ended(process)
    done = thing(cloud, *RESTORE)
    assert done.code == 0, done.err
    is_as_before(production, cloud, before)


def test_services_that_are_connected_are_named(production: Production, cloud: Path) -> None:
    address = production.address.model_copy(update={"user": "service"})
    with open_server(address, "secret") as server, open_session(server, f"USE {SCHEMA}"):
        thing(cloud, *RESTORE).refused(ServerInUse, "service from ", f"in {SCHEMA}")


def test_an_account_that_may_not_load_drops_nothing(
    production: Production, cloud: Path, before: ServerPrint, tmp_path: Path
) -> None:
    production.server.execute("CREATE USER weak@'%' IDENTIFIED BY 'weak'")
    production.server.execute("GRANT PROCESS ON *.* TO weak@'%'")
    (tmp_path / "snapshots").symlink_to(cloud.parent / "snapshots")
    try:
        weak = production.describe(tmp_path, user="weak", password="weak", method="logical")
        thing(weak, *RESTORE).refused(RightsMissing, f"DROP on {SCHEMA}", "SET USER or SUPER on *.*")
    finally:
        production.server.execute("DROP USER weak@'%'")
    is_as_before(production, cloud, before)
