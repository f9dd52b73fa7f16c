import threading
from pathlib import Path

import pytest

from runner.errors import (
    Aftermath,
    LoginRefused,
    MissingFile,
    QueryFailed,
    RightsMissing,
    SchemaMissing,
    ServerReadOnly,
    ServerUnreachable,
    ThingAMeError,
    TlsRequired,
)
from runner.mariadb.accounts import create_account, drop_account
from runner.mariadb.connection import DatabaseServer, open_server, quote
from runner.settings import Server, Tls
from tests.conftest import MakeSchema
from tests.support.mariadb import TestServer

pytestmark = pytest.mark.engine


def refusal(address: Server, password: str) -> ThingAMeError:
    with pytest.raises(ThingAMeError) as caught, open_server(address, password):
        pass
    assert password not in str(caught.value)
    return caught.value


def test_a_statement_without_parameters_is_sent_as_it_is(server: DatabaseServer) -> None:
    assert server.rows("SELECT '%d :name %(x)s', 1") == [("%d :name %(x)s", 1)]
    assert server.scalar("SELECT :word", word="a'b\\c%") == "a'b\\c%"
    assert server.scalar("SELECT 1 FROM DUAL WHERE FALSE") is None


def test_many_rows_are_inserted_in_bulk_and_committed(server: DatabaseServer, make_schema: MakeSchema) -> None:
    here = server.at(make_schema("CREATE TABLE t (a INT, b TEXT)"))
    rows = [{"a": number, "b": f"row :{number} %"} for number in range(3000)]
    assert here.execute_many("INSERT INTO t (a, b) VALUES (:a, :b)", rows) == 3000
    assert here.execute_many("INSERT INTO t (a, b) VALUES (:a, :b)", []) == 0
    assert here.rows("SELECT COUNT(*), MAX(a) FROM t") == [(3000, 2999)]
    assert here.execute("UPDATE t SET b = '' WHERE a < :limit", limit=10) == 10


def test_a_name_with_backticks_stays_one_name(server: DatabaseServer, make_schema: MakeSchema) -> None:
    awkward = "od`d;--"
    here = server.at(make_schema(f"CREATE TABLE {quote(awkward)} (a INT)"))
    assert here.rows("SHOW TABLES") == [(awkward,)]


def test_lanes_share_one_server_from_their_threads(server: DatabaseServer, make_schema: MakeSchema) -> None:
    here = server.at(make_schema("CREATE TABLE t (a INT)"))
    lanes = [
        threading.Thread(target=lambda: [here.execute("INSERT INTO t VALUES (:a)", a=number) for number in range(20)])
        for _ in range(4)
    ]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    assert here.scalar("SELECT COUNT(*) FROM t") == 80


def test_nothing_answers_at_that_port(mariadb: TestServer) -> None:
    assert isinstance(refusal(mariadb.address.model_copy(update={"port": 1}), "secret-word"), ServerUnreachable)


def test_a_host_that_does_not_exist(mariadb: TestServer) -> None:
    assert isinstance(refusal(mariadb.address.model_copy(update={"host": "nowhere.invalid"}), "secret-word"), ServerUnreachable)


@pytest.mark.parametrize("password", ["secret-word", "pässwört-€"])
def test_a_wrong_password(mariadb: TestServer, password: str) -> None:
    assert isinstance(refusal(mariadb.address, password), LoginRefused)


def test_tls_is_asked_for_where_there_is_none(mariadb: TestServer) -> None:
    error = refusal(mariadb.address.model_copy(update={"tls": Tls()}), mariadb.password)
    assert isinstance(error, TlsRequired)
    assert error.advice.startswith("server.tls is set, but the server speaks no TLS")


def test_a_schema_that_does_not_exist(server: DatabaseServer) -> None:
    with pytest.raises(SchemaMissing, match="nova_apy"):
        server.at("nova_apy").scalar("SELECT 1")


