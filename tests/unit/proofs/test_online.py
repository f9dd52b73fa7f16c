import pytest

from runner.planning.recipe import Pending, Span
from runner.proofs import online
from runner.proofs.online import Left
from runner.proofs.question import Evidence, Question
from tests.support.engines import MemoryEngine, memory_site, starting_rows
from tests.support.planning import CALENDAR, RECIPES, drafted

CELLS = ("nova/2024.1/online@cell0", "nova/2024.1/online@cell1")
UUIDS = Pending(migration="populate_uuids", role="cell", count="SELECT 1", source="s")
USERS = Pending(migration="populate_user_id", role="api", count="SELECT 2", may_stay="an instance that is gone", source="s")


def ask(codes: dict[str, int], *rules: Pending, target: str = "2024.1") -> Question:
    plan = drafted(target=target)
    return Question(
        plan=plan,
        recipes={**RECIPES, "nova": RECIPES["nova"].model_copy(update={"pending": rules})},
        calendar=CALENDAR,
        server=memory_site(plan, MemoryEngine(plan, starting_rows(plan))).server,
        before={},
        after={},
        exit_codes=codes,
        fresh={},
    )


def give(codes: dict[str, int], *, target: str = "2024.1") -> dict[str, tuple[bool | None, str]]:
    evidence = online.give(ask(codes, target=target))
    assert len({one.subject for one in evidence}) == len(evidence)
    return {one.subject: (one.holds, one.detail[0]) for one in evidence}


def judge(*counted: Left) -> Evidence:
    """The evidence of a cell whose online step ended with 0, and left these."""
    return online.judge(ask({}).plan.step(CELLS[1]), 0, counted)


def test_where_no_rule_counts_the_exit_code_of_every_last_online_step_is_the_proof() -> None:
    assert give(dict.fromkeys(CELLS, 0)) == {
        "nova.cell0": (True, "nova-manage of 2024.1 ended with 0; no rule counts what is left"),
        "nova.cell1": (True, "nova-manage of 2024.1 ended with 0; no rule counts what is left"),
    }


def test_another_exit_code_means_that_rows_are_left() -> None:
    assert give({CELLS[0]: 0, CELLS[1]: 1})["nova.cell1"] == (False, "nova-manage of 2024.1 ended with 1: rows are left")


def test_a_step_without_an_outcome_proves_nothing() -> None:
    assert give({CELLS[0]: 0})["nova.cell1"] == (False, "nova/2024.1/online@cell1 has no outcome in the journal")


def test_an_image_without_online_migrations_leaves_none() -> None:
    answers = give({}, target="2025.1")
    assert set(answers.values()) == {(True, "2025.1 has no online migrations")}


def test_a_step_is_counted_by_the_rules_of_its_release_in_the_databases_that_it_writes() -> None:
    over = Pending(migration="over", releases=Span(until="2023.2"), role="cell", count="SELECT 3", source="s")
    later = over.model_copy(update={"releases": Span(since="2024.2")})
    question = ask({}, UUIDS, USERS, over, later)
    assert online.to_count(question.plan.step(CELLS[1]), question) == (("nova.api", USERS), ("nova.cell1", UUIDS))


def test_no_row_left_by_any_rule_holds() -> None:
    assert judge(Left(USERS, "nova.api", 0), Left(UUIDS, "nova.cell1", 0)) == Evidence(
        "online", "nova.cell1", True, ("nova-manage of 2024.1 ended with 0; 2 of 2 rules counted, 0 rows left",)
    )


def test_a_row_that_is_left_in_spite_of_exit_code_0_fails_and_names_its_migration() -> None:
    evidence = judge(Left(USERS, "nova.api", 0), Left(UUIDS, "nova.cell1", 7))
    assert evidence.holds is False
    assert evidence.detail == (
        "nova-manage of 2024.1 ended with 0; 2 of 2 rules counted, 7 rows left: populate_uuids",
        "populate_uuids: 7 rows left in nova.cell1",
    )


@pytest.mark.parametrize(
    ("left", "says"),
    [
        (Left(USERS, "nova.api", 3), "populate_user_id: 3 rows left in nova.api; an instance that is gone"),
        (Left(UUIDS, "nova.cell1", "no such table"), "populate_uuids: not counted in nova.cell1: no such table"),
    ],
    ids=["rows that may stay", "a count that failed"],
)
def test_what_says_nothing_of_the_migration_neither_holds_nor_fails(left: Left, says: str) -> None:
    evidence = judge(left)
    assert (evidence.holds, evidence.detail[1:]) == (None, (says,))
    assert judge(left, Left(UUIDS, "nova.cell1", 1)).holds is False
