from runner.proofs import online
from runner.proofs.question import Question
from tests.support.engines import MemoryEngine, memory_site, starting_rows
from tests.support.planning import RECIPES, drafted

CELLS = ("nova/2024.1/online@cell0", "nova/2024.1/online@cell1")


def give(codes: dict[str, int], *, target: str = "2024.1") -> dict[str, tuple[bool | None, str]]:
    plan = drafted(target=target)
    server = memory_site(plan, MemoryEngine(plan, starting_rows(plan))).server
    question = Question(plan=plan, recipes=RECIPES, server=server, before={}, after={}, exit_codes=codes, fresh={})
    evidence = online.give(question)
    assert len({one.subject for one in evidence}) == len(evidence)
    return {one.subject: (one.holds, one.detail[0]) for one in evidence}


def test_exit_code_0_of_every_last_online_step_is_the_proof() -> None:
    assert give(dict.fromkeys(CELLS, 0)) == {
        "nova.cell0": (True, "nova-manage of 2024.1 ended with 0: 0 rows left"),
        "nova.cell1": (True, "nova-manage of 2024.1 ended with 0: 0 rows left"),
    }


def test_another_exit_code_means_that_rows_are_left() -> None:
    assert give({CELLS[0]: 0, CELLS[1]: 1})["nova.cell1"] == (False, "nova-manage of 2024.1 ended with 1: rows are left")


def test_a_step_without_an_outcome_proves_nothing() -> None:
    assert give({CELLS[0]: 0})["nova.cell1"] == (False, "nova/2024.1/online@cell1 has no outcome in the journal")


def test_an_image_without_online_migrations_leaves_none() -> None:
    answers = give({}, target="2025.1")
    assert set(answers.values()) == {(True, "2025.1 has no online migrations")}
