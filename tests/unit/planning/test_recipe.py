import pytest

from runner.documents import parse
from runner.errors import BadDocument
from runner.planning.asked import ExitMeaning
from runner.planning.recipe import Blocker, Earlier, Recipe, Span
from tests.support.planning import CALENDAR, HEAT, NOVA, RECIPES

NEEDS = "{phrases: [p], why: w, unless: stale, source: s}"
ASKS = f"upgrade_check: {{argv: [heat-status], exits: {{0: done}}, needs_service: [{NEEDS}], source: s}}"


@pytest.mark.parametrize(
    ("since", "until", "covered"),
    [
        (None, None, {"zed", "2023.1", "2025.2"}),
        ("2023.1", None, {"2023.1", "2025.2"}),
        (None, "2023.1", {"zed", "2023.1"}),
        ("2023.1", "2023.1", {"2023.1"}),
    ],
)
def test_a_span_includes_both_ends_and_a_missing_end_is_open(since: str | None, until: str | None, covered: set[str]) -> None:
    span = Span(since=since, until=until)
    assert {series for series in ("zed", "2023.1", "2025.2") if span.covers(series, CALENDAR)} == covered


def test_a_command_counts_in_the_releases_it_names() -> None:
    sync = "releases: {until: zed}, writes: [heat]"
    recipe = parse(Recipe, HEAT.replace("writes: [heat]", sync), origin="heat.yaml")
    assert [command.name for command in recipe.commands_for("zed", CALENDAR)] == ["sync"]
    assert not recipe.commands_for("2023.1", CALENDAR)


def test_only_exit_code_0_is_good_where_a_recipe_says_nothing() -> None:
    assert RECIPES["heat"].commands[0].exits == {0: ExitMeaning.DONE}
    assert RECIPES["nova"].commands[2].exits[1] is ExitMeaning.AGAIN


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("kind: schema", "kind: offline", r"commands\.0\.kind: input should be 'schema', 'online' or 'move-in', not 'offline'"),
        ("source: s}", "source: s, exits: {0: fine}}", r"commands\.0\.exits\.0: input should be 'done', 'again'"),
        (", source: s}", "}", r"commands\.0\.source: is missing"),
        ("signature: [stack_lock]", "signature: []", r"signature: tuple should have at least 1 item"),
        ("package:", "packages:", r"packages: unknown key"),
    ],
)
def test_a_recipe_that_is_not_one_is_refused(old: str, new: str, fault: str) -> None:
    assert old in HEAT
    with pytest.raises(BadDocument, match=fault):
        parse(Recipe, HEAT.replace(old, new), origin="heat.yaml")


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("writes: [heat]", "writes: [engine]", "command 'sync' names role 'engine'; the roles are heat"),
        ("writes: [heat]", "writes: [heat], per: cell", "command 'sync' names role 'cell'; the roles are heat"),
        ("moves: [main]", "moves: ['side:expand']", "command 'sync' names chain 'side'; the chains are main"),
        ("moves: [main]", "serves: [side]", "command 'sync' names chain 'side'; the chains are main"),
        ("{chain: main}", "{chain: side}", "role names chain 'side'; the chains are main"),
        ("signature:", f"{ASKS}\nsignature:", "upgrade_check names blocker 'stale'; the blockers are none"),
    ],
)
def test_what_a_recipe_names_and_has_not_contradicts_it(old: str, new: str, fault: str) -> None:
    assert parse(Recipe, HEAT, origin="heat.yaml").contradictions == ()
    assert fault in parse(Recipe, HEAT.replace(old, new), origin="heat.yaml").contradictions


def test_the_line_of_a_fault_is_the_commands_own() -> None:
    with pytest.raises(BadDocument, match=r"^nova\.yaml:10: commands\.1\.writes: "):
        parse(Recipe, NOVA.replace("writes: [cell], per", "writes: cell, per"), origin="nova.yaml")


def test_a_blocker_counts_otherwise_where_a_database_is_older_than_what_it_reads() -> None:
    def sql(earlier: Earlier | None, release: str) -> str | None:
        blocker = Blocker(
            name="b", releases=Span(), role="r", count="new", earlier=earlier, breaks="b", way_out="w", source="s"
        )
        return blocker.count_at(release, CALENDAR)

    assert sql(None, "zed") == "new"
    assert [sql(Earlier(until="2023.1", count="old"), release) for release in ("zed", "2023.1", "2023.2")] == [
        "old",
        "old",
        "new",
    ]
    assert sql(Earlier(until="2023.1"), "zed") is None
