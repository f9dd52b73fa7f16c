"""`python -m bench [BENCH ...] [--gigabytes N ...]`: measure, print, keep the results."""

import argparse
import sys
from collections.abc import Callable

from bench import chain, figure, images, inspecting, planning, snapshots, window
from bench.figure import Figure

BENCHES = ["images", "chain", "inspect", "snapshots", "planning", "window"]
"""What runs where none is named; `releases` is asked for by name, for it takes most of an hour."""


def main() -> int:
    """Run the named benches, or all; exit with 1 when a bound does not hold."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("bench", nargs="*", default=BENCHES, help=", ".join([*BENCHES, "releases"]))
    parser.add_argument("--gigabytes", nargs="+", type=float, default=[1.0], help="the sizes of servers that are snapshotted")
    asked = parser.parse_args()
    benches: dict[str, Callable[[], list[Figure]]] = {
        "images": images.measure,
        "releases": images.measure_releases,
        "chain": chain.measure,
        "inspect": inspecting.measure,
        "snapshots": lambda: snapshots.measure(*asked.gigabytes),
        "planning": planning.measure,
        "window": window.measure,
    }
    all_hold = True
    for name in asked.bench:
        figures = benches[name]()
        # What was measured stays, whatever becomes of the next one.
        figure.write(figures)
        for one in figures:
            print(one, flush=True)
        all_hold = all_hold and all(one.holds for one in figures)
    return 0 if all_hold else 1


if __name__ == "__main__":
    sys.exit(main())
