"""The window of the demo's cloud: what is around its chain and its snapshot, how soon it is silent, and what the watch lost."""

import datetime
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.figure import Figure
from runner.demo.live_cloud import live_cloud
from runner.demo.night import TARGET, stage
from runner.events import silent
from runner.flows.images import open_workshop
from runner.flows.seal import SEALED
from runner.journal import window_entry as w
from runner.journal.entry import AccountsDropped, AccountsMade, Stamped
from runner.journal.reader import read_entries
from runner.journal.runs import find_run
from runner.reporting.report import report_of
from runner.reporting.window_record import PhaseSpan, WindowRecord

NAME = "thing-a-me-bench-window"
APART = ("snapshot", "chain")
"""Phases that are measured elsewhere: their length is the data's, and the projects' own code's."""


def measure() -> list[Figure]:
    """Put the demo's cloud up, rehearse, and take it through its window; nothing is told but the figures."""
    workshop = open_workshop(None, silent)
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as scratch,
        stage(workshop, NAME, Path(scratch), jobs=2) as made,
        live_cloud(workshop, made, keep=False, tell=silent),
    ):
        for words in _words(made.cloud):
            subprocess.run([sys.executable, "-m", "runner", *words, "--quiet", "--cloud", str(made.cloud)], check=True)
        entries = read_entries(find_run(made.cloud.parent / "runs", None))
    window = report_of(entries).window
    assert window, "it was a window"
    return list(_figures(window, entries))


def _words(cloud: Path) -> Iterator[Sequence[str]]:
    yield "check", "--to", TARGET, "--fix", "cinder-purge"
    yield "snapshot", "take"
    yield "rehearse", "--to", TARGET
    yield "migrate", "--sealed", str(find_run(cloud.parent / "runs", None) / SEALED)


def _figures(window: WindowRecord, entries: Sequence[Stamped]) -> Iterator[Figure]:
    took = {one.phase: _seconds(one) for one in window.phases}
    yield Figure("the demo's window", sum(took.values()), "s")
    for phase in APART:
        yield Figure(f"of it {phase}", took[phase], "s")
    asked = _asking(entries)
    yield Figure("of it the target's own code at work after the chain: upgrade checks, read-back", asked, "s")
    besides = sum(seconds for phase, seconds in took.items() if phase not in APART)
    yield Figure("of it everything but steps and snapshot", besides, "s")
    yield Figure(
        "of it all else: gates, stop, silence, proofs of heads, rows, schemas, release, roll out, validate",
        *(besides - asked, "s"),
        bound=20,
    )
    stopped = max(one.at for one in entries if isinstance(one.entry, w.ServiceStopped))
    (silence,) = [one.at for one in entries if isinstance(one.entry, w.SilenceReached)]
    yield Figure("silent after the last service stopped", (silence - stopped).total_seconds(), "s", bound=2)
    assert window.watched, "it was watched"
    yield Figure("beats of the watch on the workload", sum(one.beats for one in window.watched.targets), "beats")
    yield Figure(
        "of them lost, under the chain's full load", sum(one.misses for one in window.watched.targets), "beats", bound=0
    )


def _asking(entries: Sequence[Stamped]) -> float:
    """How long the projects' own code was asked after the chain: as long as it had accounts."""
    at = {type(one.entry): one.at for one in entries}
    return (at[AccountsDropped] - at[AccountsMade]).total_seconds()


def _seconds(span: PhaseSpan) -> float:
    return ((span.ended or datetime.datetime.now(datetime.UTC)) - span.began).total_seconds()
