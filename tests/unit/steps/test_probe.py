from runner.steps.probe import Probe, probe
from tests.support.engines import MemoryEngine, memory_site, starting_rows
from tests.support.planning import drafted

PLAN = drafted()
EXPAND = PLAN.step("keystone/2024.1/expand")
ONLINE = PLAN.step("nova/2024.1/online@cell1")


def ask(step_id: str, **rows: tuple[str, ...]) -> Probe:
    named = {name.replace("_", "."): heads for name, heads in rows.items()}
    engine = MemoryEngine(PLAN, starting_rows(PLAN) | named)
    answer, seen = probe(PLAN.step(step_id), memory_site(PLAN, engine))
    assert seen == {name: engine.rows[name] for name in PLAN.step(step_id).writes}
    return answer


def test_rows_where_the_plan_found_them_are_untouched() -> None:
    assert ask(EXPAND.id) is Probe.UNTOUCHED


def test_rows_where_the_step_puts_them_are_done() -> None:
    assert ask(EXPAND.id, keystone=EXPAND.expects["keystone"]) is Probe.DONE


def test_rows_anywhere_else_are_elsewhere() -> None:
    assert ask(EXPAND.id, keystone=("c0", "e0")) is Probe.ELSEWHERE
    assert ask(EXPAND.id, keystone=()) is Probe.ELSEWHERE


def test_one_of_two_databases_elsewhere_is_elsewhere() -> None:
    assert ask(ONLINE.id, nova_api=("a2",), nova_cell1=("m9",)) is Probe.ELSEWHERE


def test_a_step_that_moves_no_head_is_never_done_before_its_command_said_so() -> None:
    assert ask(ONLINE.id, nova_api=("a2",), nova_cell1=("m2",)) is Probe.UNTOUCHED
