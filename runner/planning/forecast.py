"""How long a chain will take, from what its steps took in rehearsals."""

import heapq
import math
from collections.abc import Mapping, Sequence
from statistics import median

from runner.planning.plan import Plan
from runner.planning.seal import Spread


def spread(seconds: Sequence[float]) -> Spread:
    """Sum up what one thing took in several rehearsals (at least one).

    The 95th percentile is a measured value (nearest rank), never one between two: below twenty rehearsals it is the
    longest.
    """
    ordered = sorted(seconds)
    return Spread(median=round(median(ordered), 3), p95=round(ordered[math.ceil(0.95 * len(ordered)) - 1], 3))


def forecast(plan: Plan, seconds: Mapping[str, float], jobs: int) -> float:
    """Say when the last step ends if `jobs` run side by side, in the order in which a run takes them.

    A run takes the step that most others wait for; so does this. Steps without a time take none: they are skipped.
    """
    weight = {step.id: plan.waiting_behind(step) for step in plan.steps}
    waiting = {step.id: set(step.after) for step in plan.steps}
    running: list[tuple[float, str]] = []
    now = 0.0
    while waiting or running:
        ready = sorted((name for name, after in waiting.items() if not after), key=lambda name: weight[name])
        while ready and len(running) < jobs:
            name = ready.pop()
            del waiting[name]
            heapq.heappush(running, (now + seconds.get(name, 0.0), name))
        now, ended = heapq.heappop(running)
        for after in waiting.values():
            after.discard(ended)
    return now
