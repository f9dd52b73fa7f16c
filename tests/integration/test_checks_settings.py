"""Settings of the server that make a migration fail: each is set, what it breaks fails, and the check finds it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from secrets import token_hex

import pymysql  # type: ignore[import-untyped]
import pytest

from runner.checks import server_settings
from runner.checks.finding import Severity
from runner.errors import QueryFailed
from runner.mariadb.accounts import create_account, drop_account
from runner.mariadb.connection import DatabaseServer, open_server
from runner.planning.cloud import Database
from runner.planning.path import Hop
from tests.support.mariadb import TestServer, start_server
from tests.support.questions import ask_about

pytestmark = pytest.mark.engine


@dataclass(frozen=True)
class Case:
    """A value of a variable, and what a step then cannot do: statements of which the last one ends with error `number`."""

    variable: str
    value: str
    severity: Severity
    statements: tuple[str, ...] = ()
    number: int = 0


PARENT = "CREATE TABLE p (id VARCHAR(36) PRIMARY KEY) CHARSET=utf8mb3"
CASES = (
    Case("alter_algorithm", "'INSTANT'", Severity.BLOCKS, ("CREATE TABLE t (a INT)", "ALTER TABLE t ADD KEY (a)"), 1846),
    Case("alter_algorithm", "'COPY'", Severity.WARNS),
    Case(
        "innodb_default_row_format",
        "'compact'",
        Severity.BLOCKS,
        ("CREATE TABLE t (g VARCHAR(256) CHARACTER SET utf8mb3 PRIMARY KEY)",),
        1709,
    ),
    Case(
        "old_mode",
        "''",
        Severity.BLOCKS,
        (PARENT, "CREATE TABLE c (id VARCHAR(36), FOREIGN KEY (id) REFERENCES p (id)) CHARSET=utf8"),
        1005,
    ),
    Case(
        "max_statement_time",
        "0.2",
        Severity.BLOCKS,
        ("CREATE TABLE t (a INT)", "INSERT INTO t SELECT SLEEP(0.01) FROM seq_1_to_1000"),
        1969,
    ),
    Case("init_connect", "'SELECT 1 FROM mysql.global_priv'", Severity.BLOCKS, ("SELECT 1",), 1184),
    Case(
        "enforce_storage_engine",
        "'Aria'",
        Severity.BLOCKS,
        ("SET SESSION sql_mode = 'TRADITIONAL,NO_ENGINE_SUBSTITUTION'", "CREATE TABLE t (a INT) ENGINE=InnoDB"),
        1290,
    ),
    Case("tx_read_only", "ON", Severity.BLOCKS),
    Case("sql_mode", "'ONLY_FULL_GROUP_BY'", Severity.WARNS),
    Case("lc_messages", "'de_DE'", Severity.WARNS, (PARENT, "INSERT INTO p VALUES ('a')", "INSERT INTO p VALUES ('a')"), 1062),
    Case("default_storage_engine", "'Aria'", Severity.BLOCKS),
    Case("sql_select_limit", "1", Severity.BLOCKS),
    Case("foreign_key_checks", "OFF", Severity.BLOCKS),
    Case("wsrep_max_ws_rows", "100", Severity.WARNS),
)


@pytest.fixture(scope="module")
def running() -> Iterator[TestServer]:
    """A server of our own: another test's session would notice. Started with a limit: without, it cannot be set."""
    with start_server("--max-user-connections=100") as running:
        yield running


@pytest.fixture(scope="module")
def server(running: TestServer) -> Iterator[DatabaseServer]:
    with open_server(running.address, running.password) as opened:
        yield opened


@pytest.fixture
def schema(server: DatabaseServer) -> Iterator[str]:
    name = f"s_{token_hex(3)}"
    server.execute(f"CREATE DATABASE {name}")
    server.execute(f"CREATE TABLE {name}.old (name VARCHAR(9)) CHARSET=utf8mb3")
    yield name
    server.execute(f"DROP DATABASE {name}")


TO_USSURI = (Hop("train", "ussuri"),)


def found(
    server: DatabaseServer, running: TestServer, schema: str = "mysql", hops: tuple[Hop, ...] = TO_USSURI
) -> list[tuple[Severity, str]]:
    """Ask of a neutron in this schema."""
    neutron = Database("neutron", "neutron", "neutron", schema)
    findings = server_settings.ask(ask_about(server, running.address, neutron, hops=hops))
    return [(one.severity, one.says.partition(" ")[0]) for one in findings]


