"""How long a chain will take, from what its steps took in rehearsals; as a whole, or what is left of it at some moment."""

import heapq
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from runner.planning.graph import Graph, release
from runner.planning.plan import Plan
from runner.planning.seal import Spread


@dataclass(frozen=True)
class Slot:
    """When a step begins and ends, in seconds from now; one that runs already has begun at 0."""

    begins: float
    ends: float


def spread(seconds: Sequence[float]) -> Spread:
    """Sum up what one thing took in several rehearsals (at least one).

    The 95th percentile is a measured value (nearest rank), never one between two: below twenty rehearsals it is the
    longest.
    """
    ordered = sorted(seconds)
    return Spread(median=round(median(ordered), 3), p95=round(ordered[math.ceil(0.95 * len(ordered)) - 1], 3))


@dataclass(frozen=True)
class Course:
    """What of a plan decides when its steps begin: made once, asked often."""

    graph: Graph
    precedence: Mapping[str, int]
    skipped: frozenset[str]

    @classmethod
    def of(cls, plan: Plan) -> "Course":
        return cls(plan.graph, plan.precedence, frozenset(step.id for step in plan.steps if step.skip is not None))


def forecast(
    course: Course,
    seconds: Mapping[str, float],
    jobs: int,
    *,
    over: Collection[str] = (),
    running: Mapping[str, float] | None = None,
) -> float:
    """Say in how many seconds the last step ends; see `schedule`."""
    slots = schedule(course, seconds, jobs, over=over, running=running)
    return max((slot.ends for slot in slots.values()), default=0.0)


def schedule(
    course: Course,
    seconds: Mapping[str, float],
    jobs: int,
    *,
    over: Collection[str] = (),
    running: Mapping[str, float] | None = None,
) -> dict[str, Slot]:
    """Say when each step that is left begins and ends if `jobs` run side by side, in the order in which a run takes them.

    `over` are the steps behind us, `running` maps those at work to how many seconds they have been; what has run longer
    than its `seconds` ends now. Steps that are skipped pass through at once, as in a run; steps without a time take none.
    """
    at_work, passing = running or {}, course.skipped | set(over)
    waits = dict(course.graph.waits)
    free = [name for name, count in waits.items() if not count]
    waiting: list[tuple[int, str]] = []
    ends: list[tuple[float, str]] = []
    slots: dict[str, Slot] = {}
    now = 0.0

    def begin(name: str) -> None:
        slots[name] = Slot(now, now + max(0.0, seconds.get(name, 0.0) - at_work.get(name, 0.0)))
        heapq.heappush(ends, (slots[name].ends, name))

    while True:
        # Grows while it is gone through: what passes sets others free.
        for name in free:
            if name in passing:
                free += release(name, course.graph, waits)
            elif name in at_work:
                begin(name)
            else:
                heapq.heappush(waiting, (course.precedence[name], name))
        while waiting and len(ends) < jobs:
            begin(heapq.heappop(waiting)[1])
        if not ends:
            return slots
        now, ended = heapq.heappop(ends)
        free = release(ended, course.graph, waits)
