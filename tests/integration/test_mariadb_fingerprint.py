"""What a fingerprint sees, on a real server: every type of column, every kind of key, and what it cannot read."""

import tracemalloc
from collections.abc import Iterator

import pytest

from runner.errors import LoginRefused, QueryFailed, ServerUnreachable
from runner.mariadb import ranges
from runner.mariadb.accounts import create_account
from runner.mariadb.connection import DatabaseServer, open_server, quote
from runner.mariadb.fingerprint import read_print
from runner.mariadb.point import open_point
from runner.mariadb.table_prints import Progress
from runner.planning.comparison import compare
from runner.planning.fingerprint import TablePrint
from tests.conftest import MakeSchema
from tests.support.mariadb import TestServer
from tests.support.prints import named, printed

pytestmark = pytest.mark.engine

TYPES = {
    "TINYINT UNSIGNED": ("0", "255"),
    "SMALLINT ZEROFILL": ("1", "2"),
    "MEDIUMINT": ("-8388608", "8388607"),
    "INT": ("-1", "1"),
    "BIGINT UNSIGNED": ("18446744073709551615", "18446744073709551614"),
    "DECIMAL(65,30)": ("0.000000000000000000000000000001", "0.000000000000000000000000000002"),
    "FLOAT": ("16777215", "16777216"),
    "FLOAT(12,2)": ("16777215", "16777216"),
    "DOUBLE": ("0.1e0 + 0.2e0", "0.3e0"),
    "DOUBLE(20,2)": ("90071992547409.91", "90071992547409.92"),
    "BIT(64)": ("b'1'", "18446744073709551615"),
    "BOOLEAN": ("TRUE", "FALSE"),
    "YEAR": ("1901", "2155"),
    "DATE": ("'0000-00-00'", "'9999-12-31'"),
    "TIME(6)": ("'-838:59:59.999998'", "'-838:59:59.999999'"),
    "DATETIME(6)": ("'2020-01-01 00:00:00.000001'", "'2020-01-01 00:00:00.000002'"),
    "TIMESTAMP(3)": ("'2020-01-01 00:00:00.001'", "'2020-01-01 00:00:00.002'"),
    "CHAR(10)": ("'a'", "'A'"),
    "CHAR(10) CHARACTER SET latin1": ("'é'", "'è'"),
    "VARCHAR(100)": ("'a '", "'a'"),
    "VARCHAR(100) CHARACTER SET utf16": ("''", "' '"),
    "VARCHAR(100) CHARACTER SET utf8mb4": ("'😀'", "'😁'"),
    "BINARY(3)": ("X'00'", "X'000001'"),
    "VARBINARY(10)": ("X'00'", "X'0000'"),
    "TINYTEXT": ("'x'", "'X'"),
    "TEXT COMPRESSED": ("REPEAT('x', 1000)", "REPEAT('x', 1001)"),
    "MEDIUMTEXT": ("REPEAT('x', 100000)", "CONCAT(REPEAT('x', 99999), 'y')"),
    "LONGTEXT": ("'a,b'", "'a'',''b'"),
    "TINYBLOB": ("''", "X'00'"),
    "BLOB COMPRESSED": ("X'00'", "X'01'"),
    "MEDIUMBLOB": ("X'00'", "X'01'"),
    "LONGBLOB": ("'\\\\'", "'\\''"),
    "ENUM('', 'a', 'N')": ("''", "'N'"),
    "SET('a', 'b', 'c')": ("'a,b'", "''"),
    "JSON": ("'{\"a\": 1}'", "'{\"a\":1}'"),
    "UUID": ("'00000000-0000-0000-0000-000000000001'", "'00000000-0000-0000-0000-000000000002'"),
    "INET4": ("'10.0.0.1'", "'10.0.0.2'"),
    "INET6": ("'::1'", "'::2'"),
    "GEOMETRY": ("POINT(1, 2)", "ST_GeomFromText('POINT(1 2)', 4326)"),
    "POINT": ("POINT(1, 2)", "POINT(2, 1)"),
    "POLYGON": ("ST_GeomFromText('POLYGON((0 0,0 1,1 1,0 0))')", "ST_GeomFromText('POLYGON((0 0,0 1,1 2,0 0))')"),
    "INT INVISIBLE": ("1", "2"),
    "VECTOR(2)": ("VEC_FromText('[1,2]')", "VEC_FromText('[1,2.0000002]')"),
}
"""Every type -> two values that a careless reader takes for the same, or almost."""