def as_a_step(server: DatabaseServer, running: TestServer, schema: str, statements: tuple[str, ...]) -> int:
    """Run statements as a step's account does; returns the number of the error."""
    create_account(server, "step", "secret", (schema,))
    address = running.address
    try:
        connection = pymysql.connect(host=address.host, port=address.port, user="step", password="secret", database=schema)
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
    except pymysql.MySQLError as error:
        return int(error.args[0])
    finally:
        drop_account(server, "step")
    return 0


def test_a_server_as_debian_has_it(server: DatabaseServer, running: TestServer) -> None:
    assert found(server, running) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.variable}={case.value}")
def test_it_breaks_what_it_says_and_is_found(server: DatabaseServer, running: TestServer, schema: str, case: Case) -> None:
    before = server.scalar(f"SELECT @@GLOBAL.{case.variable}")
    before = float(before) if isinstance(before, Decimal) else before
    server.execute(f"SET GLOBAL {case.variable} = {case.value}")
    try:
        assert found(server, running, schema) == [(case.severity, case.variable)]
        if case.statements:
            assert as_a_step(server, running, schema, case.statements) == case.number
    finally:
        server.execute(f"SET GLOBAL {case.variable} = {'NULL' if before is None else repr(before)}")
    assert found(server, running) == []


def test_what_no_hop_minds_does_not_block(server: DatabaseServer, running: TestServer, schema: str) -> None:
    """Long keys come with neutron's ussuri; and where all tables are utf8mb4, new ones may be."""
    server.execute(f"ALTER TABLE {schema}.old CONVERT TO CHARACTER SET utf8mb4")
    mode = server.scalar("SELECT @@GLOBAL.old_mode")
    server.execute("SET GLOBAL innodb_default_row_format = 'compact', old_mode = ''")
    try:
        assert found(server, running, schema, (Hop("yoga", "zed"),)) == [(Severity.WARNS, "innodb_default_row_format")]
    finally:
        server.execute(f"SET GLOBAL innodb_default_row_format = 'dynamic', old_mode = '{mode}'")


@pytest.mark.parametrize(
    ("statement", "severity"),
    [
        ("SET NAMES utf8 COLLATE utf8_unicode_ci", None),
        ('SET NAMES "utf8mb4"; SET SESSION wait_timeout = 600', None),
        ("SET  NAMES latin1", Severity.BLOCKS),
        ("SET CHARACTER SET latin1", Severity.BLOCKS),
        ("SET wait_timeout = 600; INSERT INTO log VALUES (1)", Severity.BLOCKS),
    ],
)
def test_what_sessions_begin_with(
    server: DatabaseServer, running: TestServer, statement: str, severity: Severity | None
) -> None:
    server.execute("SET GLOBAL init_connect = :statement", statement=statement)
    try:
        assert found(server, running) == ([(severity, "init_connect")] if severity else [])
    finally:
        server.execute("SET GLOBAL init_connect = ''")


def test_few_connections_of_one_account(server: DatabaseServer, running: TestServer) -> None:
    server.execute("SET GLOBAL max_user_connections = 5")
    try:
        assert found(server, running) == [(Severity.BLOCKS, "max_user_connections")]
    finally:
        server.execute("SET GLOBAL max_user_connections = 100")


def test_passwords_that_are_judged_refuse_the_steps_accounts(server: DatabaseServer, running: TestServer) -> None:
    server.execute("INSTALL SONAME 'simple_password_check'")
    try:
        assert found(server, running) == [(Severity.BLOCKS, "strict_password_validation")]
        with pytest.raises(QueryFailed, match="1290"):
            create_account(server, "step", "secret", ("mysql",))
        server.execute("SET GLOBAL strict_password_validation = OFF")
        assert found(server, running) == []
        create_account(server, "step", "secret", ("mysql",))
        drop_account(server, "step")
    finally:
        server.execute("SET GLOBAL strict_password_validation = ON")
        server.execute("UNINSTALL SONAME 'simple_password_check'")


def test_where_all_transactions_only_read_no_account_can_be_made(server: DatabaseServer) -> None:
    server.execute("SET GLOBAL tx_read_only = ON")
    try:
        with pytest.raises(QueryFailed, match="1792"):
            create_account(server, "step", "secret", ("mysql",))
    finally:
        server.execute("SET GLOBAL tx_read_only = OFF")


def test_our_own_reads_are_whole_whatever_the_server_limits(server: DatabaseServer) -> None:
    server.execute("SET GLOBAL sql_select_limit = 1")
    try:
        assert len(server.rows("SELECT seq FROM mysql.seq_1_to_5")) == 5
    finally:
        server.execute("SET GLOBAL sql_select_limit = 18446744073709551615")
