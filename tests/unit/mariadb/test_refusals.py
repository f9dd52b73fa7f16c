import ssl

import pymysql  # type: ignore[import-untyped]
import pytest

from runner.errors import (
    Aftermath,
    LoginRefused,
    QueryFailed,
    RightsMissing,
    SchemaMissing,
    ServerReadOnly,
    ServerUnreachable,
    ThingAMeError,
    TlsRequired,
)
from runner.mariadb.connection import quote
from runner.mariadb.refusals import explain


@pytest.mark.parametrize(
    ("code", "words", "connecting", "meaning"),
    [
        (2003, "Can't connect", True, ServerUnreachable),
        (2013, "Lost connection", True, ServerUnreachable),
        (2013, "Lost connection", False, QueryFailed),
        (1040, "Too many connections", True, ServerUnreachable),
        (1045, "Access denied for user", True, LoginRefused),
        (4151, "this account is locked", True, LoginRefused),
        (2026, "SSL is required but the server doesn't support it", True, TlsRequired),
        (3159, "Connections using insecure transport are prohibited", True, TlsRequired),
        (1290, "running with the --read-only option", False, ServerReadOnly),
        (1290, "running with the --skip-grant-tables option", False, QueryFailed),
        (1227, "you need the CREATE USER privilege", False, RightsMissing),
        (1142, "SELECT command denied", False, RightsMissing),
        (1049, "Unknown database", False, SchemaMissing),
        (1064, "You have an error in your SQL syntax", False, QueryFailed),
    ],
)
def test_each_number_has_its_meaning(code: int, words: str, connecting: bool, meaning: type[ThingAMeError]) -> None:
    error = explain(pymysql.err.OperationalError(code, words), "root@db:3306", connecting=connecting)
    assert type(error) is meaning
    assert str(error) == f"root@db:3306: {words} ({code})"


def test_a_certificate_that_does_not_hold_is_not_an_unreachable_server() -> None:
    error = pymysql.err.OperationalError(2003, "Can't connect")
    error.original_exception = ssl.SSLCertVerificationError("self-signed certificate")
    assert isinstance(explain(error, "db", connecting=True), TlsRequired)


def test_the_way_out_of_a_tls_failure_depends_on_whether_tls_was_asked_for() -> None:
    certificate = pymysql.err.OperationalError(2003, "Can't connect")
    certificate.original_exception = ssl.SSLCertVerificationError("self-signed certificate")
    handshake = pymysql.err.OperationalError(2003, "Can't connect")
    handshake.original_exception = ssl.SSLError("no protocols available")
    hints = [
        explain(error, "db", connecting=True).advice
        for error in (
            pymysql.err.OperationalError(3159, "Connections using insecure transport are prohibited"),
            pymysql.err.OperationalError(2026, "SSL is required but the server doesn't support it"),
            certificate,
            handshake,
        )
    ]
    assert [hint.partition(":")[0] for hint in hints] == [
        "server.tls is not set",
        "server.tls is set, but the server speaks no TLS",
        "server.tls is set, but the server's certificate does not hold",
        "server.tls is set, but the two do not agree on how",
    ]


def test_a_lost_read_left_nothing_behind() -> None:
    error = explain(pymysql.err.OperationalError(2013, "Lost"), "db", aftermath=Aftermath.UNTOUCHED)
    assert error.left_behind is Aftermath.UNTOUCHED
    assert explain(pymysql.err.OperationalError(2013, "Lost"), "db").left_behind is Aftermath.UNKNOWN


def test_errors_without_a_number() -> None:
    assert str(explain(pymysql.err.InterfaceError(0, ""), "db")) == "db: "
    assert str(explain(pymysql.err.Error("Already closed"), "db")) == "db: Already closed"
    assert str(explain(None, "db")) == "db: NoneType"


@pytest.mark.parametrize(("name", "quoted"), [("nova_api", "`nova_api`"), ("a`b", "`a``b`"), ("a b;--", "`a b;--`")])
def test_a_name_becomes_sql(name: str, quoted: str) -> None:
    assert quote(name) == quoted
