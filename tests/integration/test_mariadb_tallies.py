"""The server tallies ids as we do, whatever they are made of."""

import pytest

from runner.errors import QueryFailed
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.tallies import tally_ids
from runner.planning.tally import Tally, compare, tally
from tests.conftest import MakeSchema

pytestmark = pytest.mark.engine

WORDS = [
    "",
    "a",
    "A",
    "ä",
    "größer",
    "\U0001f600",
    "x" * 39,
    "y" * 40,
    "z" * 41,
    "trailing  ",
    "0" * 64,
    "-1",
    "NULL",
    "\\",
    "'",
]


def test_words_of_any_length_and_language(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE t (id VARCHAR(255) COLLATE utf8mb4_bin)")
    server.at(schema).execute_many("INSERT INTO t VALUES (:word)", [{"word": word} for word in WORDS])
    assert tally_ids(server, schema, "SELECT id FROM t") == tally(WORDS)


def test_a_column_of_another_character_set_counts_as_utf_8(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE t (id VARCHAR(20) CHARACTER SET latin1)", "INSERT INTO t VALUES ('ä'), ('ß'), ('b')")
    assert tally_ids(server, schema, "SELECT id FROM t") == tally(["ä", "ß", "b"])


def test_numbers_and_what_is_put_together(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema(
        "CREATE TABLE t (id BIGINT UNSIGNED PRIMARY KEY, kind ENUM('UserProject'), inherited BOOLEAN)",
        "INSERT INTO t VALUES (0, 'UserProject', 1), (7, 'UserProject', 0), (18446744073709551615, 'UserProject', 1)",
    )
    assert tally_ids(server, schema, "SELECT id FROM t") == tally(["0", "7", "18446744073709551615"])
    together = tally_ids(server, schema, "SELECT CONCAT_WS(' ', kind, id, inherited) AS id FROM t WHERE id < 9")
    assert together == tally(["UserProject 0 1", "UserProject 7 0"])


def test_an_empty_table_is_a_tally_too(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE t (id INT)")
    assert tally_ids(server, schema, "SELECT id FROM t") == Tally()


def test_one_of_many_rows_that_is_gone_is_named(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema(
        "CREATE TABLE t (id CHAR(36) PRIMARY KEY)",
        "INSERT INTO t SELECT INSERT(INSERT(MD5(seq), 9, 0, '-'), 14, 0, '-') FROM seq_1_to_100000",
    )
    before = tally_ids(server, schema, "SELECT id FROM t")
    (lost,) = server.at(schema).rows("SELECT id FROM t LIMIT 1 OFFSET 500")[0]
    server.at(schema).execute("DELETE FROM t WHERE id = :lost", lost=lost)

    after = tally_ids(server, schema, "SELECT id FROM t")

    assert before.count == 100_000
    assert compare(before, after) == ((lost,), (), 0)


def test_a_statement_that_does_not_fit_is_refused(server: DatabaseServer, make_schema: MakeSchema) -> None:
    with pytest.raises(QueryFailed):
        tally_ids(server, make_schema("CREATE TABLE t (name INT)"), "SELECT id FROM t")
