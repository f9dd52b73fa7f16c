import pytest

from runner.planning.comparison import Comparison, compare
from runner.planning.fingerprint import AccountPrint, Counter, DatabasePrint, ProgramPrint, ServerPrint, TablePrint, Unread

NAME = "`nova`@`%`"
ACCOUNT = AccountPrint(name=NAME, reach="schemas", definition="CREATE USER", secrets=("1",), grants=("GRANT A", "GRANT B"))


def table(
    name: str, columns: str = "  `id` int", rows: int = 1, checksum: str = "7", counter: Counter | None = None
) -> TablePrint:
    definition = f"CREATE TABLE `{name}` (\n{columns}\n) ENGINE=InnoDB"
    return TablePrint(name=name, definition=definition, rows=rows, checksum=checksum, counter=counter)


def schema(*tables: TablePrint, programs: tuple[ProgramPrint, ...] = (), defaults: str = "utf8mb3") -> DatabasePrint:
    return DatabasePrint(schema_name="nova", defaults=defaults, tables=tables, programs=programs)


def server(
    *databases: DatabasePrint, accounts: tuple[AccountPrint, ...] = (), unread: tuple[Unread, ...] = (), increment: int = 1
) -> ServerPrint:
    return ServerPrint(version="10.11", increment=increment, databases=databases, accounts=accounts, unread=unread)


def test_what_a_window_had_locked_may_be_told_as_open() -> None:
    locked = ACCOUNT.model_copy(update={"definition": "CREATE USER ACCOUNT LOCK"})
    original, copy = server(accounts=(locked,)), server(accounts=(ACCOUNT,))
    assert compare(original, copy).differences
    assert not compare(original.unlocked(), copy.unlocked()).differences


def kinds(outcome: Comparison) -> list[tuple[str, str, str]]:
    return [(one.kind, one.table, one.name) for one in outcome.differences]


def test_a_server_is_equal_to_itself() -> None:
    whole = server(schema(table("t"), table("u")), accounts=(ACCOUNT,))
    outcome = compare(whole, whole)
    assert outcome.is_equal
    assert str(outcome) == "2/2 tables compared, 0 skipped, 0 differences"


def test_where_nothing_was_compared_nothing_is_proved() -> None:
    assert not compare(server(schema()), server(schema())).is_equal
    assert not compare(server(), server()).is_equal


def test_a_table_that_one_side_lacks() -> None:
    outcome = compare(server(schema(table("t"), table("u"))), server(schema(table("t"), table("v"))))
    assert kinds(outcome) == [("table-missing", "u", ""), ("table-extra", "v", "")]
    assert (outcome.compared, outcome.tables) == (1, 3)
    assert str(outcome.differences[0]) == "table-missing nova.u: table in the original, nothing in the copy"


def test_a_table_that_was_not_read_is_skipped_and_no_difference() -> None:
    lost = Unread(kind="table", schema_name="nova", name="u", reason="broken")
    for one, other in (
        (server(schema(table("t"), table("u"))), server(schema(table("t")), unread=(lost,))),
        (server(schema(table("t")), unread=(lost,)), server(schema(table("t")), unread=(lost,))),
    ):
        outcome = compare(one, other)
        assert kinds(outcome) == []
        assert not outcome.is_equal
        assert str(outcome) == "1/2 tables compared, 1 skipped, 0 differences"


def test_a_schema_that_one_side_lacks() -> None:
    whole, empty = server(schema(table("t"))), server()
    assert [one.kind for one in compare(whole, empty).differences] == ["schema-missing"]
    assert [one.kind for one in compare(empty, whole).differences] == ["schema-extra"]
    lost = Unread(kind="schema", schema_name="nova", reason="there is no such schema")
    outcome = compare(whole, server(unread=(lost,)))
    assert (outcome.differences, outcome.skipped, outcome.is_equal) == ((), (lost,), False)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ("  `id` bigint,\n  KEY `k` (`a`)", [("column-definition", "t", "id"), ("column-missing", "t", "a")]),
        ("  `id` int,\n  `a` int", [("index-missing", "t", "k")]),
        ("  `a` int,\n  `id` int,\n  KEY `k` (`a`)", [("column-order", "t", "")]),
        ("  `id` int,\n  `a` int,\n  KEY `k` (`a`),\n  KEY `l` (`a`)", [("index-extra", "t", "l")]),
        ("  `id` int,\n  `a` int,\n  KEY `k` (`a`(9))", [("index-definition", "t", "k")]),
    ],
)
def test_each_part_of_a_definition_is_named(columns: str, found: list[tuple[str, str, str]]) -> None:
    original = table("t", "  `id` int,\n  `a` int,\n  KEY `k` (`a`)")
    assert kinds(compare(server(schema(original)), server(schema(table("t", columns))))) == sorted(found)


