"""What is read from text: grants, versions, URLs, password hashes."""

import pytest
from sqlalchemy.engine import make_url

from runner.mariadb.accounts import _exactly, native_hash
from runner.mariadb.facts import version_numbers
from runner.mariadb.rights import parse_grants
from runner.mariadb.stored_urls import StoredUrlRow, parse
from runner.planning.cloud import Database

API = Database("nova", "api", "api", "nova_api")


def test_grants_on_everything_and_on_patterns() -> None:
    everything, schema, pattern = parse_grants(
        [
            "GRANT `keeper` TO `root`@`%`",
            "GRANT ALL PRIVILEGES ON *.* TO `root`@`%` IDENTIFIED BY PASSWORD '*A' REQUIRE SSL WITH GRANT OPTION",
            "GRANT SELECT, CREATE VIEW ON `od``d`.* TO `root`@`%`",
            "GRANT SELECT ON `nova\\_%`.* TO `root`@`%` WITH GRANT OPTION MAX_USER_CONNECTIONS 5",
            "GRANT SELECT (a, b) ON `nova`.`instances` TO `root`@`%`",
            "GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION",
            "SET DEFAULT ROLE `keeper` FOR `root`@`%`",
        ]
    )
    assert everything.has("CREATE USER")
    assert everything.may_pass_on
    assert everything.covers("anything")
    assert schema.has("CREATE VIEW")
    assert not schema.has("INSERT")
    assert not schema.may_pass_on
    assert schema.covers("od`d")
    assert not schema.covers("odd")
    assert pattern.may_pass_on
    assert pattern.covers("nova_api")
    assert not pattern.covers("novaXapi")


def test_an_account_called_like_an_option_passes_nothing_on() -> None:
    (grant,) = parse_grants(["GRANT SELECT ON `a`.* TO `GRANT OPTION`@`%`"])
    assert not grant.may_pass_on


@pytest.mark.parametrize(
    ("version", "numbers"),
    [
        ("10.11.18-MariaDB-0+deb12u1", (10, 11, 18)),
        ("5.5.5-10.6.4-MariaDB", (10, 6, 4)),
        ("8.0.36", (8, 0, 36)),
        ("unknown", (0, 0, 0)),
    ],
)
def test_a_version_in_numbers(version: str, numbers: tuple[int, int, int]) -> None:
    assert version_numbers(version) == numbers


def test_a_password_hash_is_the_servers_own() -> None:
    """SELECT PASSWORD('secret') of MariaDB 10.11."""
    assert native_hash("secret") == "*14E65567ABDB5135D0CFD9A70B3032C179A49EE7"


def test_a_grant_names_one_schema_exactly() -> None:
    assert _exactly("nova_api") == r"`nova\_api`"
    assert _exactly("a%b\\c`") == r"`a\%b\\c```"


def test_a_database_url_is_taken_apart() -> None:
    row = parse(API, "database_connection", "cell1", "mysql+pymysql://nova:p%40ss@[fd00::1]:3307/nova?charset=utf8")
    assert row == StoredUrlRow(API, "database_connection", "cell1", "mysql+pymysql", "nova", "fd00::1", 3307, "nova")
    assert row.is_database


def test_the_files_that_a_database_url_names_are_told_apart() -> None:
    row = parse(API, "database_connection", "cell1", "mysql://n:p@db/nova?ssl_ca=/a.pem&ssl_key=/k&ssl_cert=/c&ssl_cipher=X")
    assert (row.authority, row.keys, row.speaks_tls, row.checks_name) == ("/a.pem", ("/c", "/k"), True, True)
    row = parse(API, "database_connection", "cell1", "mysql://n:p@db/nova?ssl_check_hostname=No&charset=utf8")
    assert (row.authority, row.keys, row.speaks_tls, row.checks_name) == (None, (), True, False)
    row = parse(API, "database_connection", "cell1", "mysql://n:p@db/nova?charset=utf8")
    assert (row.authority, row.keys, row.speaks_tls) == (None, (), False)


def test_of_several_files_for_one_sqlalchemy_makes_a_name_of_none() -> None:
    row = parse(API, "database_connection", "cell1", "mysql://n:p@db/nova?ssl_ca=/a.pem&ssl_ca=/b.pem")
    made = make_url("mysql+pymysql://n:p@db/nova?ssl_ca=/a.pem&ssl_ca=/b.pem")
    _, arguments = made.get_dialect()().create_connect_args(made)
    assert (row.authority, row.keys) == (None, (arguments["ssl"]["ca"],))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "none:///",
        "fake://",
        "rabbit://nova:secret@mq1:5672,nova:secret@mq2:5672/",
        "mysql+pymysql://nova:secret@db:notaport/nova",
        "mysql+pymysql://nova:secret@db:65536/nova",
        "mysql+pymysql://nova:secret@db:-1/nova",
        "{scheme}://{username}:secret@{hostname}/nova",
        "mysql+pymysql://nova:secret@/{path}",
    ],
)
def test_a_url_that_tells_nothing_tells_no_password_either(url: str) -> None:
    row = parse(API, "transport_url", "cell1", url)
    assert (row.user, row.host, row.port, row.schema) == (None, None, None, None)
    assert row.template == ("{" in url)
    assert "secret" not in repr(row)