def test_a_failed_read_leaves_the_database_untouched_and_a_failed_write_unknown(server: DatabaseServer) -> None:
    with pytest.raises(QueryFailed) as read:
        server.rows("SELECT * FROM nowhere.nothing")
    assert read.value.left_behind is Aftermath.UNTOUCHED
    with pytest.raises(QueryFailed) as write:
        server.execute("DELETE FROM nowhere.nothing")
    assert write.value.left_behind is Aftermath.UNKNOWN


def test_a_statement_with_a_secret_is_not_quoted_by_its_error(server: DatabaseServer) -> None:
    with pytest.raises(QueryFailed) as caught:
        server.execute("DELETE FROM nowhere.nothing WHERE a = 'secret-word'")
    assert "secret-word" not in f"{caught.value}{caught.value.__cause__}"


def test_an_account_on_a_read_only_server(server: DatabaseServer, mariadb: TestServer, make_schema: MakeSchema) -> None:
    """Only an account without READ_ONLY ADMIN meets it, as a step's does."""
    schema = make_schema("CREATE TABLE t (a INT)")
    create_account(server, "tam_reader", "p", [schema])
    server.execute("SET GLOBAL read_only = ON")
    try:
        address = mariadb.address.model_copy(update={"user": "tam_reader"})
        with open_server(address, "p") as restricted, pytest.raises(ServerReadOnly):
            restricted.at(schema).execute("INSERT INTO t VALUES (1)")
    finally:
        server.execute("SET GLOBAL read_only = OFF")
        drop_account(server, "tam_reader")


def test_a_locked_account_is_refused(server: DatabaseServer, mariadb: TestServer) -> None:
    create_account(server, "tam_locked", "p", [])
    server.execute("ALTER USER tam_locked@'%' ACCOUNT LOCK")
    try:
        assert isinstance(refusal(mariadb.address.model_copy(update={"user": "tam_locked"}), "p" * 9), LoginRefused)
        with pytest.raises(LoginRefused), open_server(mariadb.address.model_copy(update={"user": "tam_locked"}), "p"):
            pass
    finally:
        drop_account(server, "tam_locked")


def test_an_account_without_rights(server: DatabaseServer, mariadb: TestServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE t (a INT)")
    create_account(server, "tam_nobody", "p", [])
    try:
        with open_server(mariadb.address.model_copy(update={"user": "tam_nobody"}), "p") as nobody:
            with pytest.raises(RightsMissing):
                nobody.rows(f"SELECT * FROM {quote(schema)}.t")
            with pytest.raises(RightsMissing):
                nobody.at(schema).scalar("SELECT 1")
            with pytest.raises(RightsMissing):
                create_account(nobody, "tam_child", "p", [])
    finally:
        drop_account(server, "tam_nobody")


def test_a_server_that_demands_tls_says_so_and_not_access_denied(strict: TestServer) -> None:
    error = refusal(strict.address, strict.password)
    assert isinstance(error, TlsRequired)
    assert error.advice.startswith("server.tls is not set")
    assert isinstance(refusal(strict.address, "secret-word"), LoginRefused)


def test_tls_that_holds(strict: TestServer, certificate: Path) -> None:
    tls = Tls(ca=str(certificate / "cert.pem"))
    address = strict.address.model_copy(update={"host": "localhost", "tls": tls})
    with open_server(address, strict.password) as opened:
        assert opened.rows("SHOW STATUS LIKE 'Ssl_cipher'")[0][1]


def test_tls_that_does_not_hold(strict: TestServer, certificate: Path) -> None:
    unknown = strict.address.model_copy(update={"host": "localhost", "tls": Tls()})
    wrong_name = strict.address.model_copy(update={"host": "127.0.0.1", "tls": Tls(ca=str(certificate / "cert.pem"))})
    for address in (unknown, wrong_name):
        error = refusal(address, strict.password)
        assert isinstance(error, TlsRequired)
        assert error.advice.startswith("server.tls is set, but the server's certificate does not hold")
    no_bundle = strict.address.model_copy(update={"tls": Tls(ca=str(certificate / "absent.pem"))})
    assert isinstance(refusal(no_bundle, strict.password), MissingFile)
