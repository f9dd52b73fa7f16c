"""What rehearsals took, summed up and added up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.planning.forecast import Course, forecast, schedule, spread
from runner.planning.plan import Plan
from tests.support.planning import drafted
from tests.support.schedules import Timed, grid, timed_plans

PLAN = drafted()
COURSE = Course.of(PLAN)
EVERY_SECOND = {step.id: 1.0 for step in PLAN.to_run}


def longest_way(plan: Plan, seconds: dict[str, float]) -> float:
    def until(name: str) -> float:
        return seconds.get(name, 0.0) + max((until(other) for other in plan.step(name).after), default=0.0)

    return max((until(step.id) for step in plan.steps), default=0.0)


def test_one_at_a_time_takes_the_sum() -> None:
    assert forecast(COURSE, EVERY_SECOND, jobs=1) == len(PLAN.to_run)


def test_as_many_as_there_are_take_the_longest_way() -> None:
    assert forecast(COURSE, EVERY_SECOND, jobs=99) == longest_way(PLAN, EVERY_SECOND)


def test_two_at_a_time_lie_between() -> None:
    assert forecast(COURSE, EVERY_SECOND, jobs=99) <= forecast(COURSE, EVERY_SECOND, jobs=2) < len(PLAN.to_run)


def test_what_has_no_time_takes_none() -> None:
    assert forecast(COURSE, {PLAN.steps[0].id: 2.5}, jobs=2) == 2.5
    assert forecast(COURSE, {}, jobs=2) == 0.0


@pytest.mark.parametrize(
    ("seconds", "median", "p95"),
    [([2.0], 2.0, 2.0), ([1.0, 3.0], 2.0, 3.0), ([5.0, 1.0, 2.0], 2.0, 5.0), ([float(n) for n in range(1, 21)], 10.5, 19.0)],
)
def test_median_and_95th_percentile(seconds: list[float], median: float, p95: float) -> None:
    assert (spread(seconds).median, spread(seconds).p95) == (median, p95)


@given(timed_plans(), st.integers(1, 5))
def test_no_schedule_beats_the_longest_way_or_does_worse_than_graham_allows(timed: Timed, jobs: int) -> None:
    total, way = sum(timed.seconds.values()), longest_way(timed.plan, timed.seconds)
    ends = forecast(Course.of(timed.plan), timed.seconds, jobs)
    assert max(way, total / jobs) <= ends + 1e-9
    assert ends <= total / jobs + way * (1 - 1 / jobs) + 1e-9


@given(timed_plans(), st.integers(1, 5))
def test_a_schedule_keeps_every_after_and_never_runs_more_than_its_jobs(timed: Timed, jobs: int) -> None:
    slots = schedule(Course.of(timed.plan), timed.seconds, jobs)
    assert slots.keys() == {step.id for step in timed.plan.to_run}
    for step in timed.plan.to_run:
        assert slots[step.id].ends - slots[step.id].begins == timed.seconds[step.id]
        assert all(slots[other].ends <= slots[step.id].begins for other in step.after if other in slots)
    for one in slots.values():
        assert sum(other.begins <= one.begins < other.ends for other in slots.values()) <= jobs


@given(timed_plans(), st.integers(1, 5), st.integers(0, 60))
def test_while_all_goes_as_forecast_the_end_does_not_move(timed: Timed, jobs: int, elapsed: int) -> None:
    slots = schedule(Course.of(timed.plan), timed.seconds, jobs)
    total = forecast(Course.of(timed.plan), timed.seconds, jobs)
    over = {name for name, slot in slots.items() if slot.ends <= elapsed}
    running = {name: elapsed - slot.begins for name, slot in slots.items() if slot.begins <= elapsed < slot.ends}
    left = forecast(Course.of(timed.plan), timed.seconds, jobs, over=over, running=running)
    assert left == max(0, total - elapsed)


def test_what_runs_longer_than_it_should_ends_now() -> None:
    plan, seconds = grid(lanes=1, each=3)
    first, second, _ = (step.id for step in plan.steps)
    assert forecast(Course.of(plan), seconds, 1, running={first: 99.0}) == seconds[second] * 2


def test_a_step_that_is_skipped_passes_through_while_all_jobs_are_taken() -> None:
    plan, seconds = grid(lanes=2, each=3)
    middle = plan.lanes["lane1"][1]
    steps = tuple(step.model_copy(update={"skip": "nothing to do"}) if step is middle else step for step in plan.steps)
    assert (
        forecast(Course.of(plan.model_copy(update={"steps": steps})), seconds, 1) == sum(seconds.values()) - seconds[middle.id]
    )