SINCE = {"VECTOR(2)": (11, 7)}


def only(server: DatabaseServer, schema: str) -> TablePrint:
    fingerprint = printed(server, schema)
    assert not fingerprint.unread
    ((table,),) = (database.tables for database in fingerprint.databases)
    return table


def version(server: DatabaseServer) -> tuple[int, ...]:
    return tuple(int(part) for part in str(server.scalar("SELECT VERSION()")).split(".")[:2])


@pytest.mark.parametrize("kind", TYPES)
def test_a_value_of_any_type_counts(server: DatabaseServer, make_schema: MakeSchema, kind: str) -> None:
    if version(server) < SINCE.get(kind, (0, 0)):
        pytest.skip(f"this server has no {kind}")
    schema = make_schema("CREATE TABLE t (id INT PRIMARY KEY)", f"ALTER TABLE t ADD v {kind} NULL")
    at = server.at(schema)
    checksums = []
    for value in (*TYPES[kind], "NULL"):
        at.execute(f"REPLACE INTO t (id, v) VALUES (1, {value})")
        checksums.append(only(server, schema).checksum)
    assert len(set(checksums)) == 3


def test_values_that_are_too_big_for_a_packet_count(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE t (id INT PRIMARY KEY, v LONGBLOB, d LONGTEXT)")
    server.at(schema).execute("INSERT INTO t SELECT 1, REPEAT('x', 3000000), REPEAT('é', 1000000)")
    packet = server.scalar("SELECT @@max_allowed_packet")
    server.execute("SET GLOBAL max_allowed_packet = 1048576")
    try:
        before = only(server, schema).checksum
        for change in ("v = REPLACE(v, 'x', 'y')", "d = NULL"):
            server.execute(f"SET GLOBAL max_allowed_packet = {packet}")
            server.at(schema).execute(f"UPDATE t SET {change}")
            server.execute("SET GLOBAL max_allowed_packet = 1048576")
            assert only(server, schema).checksum != before
            before = only(server, schema).checksum
    finally:
        server.execute(f"SET GLOBAL max_allowed_packet = {packet}")


def test_a_row_that_has_no_checksum_is_told(server: DatabaseServer, make_schema: MakeSchema) -> None:
    """Thirty long numbers make more text than a packet takes, if the server's packets are as small as can be."""
    columns = [f"c{number} DECIMAL(65) DEFAULT -1" for number in range(30)]
    schema = make_schema(f"CREATE TABLE t ({', '.join(columns)})", "INSERT INTO t () VALUES (), ()")
    server.at(schema).execute(f"UPDATE t SET {', '.join(f'c{number} = -1e64' for number in range(30))}")
    packet = server.scalar("SELECT @@max_allowed_packet")
    server.execute("SET GLOBAL max_allowed_packet = 1024")
    try:
        (unread,) = printed(server, schema).unread
    finally:
        server.execute(f"SET GLOBAL max_allowed_packet = {packet}")
    assert (unread.kind, unread.name) == ("table", "t")
    assert "rows without a checksum" in unread.reason


def test_generated_columns(server: DatabaseServer, make_schema: MakeSchema) -> None:
    """A stored one holds a value; a virtual one does not, and may be another at each look."""
    schema = make_schema("CREATE TABLE t (id INT PRIMARY KEY, v DOUBLE AS (RAND()) VIRTUAL, s INT AS (id + 1) STORED)")
    server.at(schema).execute("INSERT INTO t (id) VALUES (1), (2)")
    assert only(server, schema) == only(server, schema)
    other = make_schema("CREATE TABLE t (id INT PRIMARY KEY, v DOUBLE AS (RAND()) VIRTUAL, s INT AS (id + 2) STORED)")
    server.at(other).execute("INSERT INTO t (id) VALUES (1), (2)")
    assert only(server, schema).checksum != only(server, other).checksum


PERIOD = "TIMESTAMP(6) GENERATED ALWAYS AS ROW"


@pytest.mark.parametrize("period", ["", f", a {PERIOD} START, b {PERIOD} END, PERIOD FOR SYSTEM_TIME (a, b)"])
def test_history_rows_count(server: DatabaseServer, make_schema: MakeSchema, period: str) -> None:
    schema = make_schema(f"CREATE TABLE t (id INT PRIMARY KEY, v INT {period}) WITH SYSTEM VERSIONING")
    server.at(schema).execute("INSERT INTO t (id, v) VALUES (1, 1)")
    server.at(schema).execute("UPDATE t SET v = 2")
    with_history = only(server, schema)
    server.at(schema).execute("DELETE HISTORY FROM t")
    assert with_history.rows == 2
    assert only(server, schema).rows == 1


KEYS = {
    "INT": "CAST(seq AS SIGNED) - 500",
    "BIGINT UNSIGNED": "18446744073709551615 - seq",
    "DECIMAL(30,10)": "seq / 7 - 50",
    "YEAR": "1901 + seq % 250",
    "DATE": "'1000-01-01' + INTERVAL seq DAY",
    "TIME(6)": "SEC_TO_TIME(seq - 500.000001)",
    "DATETIME(6)": "'2020-01-01' + INTERVAL seq MICROSECOND",
    "TIMESTAMP(6)": "'2020-01-01' + INTERVAL seq MICROSECOND",
    "VARCHAR(50) CHARACTER SET utf8mb4": "CONCAT('😀', CHAR(39, 92, 58), seq)",
    "VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci": "CONCAT(CHAR(97 + seq % 26), 'é', seq)",
    "VARCHAR(50) CHARACTER SET latin1 COLLATE latin1_swedish_ci": "CONCAT('é', seq, ' ')",
    "CHAR(36) CHARACTER SET utf16": "MD5(seq)",
    "VARBINARY(40)": "UNHEX(MD5(seq))",
    "BINARY(20)": "UNHEX(MD5(seq))",
    "UUID": "INSERT(INSERT(INSERT(INSERT(MD5(seq), 9, 0, '-'), 14, 0, '-'), 19, 0, '-'), 24, 0, '-')",
    "INET6": "CONCAT('fe80::', HEX(seq))",
    "INET4": "CONCAT('10.0.', seq DIV 250, '.', seq % 250)",
}


@pytest.fixture
def small_ranges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Some twenty rows to a range."""
    monkeypatch.setattr(ranges, "RANGE_BYTES", 2000)


def parts_and_print(server: DatabaseServer, schema: str) -> tuple[int, TablePrint]:
    told: list[Progress] = []
    with open_point(server, [schema], connections=3) as point:
        point.hold()
        fingerprint = read_print(point, [schema], told.append)
    assert not fingerprint.unread
    assert told[-1].tables_done == told[-1].tables == 1
    assert told[-1].bytes_done == told[-1].bytes
    assert [progress.bytes_done for progress in told] == sorted(progress.bytes_done for progress in told)
    return len(told), fingerprint.databases[0].tables[0]


@pytest.mark.parametrize("kind", KEYS)
def test_ranges_of_any_key_hold_every_row_once(
    server: DatabaseServer, make_schema: MakeSchema, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    schema = make_schema(f"CREATE TABLE t (k {kind}, v INT, PRIMARY KEY (k))")
    server.at(schema).execute(f"INSERT IGNORE INTO t SELECT {KEYS[kind]}, seq FROM seq_1_to_1000")
    server.at(schema).execute("ANALYZE TABLE t")
    whole = only(server, schema)
    assert whole.rows >= 250
    monkeypatch.setattr(ranges, "RANGE_BYTES", 2000)
    asked, in_ranges = parts_and_print(server, schema)
    assert in_ranges == whole
    # Each range is looked for and read.
    assert asked > 8


def test_ranges_of_a_key_of_several_columns(
    server: DatabaseServer, make_schema: MakeSchema, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = make_schema("CREATE TABLE t (a VARCHAR(9), b DATE, c INT, v INT, PRIMARY KEY (a, b, c), KEY other (v))")
    server.at(schema).execute(
        "INSERT INTO t SELECT CONCAT('k', seq % 3), '2020-01-01' + INTERVAL seq % 7 DAY, seq, 0 FROM seq_1_to_1000"
    )
    server.at(schema).execute("ANALYZE TABLE t")
    whole = only(server, schema)
    monkeypatch.setattr(ranges, "RANGE_BYTES", 2000)
    asked, in_ranges = parts_and_print(server, schema)
    assert in_ranges == whole
    assert asked > 40


@pytest.mark.parametrize(
    "key", ["", ", PRIMARY KEY (name(2))", ", PRIMARY KEY (f)", ", PRIMARY KEY (id DESC)", ", UNIQUE KEY (id)"]
)
def test_a_table_without_a_key_for_ranges_is_read_whole(
    server: DatabaseServer, make_schema: MakeSchema, small_ranges: None, key: str
) -> None:
    schema = make_schema(f"CREATE TABLE t (id INT, f FLOAT, name VARCHAR(50){key})")
    server.at(schema).execute(
        "INSERT INTO t SELECT seq, seq, CONCAT(CHAR(97 + seq DIV 20, 97 + seq % 20), seq) FROM seq_1_to_300"
    )
    server.at(schema).execute("ANALYZE TABLE t")
    asked, table = parts_and_print(server, schema)
    assert asked == 1
    assert table.rows == 300


def test_the_order_of_rows_and_the_number_of_connections_do_not_count(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE t (a INT, b VARCHAR(32))", "CREATE TABLE u LIKE t", "CREATE VIEW w AS SELECT * FROM t")
    server.at(schema).execute("INSERT INTO t SELECT seq, MD5(seq) FROM seq_1_to_500 ORDER BY MD5(seq)")
    server.at(schema).execute("INSERT INTO u SELECT seq, MD5(seq) FROM seq_1_to_500")
    one, many = printed(server, schema, connections=1), printed(server, schema, connections=4)
    assert one == many
    first, second = one.databases[0].tables
    assert (first.rows, first.checksum) == (second.rows, second.checksum)


def test_a_table_that_cannot_be_read_is_named_and_the_rest_is_read(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE sound (id INT)", "CREATE TABLE broken (id INT PRIMARY KEY)")
    before = printed(server, schema)
    server.at(schema).execute("ALTER TABLE broken DISCARD TABLESPACE")
    after = printed(server, schema)
    assert [(one.kind, one.name) for one in after.unread] == [("table", "broken")]
    assert "(1814)" in after.unread[0].reason
    outcome = compare(before, after)
    assert str(outcome) == "1/2 tables compared, 1 skipped, 0 differences"
    assert not outcome.is_equal
    server.at(schema).execute("DROP TABLE broken")


def test_a_schema_that_is_not_there(server: DatabaseServer) -> None:
    (unread,) = printed(server, "nowhere").unread
    assert (unread.kind, unread.schema_name, unread.reason) == ("schema", "nowhere", "there is no such schema")


def test_a_table_altered_since_the_point_is_named(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE t (id INT PRIMARY KEY)", "CREATE TABLE u (id INT PRIMARY KEY)")
    with open_point(server, [schema], connections=2) as point:
        point.hold()
        server.at(schema).execute("ALTER TABLE t ADD v INT, ALGORITHM=COPY")
        fingerprint = read_print(point, [schema])
    assert [one.name for one in fingerprint.unread] == ["t"]
    assert [table.name for table in fingerprint.databases[0].tables] == ["u"]


def test_a_table_that_was_read_can_be_altered_while_the_point_is_held(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE t (id INT PRIMARY KEY)", "INSERT INTO t VALUES (1)")
    with open_point(server, [schema], connections=2) as point:
        point.hold()
        before = read_print(point, [schema])
        server.at(schema).execute("INSERT INTO t VALUES (2)")
        # The point is still the same one.
        assert read_print(point, [schema]) == before
        server.at(schema).execute("SET STATEMENT lock_wait_timeout = 1 FOR ALTER TABLE t ADD v INT")


@pytest.fixture
def poor(mariadb: TestServer, server: DatabaseServer, make_schema: MakeSchema) -> Iterator[tuple[DatabaseServer, str]]:
    """An account that reads one table of a schema, and executes its procedure."""
    schema = make_schema("CREATE TABLE t (id INT)", "CREATE PROCEDURE p() SELECT 1", "CREATE VIEW v AS SELECT 1 AS a")
    create_account(server, "print_poor", "secret", [])
    server.execute(f"GRANT SELECT ON {quote(schema)}.* TO print_poor@'%'")
    server.execute(f"GRANT EXECUTE ON PROCEDURE {quote(schema)}.p TO print_poor@'%'")
    with open_server(mariadb.address.model_copy(update={"user": "print_poor"}), "secret") as opened:
        yield opened, schema
    server.execute("DROP USER print_poor@'%'")


def test_what_our_account_may_not_see_is_named(poor: tuple[DatabaseServer, str]) -> None:
    server, schema = poor
    fingerprint = printed(server, schema)
    assert {(one.kind, one.name) for one in fingerprint.unread} == {("accounts", ""), ("program", "p"), ("program", "v")}
    assert named(compare(fingerprint, fingerprint)) == {("unread", ""), ("unread", "p"), ("unread", "v")}


def test_a_lost_connection_is_not_a_table_that_cannot_be_read(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE t (id INT PRIMARY KEY)")
    with open_point(server, [schema], connections=1) as point:
        point.hold()
        server.execute(f"KILL CONNECTION {point.sessions[0].number}")
        with pytest.raises((QueryFailed, ServerUnreachable, LoginRefused)):
            read_print(point, [schema])


def test_a_lost_transaction_is_not_read_on_without(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE t (id INT PRIMARY KEY)")
    with open_point(server, [schema], connections=1) as point:
        point.hold()
        point.sessions[0].execute("ROLLBACK")
        with pytest.raises(QueryFailed, match="SAVEPOINT"):
            read_print(point, [schema])


def test_an_interrupt_ends_statements_that_wait(server: DatabaseServer, make_schema: MakeSchema) -> None:
    """Without it this test would wait for a lock for a day."""
    schema = make_schema("CREATE TABLE free (id INT PRIMARY KEY)", "CREATE TABLE locked (id INT PRIMARY KEY)")

    def interrupted(progress: Progress) -> None:
        raise KeyboardInterrupt

    with open_point(server, [schema], connections=2) as point, server.engine.connect() as other:
        other.exec_driver_sql(f"LOCK TABLES {quote(schema)}.locked WRITE")
        for session in point.sessions:
            session.execute("SET SESSION lock_wait_timeout = 86400")
        point.hold()
        with pytest.raises(KeyboardInterrupt):
            read_print(point, [schema], interrupted)


def test_no_row_comes_to_us(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE t (id INT PRIMARY KEY, v MEDIUMTEXT)")
    server.at(schema).execute("INSERT INTO t SELECT seq, REPEAT(MD5(seq), 1000) FROM seq_1_to_2000")
    server.at(schema).execute("ANALYZE TABLE t")
    tracemalloc.start()
    try:
        table = only(server, schema)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert table.rows == 2000
    assert peak < 8_000_000


def test_accounts_without_their_secrets(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE t (id INT)")
    create_account(server, "print_service", "secret", [schema])
    create_account(server, "tam_print_step", "secret", [schema])
    try:
        fingerprint = printed(server, schema)
        told = fingerprint.model_dump_json()
        (hashed,) = server.rows("SELECT authentication_string FROM mysql.user WHERE user = 'print_service'")
        found = {account.name: account for account in fingerprint.accounts}
        service = found["`print_service`@`%`"]
        assert service.reach == "schemas"
        assert len(service.secrets) == 1
        assert any("ALTER" in grant and "(not shown)" not in grant for grant in service.grants)
        assert hashed[0] not in told
        assert "tam_print_step" not in told
        assert found["`root`@`%`"].reach == "server"
    finally:
        for name in ("print_service", "tam_print_step"):
            server.execute(f"DROP USER {name}@'%'")


def test_a_copy_may_be_called_something_else(server: DatabaseServer, make_schema: MakeSchema) -> None:
    """What a program says of its own schema is the schema's name nowhere."""
    statements = (
        "CREATE TABLE t (id INT)",
        "CREATE VIEW v AS SELECT id FROM t",
        "CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET NEW.id = 1",
        "CREATE TRIGGER second BEFORE INSERT ON t FOR EACH ROW FOLLOWS tr SET NEW.id = 2",
        "CREATE FUNCTION f() RETURNS INT RETURN 1",
        "CREATE PROCEDURE p() SELECT 1",
        "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2030-01-01' DO DELETE FROM t",
    )
    one, two = (printed(server, make_schema(*statements)).databases[0] for _ in range(2))
    assert (one.defaults, one.tables, one.programs) == (two.defaults, two.tables, two.programs)
    assert [program.kind for program in one.programs] == ["event", "function", "procedure", "trigger", "trigger", "view"]
