"""What an account's grants reach, and what of its secrets is kept."""

import pytest

from runner.mariadb.account_prints import _SECRET, _digest, _name, _reach

SCHEMAS = ("nova", "nova_api")
TO = "TO `u`@`%`"


@pytest.mark.parametrize(
    ("grant", "reach"),
    [
        (f"GRANT USAGE ON *.* {TO}", "none"),
        (f"GRANT USAGE ON *.* {TO} IDENTIFIED BY PASSWORD '*A'", "none"),
        (f"GRANT ALL PRIVILEGES ON *.* {TO} WITH GRANT OPTION", "server"),
        (f"GRANT SELECT ON `nova`.* {TO}", "schemas"),
        (rf"GRANT SELECT ON `nova\_api`.* {TO}", "schemas"),
        (rf"GRANT SELECT ON `nova\_cell0`.* {TO}", "none"),
        (f"GRANT SELECT ON `nov%`.* {TO}", "schemas"),
        (f"GRANT SELECT (`a`, `b`), INSERT ON `nova`.`instances` {TO}", "schemas"),
        (f"GRANT SELECT ON `nova_`.`instances` {TO}", "none"),
        (f"GRANT EXECUTE ON PROCEDURE `nova`.`purge` {TO}", "schemas"),
        (f"GRANT EXECUTE ON PACKAGE BODY `nova`.`purge` {TO}", "schemas"),
        (f"GRANT PROXY ON `nova`@`%` {TO}", "none"),
        (f"GRANT `reader` {TO}", "schemas"),
        (f"GRANT `loop` {TO}", "server"),
        (f"GRANT `nobody` {TO}", "none"),
        ("SET DEFAULT ROLE `reader` FOR `u`@`%`", "none"),
    ],
)
def test_what_a_grant_reaches(grant: str, reach: str) -> None:
    grants = {
        "`u`@`%`": (grant,),
        "`reader`": ("GRANT SELECT ON `nova`.* TO `reader`",),
        "`loop`": ("GRANT `back` TO `loop`",),
        "`back`": ("GRANT `loop` TO `back`", "GRANT PROCESS ON *.* TO `back`"),
    }
    assert _reach("`u`@`%`", grants, SCHEMAS) == reach


def test_a_right_on_the_schemas_counts_more_than_one_on_the_server() -> None:
    grants = {"u": (f"GRANT PROCESS ON *.* {TO}", f"GRANT SELECT ON `nova`.* {TO}")}
    assert _reach("u", grants, SCHEMAS) == "schemas"


def test_no_secret_is_left_in_a_definition() -> None:
    secrets = r"USING 'ab''c\'d' OR mysql_native_password USING '*14E6'"
    told = f"CREATE USER `u`@`%` IDENTIFIED VIA ed25519 {secrets} REQUIRE SUBJECT 'x'"
    assert _SECRET.sub(r"\1 (not shown)", told) == (
        "CREATE USER `u`@`%` IDENTIFIED VIA ed25519 USING (not shown) OR mysql_native_password USING (not shown)"
        " REQUIRE SUBJECT 'x'"
    )
    assert [match[2] for match in _SECRET.finditer(told)] == ["ab''c\\'d", "*14E6"]
    assert _digest("*14E6") == _digest("*14E6") != _digest("*14E7")


def test_accounts_are_named_as_in_grant() -> None:
    assert _name("it's", "a`b", is_role=False) == "`it's`@`a``b`"
    assert _name("reader", "", is_role=True) == "`reader`"
    assert _name("PUBLIC", "", is_role=True) == "PUBLIC"
