import pytest

from runner.planning.rules import RowRule
from runner.proofs import rows
from runner.proofs.question import Evidence, Question
from tests.support.engines import MemoryEngine, memory_site, starting_rows
from tests.support.planning import CALENDAR, CLOUD, RECIPES, drafted, found

PLAN = drafted()
SERVER = memory_site(PLAN, MemoryEngine(PLAN, starting_rows(PLAN))).server
PURGE = RowRule(table="vol*", step="*/sync", why="purged", source="lab notes, 4")


def compare(before: dict[str, int], after: dict[str, int], *rules: RowRule) -> Evidence:
    """Compare heat's tables before and after, under these rules."""
    question = Question(
        plan=PLAN,
        recipes={**RECIPES, "heat": RECIPES["heat"].model_copy(update={"rows": rules})},
        calendar=CALENDAR,
        server=SERVER,
        before={("heat", table): count for table, count in before.items()},
        after={("heat", table): count for table, count in after.items()},
        exit_codes={},
        fresh={},
    )
    evidence = rows.give(question)
    assert [one.subject for one in evidence] == [one.id for one in PLAN.databases]
    return next(one for one in evidence if one.subject == "heat")


def test_no_row_lost_holds_and_says_what_was_compared() -> None:
    evidence = compare({"stack": 3, "event": 2}, {"stack": 5, "event": 2, "new": 9})
    assert evidence.holds
    assert evidence.detail == ("2/2 tables compared, 0 skipped; 5 rows kept, 2 new, 0 gone",)


def test_a_lost_row_that_no_rule_permits_does_not_hold() -> None:
    evidence = compare({"stack": 3}, {"stack": 2})
    assert not evidence.holds
    assert evidence.detail[1:] == ("stack: 1 of 3 rows are gone; no rule permits it",)


def test_a_lost_row_that_a_rule_permits_holds_and_names_the_rule() -> None:
    evidence = compare({"volumes": 3}, {"volumes": 1}, PURGE)
    assert evidence.holds
    assert evidence.detail[1:] == ("volumes: 2 of 3 rows are gone; permitted: purged (lab notes, 4)",)


@pytest.mark.parametrize(
    "rule",
    [
        PURGE.model_copy(update={"table": "snapshots"}),
        PURGE.model_copy(update={"table": "VOL*"}),
        PURGE.model_copy(update={"step": "*/purge"}),
        PURGE.model_copy(update={"step": "heat/2025.1/sync"}),
        PURGE.model_copy(update={"step": "keystone/2024.1/expand"}),
    ],
    ids=["another table", "another case", "another step", "a step that is skipped", "another project's step"],
)
def test_a_rule_permits_nothing_beyond_its_table_and_a_step_that_ran(rule: RowRule) -> None:
    assert not compare({"volumes": 3}, {"volumes": 1}, rule).holds


def test_a_version_row_may_go_for_heads_are_compared_by_themselves() -> None:
    """From queens to rocky the expand head of networking-bgpvpn loses its row: the contract head depends on the new one."""
    evidence = compare({"migrate_version": 2, "alembic_version": 2}, {"migrate_version": 2, "alembic_version": 1})
    assert evidence.holds
    assert "alembic_version: 1 of 2 rows are gone; permitted: version rows" in evidence.detail[1]


def test_one_permitted_loss_does_not_excuse_another() -> None:
    evidence = compare({"volumes": 3, "stack": 1}, {"volumes": 1, "stack": 0}, PURGE)
    assert not evidence.holds
    assert len(evidence.detail) == 3


def test_a_table_that_is_gone_lost_all_of_its_rows() -> None:
    assert compare({"stack": 3}, {}).detail[1:] == ("stack: 3 of 3 rows are gone; no rule permits it",)


def test_rows_that_were_never_counted_prove_nothing() -> None:
    evidence = compare({}, {"stack": 3})
    assert not evidence.holds
    assert evidence.detail == ("no rows were counted before the chain",)


def test_rows_that_are_gone_were_not_kept() -> None:
    assert compare({"volumes": 3}, {"volumes": 1}, PURGE).detail[0].endswith("1 rows kept, 0 new, 2 gone")


def test_the_rows_of_a_project_that_stays_are_its_own_services_to_delete() -> None:
    plan = drafted(found("keystone", "e2", "c2"), *CLOUD[1:])
    question = Question(
        plan=plan,
        recipes=RECIPES,
        calendar=CALENDAR,
        server=SERVER,
        before={("keystone", "token"): 3},
        after={},
        exit_codes={},
        fresh={},
    )
    assert "keystone" not in {one.subject for one in rows.give(question)}