def test_a_definition_that_differs_outside_every_part_differs_still() -> None:
    """Were a line ever read as none of the known parts, it would still be there."""
    original = table("t")
    other = original.model_copy(update={"definition": original.definition.replace("CREATE TABLE", "CREATE OR REPLACE TABLE")})
    assert not compare(server(schema(original)), server(schema(other))).is_equal


def test_rows_and_values() -> None:
    original = server(schema(table("t", rows=2)))
    (rows,) = compare(original, server(schema(table("t", rows=3, checksum="8")))).differences
    assert (rows.kind, rows.original, rows.found) == ("rows", "2 rows", "3 rows")
    (values,) = compare(original, server(schema(table("t", rows=2, checksum="8")))).differences
    assert (values.kind, values.original, values.found) == ("values", "checksum 7", "checksum 8")


def test_programs_and_defaults() -> None:
    view = ProgramPrint(kind="view", table="", name="v", definition="select 1\nfrom a")
    trigger = ProgramPrint(kind="trigger", table="t", name="v", definition="set")
    other = view.model_copy(update={"definition": "select 1\nfrom b"})
    one = server(schema(table("t"), programs=(view, trigger)))
    outcome = compare(one, server(schema(table("t"), programs=(other,), defaults="latin1")))
    assert kinds(outcome) == [("schema-defaults", "", ""), ("view-definition", "", "v"), ("trigger-missing", "t", "v")]
    assert (outcome.differences[1].original, outcome.differences[1].found) == ("from a", "from b")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({"secrets": ("2",)}, [("password", "", NAME)]),
        ({"definition": "CREATE USER ACCOUNT LOCK", "secrets": ("2",)}, [("account-definition", "", NAME)]),
        ({"grants": ("GRANT A",)}, [("grant-missing", "", NAME)]),
        ({"grants": ("GRANT A", "GRANT B", "GRANT C")}, [("grant-extra", "", NAME)]),
        ({"grants": (), "reach": "none"}, [("grant-missing", "", NAME), ("grant-missing", "", NAME)]),
    ],
)
def test_each_change_of_an_account_is_named(change: dict[str, object], found: list[tuple[str, str, str]]) -> None:
    one = server(schema(table("t")), accounts=(ACCOUNT,))
    two = server(schema(table("t")), accounts=(ACCOUNT.model_copy(update=change),))
    assert kinds(compare(one, two)) == found


def test_accounts_that_are_gone_or_not_meant() -> None:
    root = ACCOUNT.model_copy(update={"name": "root", "reach": "server"})
    stranger = ACCOUNT.model_copy(update={"name": "stranger", "reach": "none"})
    one, two = server(schema(table("t")), accounts=(ACCOUNT, root, stranger)), server(schema(table("t")))
    assert kinds(compare(one, two)) == [("account-missing", "", NAME), ("account-missing", "", "root")]
    assert kinds(compare(one, two, server_wide=False)) == [("account-missing", "", NAME)]
    assert kinds(compare(two, one, server_wide=False)) == [("account-extra", "", NAME)]
    denied = server(schema(table("t")), unread=(Unread(kind="accounts", reason="denied"),))
    outcome = compare(one, denied)
    assert (outcome.differences, outcome.is_equal) == ((), False)


@pytest.mark.parametrize(
    ("counter", "found", "strictly", "restarted"),
    [
        ((10, 10), 10, "equal", "equal"),
        ((20, 10), 15, "equal", "equal"),
        ((20, 10), 9, "differs", "remark"),
        ((8, 8), 6, "differs", "remark"),
        ((100, 100), 6, "differs", "differs"),
        ((100, 100), 50, "differs", "differs"),
        ((100, 100), 51, "differs", "remark"),
        ((78, 78), 79, "differs", "remark"),
        ((78, 78), 80, "differs", "differs"),
        ((2, 2), 1, "differs", "differs"),
    ],
)
def test_a_counter_may_be_what_a_restart_makes_of_it(
    counter: tuple[int, int], found: int, strictly: str, restarted: str
) -> None:
    value, earlier = counter
    one = server(schema(table("t", counter=Counter(value=value, earlier=earlier))))
    two = server(schema(table("t", counter=Counter(value=found, earlier=found))))
    for answer, outcome in ((strictly, compare(one, two)), (restarted, compare(one, two, restarted=True))):
        seen = "differs" if outcome.differences else "remark" if outcome.remarks else "equal"
        assert seen == answer
        assert outcome.is_equal == (answer != "differs")


def test_a_step_of_the_servers_own_is_lost_by_a_restart() -> None:
    one = server(schema(table("t", counter=Counter(value=11, earlier=11))), increment=10)
    two = server(schema(table("t", counter=Counter(value=2, earlier=2))), increment=10)
    assert compare(one, two, restarted=True).is_equal
    assert not compare(one, two).is_equal


def test_a_counter_on_one_side_only_is_its_columns_difference() -> None:
    one = server(schema(table("t", "  `id` int AUTO_INCREMENT", counter=Counter(value=2, earlier=2))))
    assert kinds(compare(one, server(schema(table("t"))))) == [("column-definition", "t", "id")]
