"""Checks of the server itself."""

import threading
import time
from collections.abc import Iterator

import pymysql  # type: ignore[import-untyped]
import pytest

from runner.checks import free_space, long_transactions, rights, server_version, writable
from runner.checks.finding import Severity
from runner.errors import RightsMissing
from runner.mariadb.accounts import create_account, drop_account
from runner.mariadb.connection import DatabaseServer, open_server
from runner.planning.cloud import Database
from tests.conftest import MakeSchema
from tests.support.mariadb import TestServer
from tests.support.questions import ask_about, on_version

pytestmark = pytest.mark.engine


def test_this_server_is_one_the_releases_run_on(server: DatabaseServer, mariadb: TestServer) -> None:
    assert server_version.ask(ask_about(server, mariadb.address)) == ()


@pytest.mark.parametrize(
    ("version", "numbers", "severity"),
    [
        ("8.0.36", (8, 0, 36), Severity.BLOCKS),
        ("10.1.48-MariaDB", (10, 1, 48), Severity.BLOCKS),
        ("11.8.2-MariaDB", (11, 8, 2), Severity.WARNS),
    ],
)
def test_servers_that_they_do_not(
    server: DatabaseServer, mariadb: TestServer, version: str, numbers: tuple[int, int, int], severity: Severity
) -> None:
    question = on_version(ask_about(server, mariadb.address), version, numbers, utf8mb3="utf8mb3_uca1400_ai_ci")
    (finding,) = server_version.ask(question)
    assert finding.severity is severity
    assert version in finding.says


def test_a_new_server_told_to_keep_the_old_collation(server: DatabaseServer, mariadb: TestServer) -> None:
    question = on_version(ask_about(server, mariadb.address), "11.8.2-MariaDB", (11, 8, 2), utf8mb3="utf8mb3_general_ci")
    assert server_version.ask(question) == ()


@pytest.fixture
def disks(server: DatabaseServer) -> Iterator[None]:
    """The DISKS plugin, which a server has only when somebody installs it."""
    server.execute("INSTALL SONAME 'disks'")
    yield
    server.execute("UNINSTALL SONAME 'disks'")


def test_free_space_that_cannot_be_known_is_a_note(
    server: DatabaseServer, mariadb: TestServer, make_schema: MakeSchema
) -> None:
    schema = make_schema("CREATE TABLE t (a INT)")
    (finding,) = free_space.ask(ask_about(server, mariadb.address, Database("heat", "heat", "heat", schema)))
    assert finding.severity is Severity.NOTES
    assert "cannot be read" in finding.says


@pytest.mark.usefixtures("disks")
def test_free_space_that_is_known(
    server: DatabaseServer, mariadb: TestServer, make_schema: MakeSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = make_schema("CREATE TABLE t (a INT)")
    question = ask_about(server, mariadb.address, Database("heat", "heat", "heat", schema))
    assert free_space.ask(question) == ()
    monkeypatch.setattr(free_space, "SPARE", 2**60)
    (finding,) = free_space.ask(question)
    assert finding.severity is Severity.BLOCKS
    assert f"rebuild {schema}.t" in finding.says


def test_a_transaction_somebody_holds_open(
    server: DatabaseServer, mariadb: TestServer, make_schema: MakeSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_transactions, "OLD_SECONDS", 1)
    here = server.at(make_schema("CREATE TABLE t (a INT)"))
    holding = "BEGIN NOT ATOMIC START TRANSACTION; INSERT INTO t VALUES (1); SELECT SLEEP(4); ROLLBACK; END"
    question = ask_about(server, mariadb.address)
    assert long_transactions.ask(question) == ()
    holder = threading.Thread(target=here.execute, args=(holding,))
    holder.start()
    # The transaction is old enough after 1 s and gone after 4 s.
    time.sleep(2.5)
    found = long_transactions.ask(question)
    holder.join()
    assert [(finding.severity, finding.rows) for finding in found] == [(Severity.WARNS, 1)]
    assert f"in {here.schema}" in found[0].where
    assert long_transactions.ask(question) == ()


def test_a_prepared_transaction_that_outlived_its_session(
    server: DatabaseServer, mariadb: TestServer, make_schema: MakeSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(long_transactions, "OLD_SECONDS", 0)
    here = server.at(make_schema("CREATE TABLE t (a INT)"))
    address = mariadb.address
    session = pymysql.connect(
        host=address.host, port=address.port, user="root", password=mariadb.password, database=here.schema
    )
    with session, session.cursor() as cursor:
        for statement in ("XA START 'x'", "INSERT INTO t VALUES (1)", "XA END 'x'", "XA PREPARE 'x'"):
            cursor.execute(statement)
    # The server answers from a cache when it was asked less than a tenth of a second ago (trx0i_s.cc), by the test before.
    time.sleep(0.2)
    try:
        (finding,) = long_transactions.ask(ask_about(server, mariadb.address))
        assert "prepared (XA)" in finding.says
    finally:
        server.execute("XA ROLLBACK 'x'")


def test_sessions_are_hidden_from_an_account_without_process(server: DatabaseServer, mariadb: TestServer) -> None:
    create_account(server, "blind", "p", [])
    try:
        with open_server(mariadb.address.model_copy(update={"user": "blind"}), "p") as blind:
            question = ask_about(blind, mariadb.address)
            with pytest.raises(RightsMissing):
                long_transactions.ask(question)
            accounts, lease = rights.ask(question)
            assert {accounts.severity, lease.severity} == {Severity.BLOCKS}
            assert "may not create" in accounts.says
            assert lease.way_out == r"GRANT SELECT, INSERT, UPDATE, CREATE ON `thing\_a\_me`.* TO `blind`@`%`;"
    finally:
        drop_account(server, "blind")


def test_an_account_that_cannot_pass_its_rights_on(
    server: DatabaseServer, mariadb: TestServer, make_schema: MakeSchema
) -> None:
    schema = make_schema()
    database = Database("heat", "heat", "heat", schema)
    assert rights.ask(ask_about(server, mariadb.address, database)) == ()
    create_account(server, "keeper", "p", [schema])
    server.execute("GRANT CREATE USER ON *.* TO keeper@'%'")
    try:
        with open_server(mariadb.address.model_copy(update={"user": "keeper"}), "p") as keeper:
            (finding, _lease) = rights.ask(ask_about(keeper, mariadb.address, database))
            assert finding.says == (
                f"may not pass on ALTER, ALTER ROUTINE, CREATE, CREATE ROUTINE, CREATE TEMPORARY TABLES and 13 more on {schema}"
            )
    finally:
        drop_account(server, "keeper")


def test_a_read_only_server(server: DatabaseServer, mariadb: TestServer) -> None:
    assert writable.ask(ask_about(server, mariadb.address)) == ()
    server.execute("SET GLOBAL read_only = ON")
    try:
        (finding,) = writable.ask(ask_about(server, mariadb.address))
    finally:
        server.execute("SET GLOBAL read_only = OFF")
    assert finding.severity is Severity.BLOCKS
