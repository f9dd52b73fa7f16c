"""Plans of any shape, with the seconds that each step takes: what is scheduled and forecast in tests and benches."""

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import strategies as st

from runner.planning.plan import Plan, Step
from runner.planning.recipe import CommandKind


@dataclass(frozen=True)
class Timed:
    """A plan, and whole seconds for every step that is to run."""

    plan: Plan
    seconds: dict[str, float]


def a_step(name: str, lane: str, after: Sequence[str] = (), *, skip: bool = False) -> Step:
    return Step(
        id=name,
        lane=lane,
        project=lane,
        start="2023.1",
        end="2024.1",
        command="sync",
        kind=CommandKind.SCHEMA,
        argv=("sync",),
        exits={},
        configuration={},
        writes=(),
        finds={},
        expects={},
        skip="nothing to do" if skip else None,
        after=tuple(after),
    )


def a_plan(steps: Sequence[Step]) -> Plan:
    return Plan(target="2024.1", images={}, databases=(), journeys=(), steps=tuple(steps))


def grid(*, lanes: int, each: int) -> tuple[Plan, dict[str, float]]:
    """Lanes of as many steps; each lane's take one second more than those of the lane before."""
    steps = [
        a_step(f"lane{lane}/{number}", f"lane{lane}", [f"lane{lane}/{number - 1}"] if number else [])
        for lane in range(lanes)
        for number in range(each)
    ]
    return a_plan(steps), {step.id: 1.0 + int(step.lane.removeprefix("lane")) for step in steps}


@st.composite
def timed_plans(draw: st.DrawFn) -> Timed:
    """Up to twelve steps that wait for any of those before them, planned in any order; some have nothing to do."""
    steps: list[Step] = []
    for number in range(draw(st.integers(1, 12))):
        names = [step.id for step in steps]
        after = draw(st.lists(st.sampled_from(names), unique=True, max_size=3)) if names else []
        steps.append(a_step(f"s{number}", "lane", after, skip=draw(st.integers(0, 4)) == 0))
    plan = a_plan(draw(st.permutations(steps)))
    return Timed(plan, {step.id: float(draw(st.integers(1, 9))) for step in plan.to_run})
