"""The result is what the baseline says: each database's schema, and where a limit was given each step's time."""

from collections.abc import Iterator, Mapping

from runner.mariadb.schema import read_schema
from runner.planning.baseline import Baseline, Expected
from runner.planning.difference import compare
from runner.proofs.question import Evidence, Question

NAME = "baseline"
GRACE = 5.0
"""Seconds that a step may take longer than its limit: starting a container takes what it takes."""


def give(question: Question) -> tuple[Evidence, ...]:
    """One piece per database and one for the times; none where the run is compared with no baseline."""
    expected = question.expected
    if not expected:
        return ()
    return (*_compare_schemas(expected.baseline, question), _compare_times(expected, question.seconds))


def _compare_schemas(baseline: Baseline, question: Question) -> Iterator[Evidence]:
    ours = {database.id: database.schema_name for database in question.plan.moving}
    for name in sorted(ours.keys() | baseline.schemas.keys()):
        if name not in ours:
            yield Evidence(NAME, name, holds=False, detail=("the baseline has this database, and the chain has not",))
        elif name not in baseline.schemas:
            yield Evidence(NAME, name, holds=False, detail=("the baseline does not have this database",))
        else:
            found = read_schema(question.server, ours[name])
            drift = [f"drift: {one.say('the baseline')}" for one in compare(found, baseline.schemas[name])]
            summary = f"{len(found.tables)} tables compared, {len(drift)} differences"
            yield Evidence(NAME, name, not drift, (summary, *drift))


def _compare_times(expected: Expected, seconds: Mapping[str, float]) -> Evidence:
    """Hold each step that ran both times against its limit; without one there is only something to tell."""
    then = expected.baseline.seconds
    both = sorted(then.keys() & seconds.keys())
    now, before = (sum(one[step] for step in both) for one in (seconds, then))
    ratio = f", {now / before:.2f} times as much" if before else ""
    summary = f"{len(both)} steps took {now:.1f} s, in the baseline {before:.1f} s{ratio}"
    limit = expected.at_most
    slow = [one for one in both if limit is not None and seconds[one] > limit * then[one] + GRACE]
    said = [f"{one} took {seconds[one]:.1f} s, in the baseline {then[one]:.1f} s" for one in slow]
    return Evidence(NAME, "seconds", not slow, (summary, *said))
