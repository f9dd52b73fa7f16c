"""Stored URLs' logins against a server that takes nobody without TLS, and against one that speaks none."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

import pytest

from runner.checks import stored_logins
from runner.checks.finding import Finding, Severity, Unanswered
from runner.errors import QueryFailed
from runner.mariadb.connection import DatabaseServer, open_server
from runner.planning.cloud import Database
from runner.settings import Server, Tls
from tests.support.mariadb import TestServer
from tests.support.questions import ask_about

pytestmark = pytest.mark.engine

PASSWORD = "the rows' own"
CELLS = "CREATE TABLE {}.cell_mappings (name VARCHAR(255), database_connection TEXT, transport_url TEXT)"


@contextmanager
def nova(at: TestServer, tls: Tls | None) -> Iterator[tuple[DatabaseServer, Server, str]]:
    """A schema with cell_mappings and an account `nova`, at a server asked as `tls` says."""
    address = at.address.model_copy(update={"host": "localhost", "tls": tls})
    schema = f"nova_api_{token_hex(4)}"
    with open_server(address, at.password) as server:
        for statement in (f"CREATE DATABASE {schema}", CELLS.format(schema)):
            server.execute(statement)
        server.execute("CREATE OR REPLACE USER nova@'%' IDENTIFIED BY :password", password=PASSWORD)
        try:
            yield server, address, schema
        finally:
            server.execute("DROP USER nova@'%'")
            server.execute(f"DROP DATABASE {schema}")


def ask(server: DatabaseServer, address: Server, schema: str, place: str, password: str = PASSWORD) -> list[Finding]:
    """Ask about one cell whose URL leads to `place` (host, and what follows the schema)."""
    host, _, arguments = place.partition("?")
    url = f"mysql+pymysql://nova:{password.replace(' ', '%20')}@{host}/cell?{arguments}"
    server.execute(f"DELETE FROM {schema}.cell_mappings")
    server.execute(f"INSERT INTO {schema}.cell_mappings VALUES ('cell1', :url, 'none:///')", url=url)
    answers = stored_logins.ask(ask_about(server, address, Database("nova", "api", "api", schema)))
    assert not [one for one in answers if password in repr(one)]
    return [one if isinstance(one, Finding) else untold(one) for one in answers]


def untold(answer: Unanswered) -> Finding:
    """What could not be told, as a finding that only notes it."""
    return Finding(check=answer.check, severity=Severity.NOTES, where="", says=answer.why, way_out="")


def test_where_tls_is_demanded_a_url_needs_an_authority_and_a_host_that_the_certificate_holds_for(
    strict: TestServer, certificate: Path
) -> None:
    with nova(strict, Tls(ca=str(certificate / "cert.pem"))) as (server, address, schema):
        assert ask(server, address, schema, "localhost?ssl_ca=/etc/kolla/certificates/ca.pem") == []
        (plain,) = ask(server, address, schema, "localhost")
        (elsewhere,) = ask(server, address, schema, "db.example?ssl_ca=/etc/kolla/certificates/ca.pem")
        assert ask(server, address, schema, "db.example?ssl_ca=/a/ca.pem&ssl_check_hostname=false") == []
        assert ask(server, address, schema, "db.example?ssl_check_hostname=off") == [], "TLS, and any certificate"
        (no_name,) = ask(server, address, schema, "db..example?ssl_ca=/a/ca.pem")
    assert (plain.severity, plain.where) == (Severity.BLOCKS, "nova.api database_connection of 'cell1'")
    assert "over TLS only" in plain.says
    assert elsewhere.severity is Severity.BLOCKS
    assert "not valid for 'db.example'" in elsewhere.says
    assert no_name.severity is Severity.NOTES, "it could not be told"


@pytest.mark.parametrize(
    ("arguments", "verify", "says"),
    [
        ("ssl_ca=/etc/kolla/ca.pem", False, "names the authority /etc/kolla/ca.pem, which steps do not have"),
        ("ssl_ca=/etc/ca.pem", True, "names the authority /etc/ca.pem, in a directory that steps need as it is"),
        ("ssl_ca=/a/ca.pem&ssl_ca=/b/ca.pem", True, "names ('/a/ca.pem', '/b/ca.pem'), which steps do not have"),
        ("ssl_ca=/a/ca.pem&ssl_cert=/a/c.pem&ssl_key=/a/k.pem", True, "names /a/c.pem, /a/k.pem, which steps do not have"),
    ],
)
def test_files_that_a_step_cannot_have(
    strict: TestServer, certificate: Path, arguments: str, *, verify: bool, says: str
) -> None:
    with nova(strict, Tls(ca=str(certificate / "cert.pem"), verify=verify)) as (server, address, schema):
        (found,) = ask(server, address, schema, f"localhost?{arguments}")
    assert (found.severity, found.says) == (Severity.BLOCKS, says)


def test_an_account_that_does_not_get_in_is_told_and_blocks_nothing(mariadb: TestServer) -> None:
    """In a window it is let in from where steps come from, with its own password."""
    with nova(mariadb, None) as (server, address, schema):
        assert ask(server, address, schema, "db.example") == []
        (wrong,) = ask(server, address, schema, "db.example", password="another one")
        server.execute("ALTER USER nova@'%' ACCOUNT LOCK")
        (locked,) = ask(server, address, schema, "db.example")
    assert wrong.severity is locked.severity is Severity.WARNS
    assert "Access denied for user 'nova'" in wrong.says
    assert "account is locked" in locked.says


def test_an_account_of_mariadbs_own_plugin_is_tried_as_steps_do(mariadb: TestServer) -> None:
    with nova(mariadb, None) as (server, address, schema):
        try:
            server.execute("INSTALL SONAME 'auth_ed25519'")
        except QueryFailed as error:
            pytest.skip(f"the server has no such plugin: {error.message}")
        server.execute("ALTER USER nova@'%' IDENTIFIED VIA ed25519 USING PASSWORD(:password)", password=PASSWORD)
        assert ask(server, address, schema, "db.example") == []


def test_a_login_that_cannot_be_tried_is_no_good_one(mariadb: TestServer) -> None:
    with nova(mariadb, None) as (server, address, schema):
        server.execute("ALTER USER nova@'%' WITH MAX_CONNECTIONS_PER_HOUR 1")
        assert ask(server, address, schema, "db.example") == []
        (untried,) = ask(server, address, schema, "db.example")
    assert untried.severity is Severity.NOTES
    assert "max_connections_per_hour" in untried.says
