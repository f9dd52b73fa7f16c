"""Text whose bytes are not what its column says, on a real server."""

import pytest

from runner.checks import misread_text
from runner.checks.finding import Finding, Severity
from runner.mariadb.connection import DatabaseServer
from runner.planning.cloud import Database
from tests.conftest import MakeSchema
from tests.support.mariadb import TestServer
from tests.support.questions import ask_about

pytestmark = pytest.mark.engine

E_ACUTE, TWICE, GRIN = "C3A9", "C383C2A9", "F09F9880"


def found(server: DatabaseServer, running: TestServer, schema: str) -> tuple[Finding, ...]:
    question = ask_about(server, running.address, Database("heat", "heat", "heat", schema))
    answers = misread_text.ask(question)
    assert all(finding.severity is Severity.WARNS and finding.where == "heat" for finding in answers)
    return answers


def test_text_that_is_what_its_column_says_is_nothing_to_speak_of(
    server: DatabaseServer, mariadb: TestServer, make_schema: MakeSchema
) -> None:
    schema = make_schema(
        "CREATE TABLE old (name VARCHAR(50) CHARACTER SET latin1, note TEXT CHARACTER SET latin1)",
        "INSERT INTO old VALUES ('plain', NULL), (X'E9', X'C96D696C65'), (NULL, '')",
        "CREATE TABLE new (name VARCHAR(50) CHARACTER SET utf8mb3, description TEXT CHARACTER SET utf8mb4)",
        f"INSERT INTO new VALUES ('plain', CONVERT(X'{GRIN}' USING utf8mb4)), (CONVERT(X'{E_ACUTE}' USING utf8mb3), NULL)",
        "CREATE VIEW looked_at AS SELECT * FROM old",
    )
    assert found(server, mariadb, schema) == ()


def test_utf8_in_latin1_columns_is_counted_and_told_from_latin1_beside_it(
    server: DatabaseServer, mariadb: TestServer, make_schema: MakeSchema
) -> None:
    schema = make_schema(
        "CREATE TABLE stack (name VARCHAR(50) CHARACTER SET latin1, `odd``one` TEXT CHARACTER SET latin1)",
        f"INSERT INTO stack VALUES (X'{E_ACUTE}', X'{GRIN}'), (X'E9', NULL), ('plain', X'{E_ACUTE}')",
        f"INSERT INTO stack VALUES (X'{E_ACUTE}20{E_ACUTE}', 'x')",
    )
    (hidden,) = found(server, mariadb, schema)
    assert hidden.rows == 4
    assert hidden.says == "UTF-8 in latin1 columns: stack.name (2), stack.odd`one (2); beside text that is latin1: stack.name"
    server.at(schema).execute("ALTER TABLE stack MODIFY `odd``one` BLOB")
    server.at(schema).execute("ALTER TABLE stack MODIFY `odd``one` TEXT CHARACTER SET utf8mb4")
    (left,) = found(server, mariadb, schema)
    assert left.rows == 2, "the way out"


def test_what_was_encoded_twice_is_counted_and_its_way_out_leads_out(
    server: DatabaseServer, mariadb: TestServer, make_schema: MakeSchema
) -> None:
    schema = make_schema(
        "CREATE TABLE stack (name VARCHAR(50) CHARACTER SET utf8mb3, value TEXT CHARACTER SET utf8mb4, other TEXT)",
        f"INSERT INTO stack VALUES (CONVERT(X'{TWICE}' USING utf8mb3), CONVERT(X'{GRIN}' USING utf8mb4), 'x')",
        f"INSERT INTO stack VALUES (CONVERT(X'{E_ACUTE}' USING utf8mb3), CONVERT(X'{TWICE}' USING utf8mb4), 'x')",
    )
    (twice,) = found(server, mariadb, schema)
    assert (twice.rows, twice.says) == (2, "text that was encoded twice: stack.name (1), stack.value (1)")
    again = "CONVERT(CAST(CONVERT(name USING latin1) AS BINARY) USING utf8mb3)"
    server.at(schema).execute(f"UPDATE stack SET name = {again} WHERE HEX(name) = '{TWICE}'")
    (left,) = found(server, mariadb, schema)
    assert left.rows == 1
    assert server.rows(f"SELECT DISTINCT HEX(name) FROM {schema}.stack") == [(E_ACUTE,)]


def test_converting_the_table_makes_one_of_the_other(
    server: DatabaseServer, mariadb: TestServer, make_schema: MakeSchema
) -> None:
    schema = make_schema(
        "CREATE TABLE stack (name VARCHAR(50) CHARACTER SET latin1)", f"INSERT INTO stack VALUES (X'{E_ACUTE}')"
    )
    server.at(schema).execute("ALTER TABLE stack CONVERT TO CHARACTER SET utf8mb3")
    (finding,) = found(server, mariadb, schema)
    assert finding.says.startswith("text that was encoded twice")
