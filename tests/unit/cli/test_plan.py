"""A plan in lines: every step, and what it waits for in other lanes."""

from itertools import pairwise

from runner.cli.plan import say_plan
from tests.support.planning import drafted
from tests.support.schedules import a_plan, a_step

HUNDRED = [a_step(f"cell{number}/sync", f"cell{number}") for number in range(100)]


def waits(lines: list[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip().startswith("waits for")]


def test_every_step_has_its_line_and_every_barrier_is_below_its_step() -> None:
    plan = drafted()
    lines = say_plan(plan)
    assert all(any(line.startswith(f"  {step.id} ") for line in lines) for step in plan.steps)
    assert len(waits(lines)) == len(plan.barriers)
    below = {line.split()[0] for line, after in pairwise(lines) if after.strip().startswith("waits for")}
    assert below - {"waits"} == {name for name, _ in plan.barriers}


def test_a_few_that_are_awaited_are_named_and_of_many_the_first() -> None:
    few, many = HUNDRED[:6], HUNDRED
    for awaited, said in (
        (few, [f"waits for {step.id}" for step in few]),
        (many, ["waits for cell0/sync and 99 more (all of them: --json)"]),
    ):
        last = a_step("api/sync", "api", [step.id for step in awaited])
        assert waits(say_plan(a_plan([*awaited, last]))) == said
