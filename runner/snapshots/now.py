"""Production as it is now, held against a snapshot, or against what it was a while ago. It is only read."""

import time
from dataclasses import dataclass

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_fixed

from runner.errors import ProductionAhead, ProductionWritten, QueryFailed
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.fingerprint import read_print
from runner.mariadb.point import Position, open_point
from runner.mariadb.snapshot_source import read_source
from runner.mariadb.table_prints import Progress
from runner.mariadb.visitors import read_visitors
from runner.planning.comparison import Comparison, compare
from runner.planning.fingerprint import ServerPrint
from runner.planning.snapshot import Taken
from runner.snapshots.method import Bench, progress
from runner.snapshots.shelf import Place

_SHOWN = 20
"""Differences in a message; all of them are counted."""
_TRIES = 5
"""A point needs an instant in which nobody commits; a heartbeat leaves many."""


@dataclass(frozen=True)
class Now:
    """A server's fingerprint, and its place in its binary log at that point; None where it keeps none."""

    print: ServerPrint
    position: Position | None


def print_now(bench: Bench, place: Place, taken: Taken, server: DatabaseServer) -> Now:
    """Read the fingerprint of all that a snapshot compares, as it is on the server now, and of schemas that came since.

    Raises:
        QueryFailed, ServerUnreachable: also where somebody writes all the time.
    """
    told, clock = progress(bench, place, "printing production", taken.raw_bytes), time.monotonic()
    schemas = taken.schemas
    if taken.method == "physical":
        schemas = tuple(sorted({*schemas, *read_source(server).schemas}))

    def hear(now: Progress) -> None:
        told(now.bytes_done, time.monotonic() - clock)

    with open_point(server, schemas, connections=max(2, bench.jobs)) as point:
        again = Retrying(
            retry=retry_if_exception_type(QueryFailed), stop=stop_after_attempt(_TRIES), wait=wait_fixed(0.2), reraise=True
        )
        position = again(point.hold)
        return Now(read_print(point, schemas, hear), position)


def demand_at_point(original: ServerPrint, now: Now, taken: Taken) -> Comparison:
    """Demand that production is what it was at a snapshot's point: what was written since is not in the copy.

    Raises:
        ProductionAhead: each difference is named.
    """
    # Production may have been started again since, and tell its counters from its files.
    comparison = compare(original, now.print, restarted=True)
    if not comparison.is_equal:
        raise ProductionAhead(f"production is not what it was at {taken.snapshot}'s point: {say(comparison)}")
    return comparison


def demand_unwritten(server: DatabaseServer, before: Now, after: Now) -> Comparison:
    """Demand that production is what it was before.

    Raises:
        ProductionWritten: each difference is named, and who is connected.
    """
    comparison = compare(before.print, after.print)
    if not comparison.is_equal:
        visitors = "; ".join(map(str, read_visitors(server)[:_SHOWN])) or "nobody else"
        raise ProductionWritten(
            f"production was written to meanwhile: {say(comparison)}\nits binary log went from {before.position} to"
            f" {after.position}; connected to it now: {visitors}"
        )
    return comparison


def say(comparison: Comparison) -> str:
    """Say a comparison that does not hold: what was counted, and the first differences."""
    lines = [f"not read: {one}" for one in comparison.skipped]
    lines += [
        f"{one.kind} {one.where}: was {one.original or 'not there'}, is {one.found or 'gone'}" for one in comparison.differences
    ]
    more = [f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
    return "\n".join((f"{comparison}:", *lines[:_SHOWN], *more))
