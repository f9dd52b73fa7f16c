import pytest

from runner.errors import SchemaMissing
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.schema import read_schema
from runner.planning.difference import compare
from tests.conftest import MakeSchema

pytestmark = pytest.mark.engine

PARENT = (
    "CREATE TABLE parent (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(255) COLLATE utf8mb3_bin, KEY by_name (name(20)))"
)
CHILD = (
    "CREATE TABLE child (a INT DEFAULT 7 COMMENT 'why', b INT AS (a + 1) STORED, flag TINYINT CHECK (flag IN (0, 1)),"
    " UNIQUE KEY only_a (a), CONSTRAINT up FOREIGN KEY (a) REFERENCES parent (id) ON DELETE CASCADE)"
)
PROGRAMS = (
    "CREATE VIEW v AS SELECT id FROM parent",
    "CREATE TRIGGER tr BEFORE INSERT ON child FOR EACH ROW SET NEW.a = 1",
    "CREATE FUNCTION f() RETURNS INT RETURN 1",
)


def kinds(server: DatabaseServer, ours: str, fresh: str) -> set[tuple[str, str, str]]:
    found = compare(read_schema(server, ours), read_schema(server, fresh))
    return {(difference.kind, difference.table, difference.name) for difference in found}


def test_the_same_statements_give_the_same_schema_under_any_name(server: DatabaseServer, make_schema: MakeSchema) -> None:
    one, two = make_schema(PARENT, CHILD, *PROGRAMS), make_schema(PARENT, CHILD, *PROGRAMS)
    server.at(one).execute("INSERT INTO parent (name) VALUES ('a'), ('b')")
    assert read_schema(server, one) == read_schema(server, two)


def test_everything_of_a_table_is_read(server: DatabaseServer, make_schema: MakeSchema) -> None:
    schema = read_schema(server, make_schema(PARENT, CHILD, *PROGRAMS))
    child, parent = schema.tables
    assert parent.engine == "InnoDB"
    assert parent.columns[0].extra == "auto_increment"
    assert parent.columns[1].collation == "utf8mb3_bin"
    assert {index.definition for index in parent.indexes} == {"unique BTREE (id)", "BTREE (name(20))"}
    assert [key.definition for key in child.foreign_keys] == ["(a) -> parent (id) on update RESTRICT on delete CASCADE"]
    assert [constraint.name for constraint in child.constraints] == ["flag"]
    assert child.columns[0].comment == "why"
    assert "`a` + 1" in child.columns[1].extra
    assert [(program.kind, program.name) for program in schema.programs] == [("routine", "f"), ("trigger", "tr"), ("view", "v")]


@pytest.mark.parametrize(
    ("change", "difference"),
    [
        ("DROP TABLE child", ("table-missing", "child", "")),
        ("CREATE TABLE more (a INT)", ("table-extra", "more", "")),
        ("ALTER TABLE parent ROW_FORMAT=COMPACT", ("table-row-format", "parent", "")),
        ("ALTER TABLE parent DEFAULT CHARSET latin1", ("table-collation", "parent", "")),
        ("ALTER TABLE parent ADD extra INT", ("column-extra", "parent", "extra")),
        ("ALTER TABLE child DROP flag", ("column-missing", "child", "flag")),
        ("ALTER TABLE parent MODIFY name TEXT COLLATE utf8mb3_bin", ("column-type", "parent", "name")),
        ("ALTER TABLE parent MODIFY name VARCHAR(255) COLLATE utf8mb3_general_ci", ("column-collation", "parent", "name")),
        ("ALTER TABLE parent MODIFY name VARCHAR(255) COLLATE utf8mb3_bin NOT NULL", ("column-null", "parent", "name")),
        ("ALTER TABLE child ALTER a SET DEFAULT 8", ("column-default", "child", "a")),
        ("ALTER TABLE child MODIFY a INT DEFAULT 7", ("column-comment", "child", "a")),
        ("ALTER TABLE child MODIFY flag TINYINT CHECK (flag IN (0, 1)) FIRST", ("column-order", "child", "")),
        ("ALTER TABLE parent RENAME INDEX by_name TO ix_name", ("index-name", "parent", "ix_name")),
        ("ALTER TABLE parent DROP INDEX by_name, ADD INDEX by_name (name(30))", ("index-definition", "parent", "by_name")),
        ("ALTER TABLE parent DROP INDEX by_name", ("index-missing", "parent", "by_name")),
        ("ALTER TABLE child DROP FOREIGN KEY up", ("foreign-key-missing", "child", "up")),
        ("ALTER TABLE child MODIFY flag TINYINT", ("check-missing", "child", "flag")),
        ("ALTER TABLE child ADD CONSTRAINT c CHECK (a > 0)", ("check-extra", "child", "c")),
        ("DROP VIEW v", ("view-missing", "", "v")),
        ("DROP TRIGGER tr", ("trigger-missing", "child", "tr")),
        ("CREATE PROCEDURE p() SELECT 1", ("routine-extra", "", "p")),
    ],
)
def test_each_change_is_one_difference_of_its_kind(
    server: DatabaseServer, make_schema: MakeSchema, change: str, difference: tuple[str, str, str]
) -> None:
    fresh, ours = make_schema(PARENT, CHILD, *PROGRAMS), make_schema(PARENT, CHILD, *PROGRAMS)
    server.at(ours).execute(change)
    found = kinds(server, ours, fresh)
    assert difference in found
    # A table takes its trigger along, a column its own check; every other change is alone.
    assert found - {("trigger-missing", "child", "tr"), ("check-missing", "child", "flag")} <= {difference}


def test_a_foreign_key_under_another_name(server: DatabaseServer, make_schema: MakeSchema) -> None:
    fresh, ours = make_schema(PARENT, CHILD), make_schema(PARENT, CHILD.replace("CONSTRAINT up ", ""))
    assert kinds(server, ours, fresh) == {("foreign-key-name", "child", "child_ibfk_1")}


def test_a_schema_that_is_not_there(server: DatabaseServer) -> None:
    with pytest.raises(SchemaMissing, match="nowhere"):
        read_schema(server, "nowhere")
