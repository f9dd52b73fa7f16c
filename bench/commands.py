"""Single commands as separate processes: how long they take, and what memory they need."""

import resource
import subprocess
import sys
import time
from pathlib import Path

from bench.figure import Figure

THING = str(Path(sys.executable).with_name("thing-a-me"))


def measure_commands(cloud: Path) -> list[Figure]:
    """Time `images build` with nothing to do, `inspect` and `plan`, each the best of three; then look at the memory."""
    named = ["--cloud", str(cloud)]
    times = [
        Figure("images build, nothing changed", best_of([THING, "images", "build", *named]), "s", bound=3),
        Figure("inspect of 10 databases", best_of([THING, "inspect", *named]), "s", bound=2),
        Figure("plan", best_of([THING, "plan", "--to", "2026.1", *named]), "s", bound=1),
    ]
    # The largest of all commands so far: `migrate` ran in this process, the others in their own.
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    return [*times, Figure("the runner's memory at its peak", peak, "MB", bound=120)]


def best_of(argv: list[str]) -> float:
    """Time a command three times, and return the seconds of the quickest."""
    seconds = []
    for _ in range(3):
        began = time.monotonic()
        subprocess.run(argv, check=True, capture_output=True, timeout=600)
        seconds.append(time.monotonic() - began)
    return min(seconds)
