from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from runner.planning.difference import Difference, compare, explain
from runner.planning.rules import DifferenceRule
from runner.planning.schema import Column, Constraint, ForeignKey, Index, Program, Schema, Table


def column(name: str, position: int = 1, kind: str = "int(11)", collation: str | None = None) -> Column:
    return Column(name, position, kind, nullable=True, default=None, extra="", charset=None, collation=collation, comment="")


def table(name: str, *columns: Column, indexes: tuple[Index, ...] = (), keys: tuple[ForeignKey, ...] = ()) -> Table:
    return Table(name, "InnoDB", "utf8mb3_general_ci", "Dynamic", columns, indexes, keys)


def kinds(ours: Table, fresh: Table) -> list[tuple[str, str]]:
    return [(found.kind, found.name) for found in compare(Schema((ours,)), Schema((fresh,)))]


def key(name: str, to: str) -> ForeignKey:
    return ForeignKey(name, ("a",), to, ("id",), "RESTRICT", "RESTRICT")


names = st.sampled_from(["a", "b", "c"])
indexes = st.builds(Index, names, st.booleans(), st.lists(names, min_size=1, max_size=2).map(tuple))
tables = st.builds(
    table,
    names,
    st.builds(column, names),
    indexes=st.lists(indexes, max_size=3, unique_by=lambda index: index.name).map(tuple),
)
schemas = st.lists(tables, max_size=3, unique_by=lambda one: one.name).map(lambda found: Schema(tuple(found)))


@given(schemas)
def test_a_schema_does_not_differ_from_itself(schema: Schema) -> None:
    assert compare(schema, schema) == ()


@given(schemas, schemas)
def test_schemas_that_differ_are_told_apart_from_either_side(one: Schema, other: Schema) -> None:
    there, back = compare(one, other), compare(other, one)
    assert len(there) == len(back)
    assert bool(there) == (set(one.tables) != set(other.tables))


def test_a_whole_table_is_one_difference() -> None:
    two = Schema((table("t", column("a"), column("b", 2)),))
    assert compare(Schema(()), two) == (Difference("table-missing", "t", "", None, "table"),)
    assert compare(two, Schema(())) == (Difference("table-extra", "t", "", "table", None),)


def test_an_index_of_another_name_is_neither_missing_nor_extra() -> None:
    ours = table("t", indexes=(Index("old", unique=False, columns=("a",)), Index("same", unique=True, columns=("b",))))
    fresh = table("t", indexes=(Index("new", unique=False, columns=("a",)), Index("same", unique=True, columns=("b",))))
    assert kinds(ours, fresh) == [("index-name", "old")]


def test_numbered_foreign_keys_in_another_order() -> None:
    """Heat's: the server numbers what a migration leaves unnamed, in the order it was added."""
    ours = table("t", keys=(key("t_ibfk_1", "x"), key("t_ibfk_2", "y")))
    fresh = table("t", keys=(key("t_ibfk_1", "y"), key("t_ibfk_2", "x")))
    assert kinds(ours, fresh) == [("foreign-key-name", "t_ibfk_1"), ("foreign-key-name", "t_ibfk_2")]


def test_one_of_two_equal_indexes_is_extra() -> None:
    twice = (Index("a", unique=False, columns=("a",)), Index("b", unique=False, columns=("a",)))
    assert kinds(table("t", indexes=twice), table("t", indexes=twice[1:])) == [("index-extra", "a")]


def test_an_index_of_the_same_name_over_other_columns() -> None:
    ours = table("t", indexes=(Index("i", unique=False, columns=("a",)),))
    fresh = table("t", indexes=(Index("i", unique=True, columns=("a",)),))
    (found,) = compare(Schema((ours,)), Schema((fresh,)))
    assert (found.kind, found.ours, found.fresh) == ("index-definition", "BTREE (a)", "unique BTREE (a)")


def test_column_order_is_a_kind_of_its_own_and_minds_common_columns_only() -> None:
    ours = table("t", column("a", 1), column("b", 2))
    assert kinds(ours, table("t", column("b", 1), column("a", 2))) == [("column-order", "")]
    assert kinds(ours, table("t", column("x", 1), column("a", 2), column("b", 3))) == [("column-missing", "x")]


def test_each_fact_of_a_column_is_a_kind() -> None:
    ours = column("a", collation="utf8mb3_bin")
    changed = replace(ours, type="bigint(20)", nullable=False, default="1", extra="auto_increment", collation="latin1_bin")
    assert kinds(table("t", ours), table("t", changed)) == [
        ("column-attributes", "a"),
        ("column-collation", "a"),
        ("column-default", "a"),
        ("column-null", "a"),
        ("column-type", "a"),
    ]


def test_facts_of_a_table_its_checks_and_its_programs() -> None:
    fresh = table("t")
    ours = replace(fresh, engine="MyISAM", constraints=(Constraint("CONSTRAINT_1", "`deleted` in (0,1)"),))
    assert kinds(ours, fresh) == [("check-extra", "CONSTRAINT_1"), ("table-engine", "")]
    views = [Schema((), (Program("view", "", "v", definition),)) for definition in ("select 1", "select 2")]
    assert [str(found) for found in compare(*views)] == ["view-definition .v: select 1 here, select 2 in a fresh install"]


def test_the_first_rule_that_matches_explains() -> None:
    found = compare(
        Schema((table("migrate_version"), table("sync_point", indexes=(Index("a", unique=False, columns=("x",)),)))),
        Schema((table("sync_point"),)),
    )
    exact = DifferenceRule(kind="table-extra", table="migrate_version", why="bookkeeping", source="test")
    wide = DifferenceRule(kind="table-*", why="any table", source="test")
    explained, unexplained = explain(found, [exact, wide])
    assert [(difference.table, rule.why) for difference, rule in explained] == [("migrate_version", "bookkeeping")]
    assert [difference.kind for difference in unexplained] == ["index-extra"]
    assert explain(found, [DifferenceRule(kind="*", name="a", why="-", source="test")])[1][0].table == "migrate_version"


def test_a_rule_may_name_several_tables_and_what_is_ours() -> None:
    check = Difference("check-extra", "a", "CONSTRAINT_1", "`on` in (0,1)", None)
    other = Difference("check-extra", "b", "CONSTRAINT_1", "`size` > 0", None)
    booleans = DifferenceRule(kind="check-extra", ours="`*` in (0,1)", why="booleans", source="test")
    tables = DifferenceRule(kind="check-extra", table=("b", "c"), why="these", source="test")
    assert explain([check, other], [booleans]) == (((check, booleans),), (other,))
    assert explain([check, other], [tables]) == (((other, tables),), (check,))
