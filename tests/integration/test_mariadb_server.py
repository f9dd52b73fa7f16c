"""Facts of the server, rights, accounts, row counts and stored URLs."""

import pytest

from runner.errors import LoginRefused, RightsMissing
from runner.mariadb.accounts import create_account, drop_account
from runner.mariadb.connection import DatabaseServer, open_server, quote
from runner.mariadb.facts import read_facts
from runner.mariadb.rights import read_rights
from runner.mariadb.rows import count, count_rows
from runner.mariadb.stored_urls import read_stored_urls
from runner.planning.cloud import Database
from runner.planning.recipe import StoredUrl
from tests.conftest import MakeSchema
from tests.support.mariadb import TestServer

pytestmark = pytest.mark.engine


def test_facts_of_a_server(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE t (a INT)")
    facts = read_facts(server)
    assert facts.is_mariadb
    assert facts.version.startswith(".".join(map(str, facts.numbers)))
    assert facts.numbers >= (10, 11, 0)
    assert not facts.read_only
    assert not facts.wsrep
    assert facts.collation == "utf8mb3_general_ci"
    assert facts.sizes[schema] > 0
    assert facts.identity == read_facts(server).identity


def test_an_account_has_its_schemas_and_nothing_else(
    server: DatabaseServer, mariadb: TestServer, make_schema: MakeSchema
) -> None:
    """GRANT reads `_` as a wildcard: rights on test_1 must not reach testX1."""
    mine = make_schema("CREATE TABLE t (a INT PRIMARY KEY)")
    lookalike = mine.replace("_", "X")
    server.execute(f"CREATE DATABASE {quote(lookalike)}")
    address = mariadb.address.model_copy(update={"user": "tam_0123abcd_nova"})
    password = "pä'ss\"`\\%"
    try:
        create_account(server, "tam_0123abcd_nova", password, [mine])
        with open_server(address, password) as step:
            here = step.at(mine)
            here.execute("CREATE TABLE child (a INT, FOREIGN KEY (a) REFERENCES t (a))")
            here.execute("CREATE TRIGGER tr BEFORE INSERT ON child FOR EACH ROW SET NEW.a = 1")
            here.execute("CREATE VIEW v AS SELECT a FROM t")
            with pytest.raises(RightsMissing):
                step.at(lookalike).scalar("SELECT 1")
            with pytest.raises(RightsMissing):
                step.rows("SELECT user FROM mysql.user")
    finally:
        drop_account(server, "tam_0123abcd_nova")
        server.execute(f"DROP DATABASE {quote(lookalike)}")
    with pytest.raises(LoginRefused), open_server(address, password):
        pass


def test_an_account_created_again_has_the_new_password(server: DatabaseServer, mariadb: TestServer) -> None:
    address = mariadb.address.model_copy(update={"user": "tam_again"})
    create_account(server, "tam_again", "first", [])
    create_account(server, "tam_again", "second", [])
    with open_server(address, "second"):
        pass
    with pytest.raises(LoginRefused), open_server(address, "first"):
        pass
    drop_account(server, "tam_again")
    drop_account(server, "tam_again")


def test_the_password_is_never_sent(server: DatabaseServer) -> None:
    server.execute("SET GLOBAL log_output = 'TABLE'")
    server.execute("SET GLOBAL general_log = ON")
    try:
        create_account(server, "tam_logged", "secret-word", [])
        logged = server.rows("SELECT CONVERT(argument USING utf8mb4) FROM mysql.general_log")
        assert any("tam_logged" in argument for (argument,) in logged)
        assert not any("secret-word" in argument for (argument,) in logged)
    finally:
        server.execute("SET GLOBAL general_log = OFF")
        server.execute("TRUNCATE mysql.general_log")
        drop_account(server, "tam_logged")


def test_rights_of_root_and_of_a_limited_administrator(
    server: DatabaseServer, mariadb: TestServer, make_schema: MakeSchema
) -> None:
    schema, other = make_schema(), make_schema()
    rights = read_rights(server, [schema])
    assert rights.creates_accounts
    assert not rights.ungrantable
    create_account(server, "limited", "p", [])
    server.execute("GRANT CREATE USER ON *.* TO limited@'%'")
    server.execute(f"GRANT ALL ON {quote(schema.replace('_', chr(92) + '_'))}.* TO limited@'%' WITH GRANT OPTION")
    server.execute(f"GRANT SELECT ON {quote(other)}.* TO limited@'%'")
    try:
        with open_server(mariadb.address.model_copy(update={"user": "limited"}), "p") as limited:
            rights = read_rights(limited, [schema, other])
            assert rights.creates_accounts
            assert set(rights.ungrantable) == {other}
            # What is read agrees with what the server then allows.
            create_account(limited, "tam_child", "p", [schema])
            with pytest.raises(RightsMissing):
                create_account(limited, "tam_child", "p", [other])
    finally:
        drop_account(server, "limited")
        drop_account(server, "tam_child")


def test_rights_that_come_with_a_role(server: DatabaseServer, mariadb: TestServer, make_schema: MakeSchema) -> None:
    schema = make_schema()
    server.execute("CREATE ROLE keeper")
    server.execute("GRANT CREATE USER ON *.* TO keeper")
    server.execute(f"GRANT ALL ON {quote(schema)}.* TO keeper WITH GRANT OPTION")
    create_account(server, "member", "p", [])
    server.execute("GRANT keeper TO member@'%'")
    server.execute("SET DEFAULT ROLE keeper FOR member@'%'")
    try:
        with open_server(mariadb.address.model_copy(update={"user": "member"}), "p") as member:
            rights = read_rights(member, [schema])
            assert rights.creates_accounts
            assert not rights.ungrantable
            create_account(member, "tam_child", "p", [schema])
    finally:
        drop_account(server, "member")
        drop_account(server, "tam_child")
        server.execute("DROP ROLE keeper")


def test_rows_are_counted_exactly(server: DatabaseServer, make_schema: MakeSchema) -> None:
    tables = [f"CREATE TABLE t{number} (a INT)" for number in range(250)]
    one = make_schema(*tables, "INSERT INTO t7 SELECT seq FROM seq_1_to_1234", "CREATE VIEW v AS SELECT * FROM t7")
    two = make_schema("CREATE TABLE `odd``name` (a INT)", "INSERT INTO `odd``name` VALUES (1)")
    counted = count_rows(server, [one, two])
    assert len(counted) == 251
    assert counted[one, "t7"] == 1234
    assert counted[one, "t8"] == 0
    assert counted[two, "odd`name"] == 1


def test_counting_ends_where_somebody_wants_it_to(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema(*(f"CREATE TABLE t{number} (a INT)" for number in range(50)))
    asked: list[int] = []

    def between() -> None:
        asked.append(len(asked))
        if len(asked) == 2:
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        count_rows(server, [schema], between)
    assert len(asked) == 2


def test_a_recipe_counts_in_its_own_schema(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE volumes (use_quota INT)", "INSERT INTO volumes VALUES (NULL), (1)")
    assert count(server, schema, "SELECT COUNT(*) FROM volumes WHERE use_quota IS NULL") == 1
    assert count(server, schema, "SELECT SUM(use_quota) FROM volumes WHERE FALSE") == 0


def test_stored_urls_are_read_without_their_passwords(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = make_schema("CREATE TABLE cell_mappings (name VARCHAR(255), database_connection TEXT)")
    server.at(schema).execute(
        "INSERT INTO cell_mappings VALUES ('cell0', :url), (NULL, NULL)", url="mysql+pymysql://nova:s3c@db:3307/nova_cell0"
    )
    source = StoredUrl(role="api", table="cell_mappings", name_column="name", column="database_connection", source="test")
    empty, row = read_stored_urls(server, [Database("nova", "api", "api", schema)], [source])
    assert (row.name, row.user, row.host, row.port, row.schema) == ("cell0", "nova", "db", 3307, "nova_cell0")
    assert "s3c" not in repr(row)
    assert empty.name == ""
    assert not empty.is_database
