"""What rehearsals took, summed up and added up."""

import pytest

from runner.planning.forecast import forecast, spread
from tests.support.planning import drafted

PLAN = drafted()
EVERY_SECOND = {step.id: 1.0 for step in PLAN.steps}


def test_one_at_a_time_takes_the_sum() -> None:
    assert forecast(PLAN, EVERY_SECOND, jobs=1) == len(PLAN.steps)


def test_as_many_as_there_are_take_the_longest_way() -> None:
    def longest(name: str) -> float:
        return 1.0 + max((longest(other) for other in PLAN.step(name).after), default=0.0)

    assert forecast(PLAN, EVERY_SECOND, jobs=99) == max(longest(step.id) for step in PLAN.steps)


def test_two_at_a_time_lie_between() -> None:
    assert forecast(PLAN, EVERY_SECOND, jobs=99) <= forecast(PLAN, EVERY_SECOND, jobs=2) < len(PLAN.steps)


def test_what_has_no_time_takes_none() -> None:
    assert forecast(PLAN, {PLAN.steps[0].id: 2.5}, jobs=2) == 2.5
    assert forecast(PLAN, {}, jobs=2) == 0.0


@pytest.mark.parametrize(
    ("seconds", "median", "p95"),
    [([2.0], 2.0, 2.0), ([1.0, 3.0], 2.0, 3.0), ([5.0, 1.0, 2.0], 2.0, 5.0), ([float(n) for n in range(1, 21)], 10.5, 19.0)],
)
def test_median_and_95th_percentile(seconds: list[float], median: float, p95: float) -> None:
    assert (spread(seconds).median, spread(seconds).p95) == (median, p95)
