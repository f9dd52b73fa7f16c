"""A window that is short enough to be told by heart: what its parts take, in seconds."""

from runner.planning.seal import Spread
from runner.planning.timetable import Part, Timetable
from tests.support.schedules import grid

PLAN, MEDIANS = grid(lanes=2, each=3)
STEPS = {name: Spread(median=seconds, p95=2 * seconds) for name, seconds in MEDIANS.items()}


def part(phase: str, median: float, p95: float | None = None, source: str = "") -> Part:
    return Part(phase, Spread(median=median, p95=median if p95 is None else p95), source)


BRIEFLY = Timetable(
    plan=PLAN,
    steps=STEPS,
    jobs=2,
    ahead=(
        part("stop", 10),
        part("silence", 2, 5),
        part("snapshot", 140, 150, "measured 3 times"),
        part("chain", 6, 12, "p95 of 2 rehearsals"),
        part("proof", 40),
        part("roll out", 20),
        part("validate", 10),
    ),
    restore=part("restore", 180, 190, "measured once"),
    start=part("start", 10),
    length=1200,
    margin=600,
)
"""In the worst case 247 s to the end of its last phase, and 800 s of way back and margin: 1047 s."""
