"""The window's timetable: what was rehearsed, what earlier windows took, and what is assumed where nobody knows."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from runner.errors import JournalBroken, RunMissing, SnapshotMissing
from runner.flows.world import World
from runner.journal import entry as e
from runner.journal import window_entry as w
from runner.journal.entry import Stamped
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.journal.runs import list_runs
from runner.planning.seal import Seal, Spread
from runner.planning.snapshot import SnapshotManifest
from runner.planning.timetable import Part, PutBack, Timetable, lay_out, measured_part, restore_part, snapshot_part
from runner.settings import Cloud
from runner.snapshots.shelf import State, list_places
from runner.window_settings import TimedPhase, WindowSettings

_ASSUMED: Mapping[TimedPhase, Spread] = {
    "stop": Spread(median=10.0, p95=60.0),
    "silence": Spread(median=2.0, p95=30.0),
    "fresh schemas": Spread(median=1.0, p95=30.0),
    "count rows": Spread(median=1.0, p95=10.0),
    "release silence": Spread(median=1.0, p95=5.0),
    "roll out": Spread(median=20.0, p95=120.0),
    "validate": Spread(median=10.0, p95=120.0),
    "start": Spread(median=10.0, p95=60.0),
}
"""Until a window on this cloud has measured it; generous, because it decides until when can be turned back."""
_OF_SERVICES = ("stop", "roll out", "validate", "start")


def plan_window(
    world: World, seal: Seal, settings: WindowSettings, *, databases_only: bool, jobs: int, but: Path | None = None
) -> Timetable:
    """Lay a window out by what its rehearsal took, and by what earlier windows did, `but` the run of this folder.

    Raises:
        SnapshotBroken, SnapshotMissing
    """
    histories = list(_histories(world.cloud, but))
    manifests = [place.read_manifest() for place in list_places(world.cloud.snapshots) if place.state is State.PROVEN]

    sizes = {manifest.taken.snapshot: manifest.data_bytes for manifest in manifests}

    def part(phase: TimedPhase) -> Part:
        if databases_only and phase in _OF_SERVICES:
            return Part(phase, Spread(median=0.0, p95=0.0), "databases only")
        measured, expected = list(_took(histories, phase)), settings.expect.get(phase)
        if expected is not None and not measured:
            return Part(phase, Spread(median=expected, p95=expected), "expected (cloud.yaml)")
        return measured_part(phase, measured, _ASSUMED[phase])

    return lay_out(
        seal,
        jobs=jobs,
        before=(part("stop"), part("silence"), snapshot_part(manifests), part("fresh schemas"), part("count rows")),
        after=(part("release silence"), part("roll out"), part("validate")),
        restore=restore_part(list(_put_back(histories, sizes)), _largest(manifests)),
        start=part("start"),
        length=settings.length,
        margin=settings.margin,
    )


def _histories(cloud: Cloud, but: Path | None) -> Iterator[Sequence[Stamped]]:
    for folder in list_runs(cloud.runs):
        with suppress(JournalBroken, RunMissing):
            if folder != but:
                yield read_entries(folder)


def _took(histories: Sequence[Sequence[Stamped]], phase: str) -> Iterator[float]:
    """How long a phase took in windows that went through it; `start` is no phase: see `_started`."""
    for history in histories:
        if not any(isinstance(one.entry, w.WindowOpened) for one in history):
            continue
        if phase == "start":
            yield from _started(history)
        began = None
        for one in history:
            if isinstance(one.entry, e.PhaseBegan) and one.entry.phase == phase:
                began = one.at
            elif isinstance(one.entry, e.PhaseEnded) and one.entry.phase == phase and began:
                yield (one.at - began).total_seconds()


def _started(history: Sequence[Stamped]) -> Iterator[float]:
    """How long all services together took to come back: from the first that was started to the last that ran."""
    ends = [one for one in history if isinstance(one.entry, w.ServiceStarted)]
    if ends:
        begins = [one.at - timedelta(seconds=one.entry.seconds) for one in ends if isinstance(one.entry, w.ServiceStarted)]
        yield (ends[-1].at - min(begins)).total_seconds()


def _put_back(histories: Sequence[Sequence[Stamped]], sizes: Mapping[str, int]) -> Iterator[PutBack]:
    """How long snapshots took to put back, by runs that did nothing else; `sizes` of those that are still there."""
    for history in histories:
        began, last = replay(history).began, history[-1]
        if began.flow == "restore" and isinstance(last.entry, e.RunEnded) and last.entry.outcome == "proved":
            yield PutBack((last.at - history[0].at).total_seconds(), sizes.get(began.snapshot or "", 0))


def _largest(manifests: Sequence[SnapshotManifest]) -> SnapshotManifest:
    if not manifests:
        raise SnapshotMissing("no snapshot of this cloud is proven: nobody knows how long it takes to put one back")
    return max(manifests, key=lambda manifest: manifest.data_bytes)
