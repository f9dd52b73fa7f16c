import pytest

from runner.planning.baseline import Baseline, Expected
from runner.planning.schema import Schema, Table
from runner.proofs import baseline
from runner.proofs.question import Evidence, Question
from tests.support.engines import MemoryEngine, memory_site, starting_rows
from tests.support.planning import CALENDAR, RECIPES, drafted

PLAN = drafted()
SCHEMA = Schema(tables=(Table("stack", "InnoDB", "utf8mb3_general_ci", "Dynamic"),))
NOW = {"heat/2024.1/sync": 12.0, "nova/2024.1/api-sync": 2.0}


def give(
    monkeypatch: pytest.MonkeyPatch, expected: Expected | None, *, schemas: dict[str, Schema] | None = None
) -> dict[str, Evidence]:
    """What the proof says of a server on which every schema is the same but those that are given."""
    monkeypatch.setattr(baseline, "read_schema", lambda _, name: (schemas or {}).get(name, SCHEMA))
    question = Question(
        plan=PLAN,
        recipes=RECIPES,
        calendar=CALENDAR,
        server=memory_site(PLAN, MemoryEngine(PLAN, starting_rows(PLAN))).server,
        before={},
        after={},
        exit_codes={},
        fresh={},
        expected=expected,
        seconds=NOW,
    )
    return {one.subject: one for one in baseline.give(question)}


def expected(at_most: float | None = None, **changes: object) -> Expected:
    schemas = {one.id: SCHEMA for one in PLAN.databases}
    kept = Baseline(start="2023.1", target="2025.1", way=(), server="10.11", schemas=schemas, seconds=NOW)
    return Expected(baseline=kept.model_copy(update=changes), at_most=at_most)


def test_without_a_baseline_there_is_nothing_to_say(monkeypatch: pytest.MonkeyPatch) -> None:
    assert give(monkeypatch, None) == {}


def test_what_is_as_it_was_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    found = give(monkeypatch, expected(1.0))
    assert {name: one.holds for name, one in found.items()} == dict.fromkeys(
        ("keystone", "nova.api", "nova.cell0", "nova.cell1", "heat", "seconds"), True
    )


def test_a_table_that_differs_is_named_with_what_the_baseline_has(monkeypatch: pytest.MonkeyPatch) -> None:
    found = give(monkeypatch, expected(), schemas={"heat": Schema(tables=())})
    assert found["heat"].detail == (
        "0 tables compared, 1 differences",
        "drift: table-missing stack: nothing here, table in the baseline",
    )
    assert [one.holds for one in found.values()].count(False) == 1


def test_a_database_that_only_one_of_them_has_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    schemas = {one.id: SCHEMA for one in PLAN.databases if one.id != "heat"} | {"glance": SCHEMA}
    found = give(monkeypatch, expected(schemas=schemas))
    assert (found["heat"].holds, found["glance"].holds) == (False, False)


@pytest.mark.parametrize(("at_most", "holds"), [(None, True), (2.0, False), (4.0, True)])
def test_a_step_is_too_slow_only_beyond_a_limit_that_was_given(
    monkeypatch: pytest.MonkeyPatch, at_most: float | None, holds: bool
) -> None:
    before = {"heat/2024.1/sync": 3.0, "nova/2024.1/api-sync": 0.5, "gone/2024.1/sync": 1.0}
    evidence = give(monkeypatch, expected(at_most, seconds=before))["seconds"]
    assert evidence.holds is holds
    assert evidence.detail[0] == "2 steps took 14.0 s, in the baseline 3.5 s, 4.00 times as much"
    assert evidence.detail[1:] == (() if holds else ("heat/2024.1/sync took 12.0 s, in the baseline 3.0 s",))
