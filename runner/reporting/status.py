"""Where a run is, from its folder: one line for a list, a block for `status`."""

import datetime
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from runner.journal.lock import Holder, find_holder, find_last_holder
from runner.journal.reader import read_entries
from runner.reporting.record import Report, StepRecord
from runner.reporting.report import report_of
from runner.reporting.window_status import forecast_line, say_window, watch_lines
from runner.reporting.words import say_count, say_duration, say_go_on, say_holds

_BEHIND = ("proved", "already-done", "taken-over", "skipped")


@dataclass(frozen=True)
class Status:
    """A run and who works on it. `now` only serves to say how long things take already; `forecast` is its window's line.

    `watch` is what the watch has seen so far, where it is not over.

    `elsewhere` is who worked on it last where that was on another machine: locks of that one may not be seen from here.
    """

    report: Report
    holder: Holder | None
    now: datetime.datetime
    forecast: str = ""
    elsewhere: Holder | None = None
    watch: tuple[str, ...] = ()

    @property
    def word(self) -> str:
        """One of running, elsewhere, proved, failed, interrupted, died: what nobody ended and nobody works on has died."""
        if self.holder is not None and self.report.outcome != "proved":
            return "running"
        if self.report.outcome != "unfinished":
            return self.report.outcome
        return "elsewhere" if self.elsewhere else "died"


def read_status(folder: Path) -> Status:
    """Read where the run in `folder` is.

    Raises:
        RunMissing, JournalBroken: see `journal.reader` and `journal.replay`.
    """
    # First who works on it: the other way round, a runner that ends in between would look as if it had died.
    holder = find_holder(folder)
    entries = read_entries(folder)
    last = find_last_holder(folder)
    elsewhere = last if holder is None and last and last.host != socket.gethostname() else None
    report = report_of(entries)
    is_open = holder or (elsewhere and report.outcome == "unfinished")
    forecast = forecast_line(folder, entries) if is_open else ""
    watch = watch_lines(folder) if report.window and not report.window.watched else ()
    return Status(report, holder, datetime.datetime.now(datetime.UTC), forecast, elsewhere, watch)


def say_status_line(status: Status) -> str:
    """Say it in one line, aligned for a list of runs."""
    report = status.report
    done = f"{len(report.steps_with(*_BEHIND))}/{say_count(len(report.steps), 'step')}"
    target = f"to {report.target}" if report.target else ""
    return f"{report.run}  {report.flow:<9} {target:<10} {status.word:<11} {done}"


def say_status(status: Status) -> str:
    """Say it as a block: the run, its lanes, what is in doubt, what to do next."""
    return "\n".join((*_head(status), *_lanes(status), *_open_ends(status), *_next(status)))


def _head(status: Status) -> Iterator[str]:
    report = status.report
    yield say_status_line(status)
    if status.holder and status.word == "running":
        yield f"  by      {status.holder}"
    if status.elsewhere and status.word == "elsewhere":
        heard = say_duration((status.now - report.last_entry).total_seconds())
        yield f"  by      {status.elsewhere}: whether it still works there cannot be told from here; last entry {heard} ago"
    if report.phase and status.word != "proved":
        yield f"  phase   {report.phase}"
    since = status.now if status.word in {"running", "elsewhere"} else report.last_entry
    yield f"  began   {report.began:%Y-%m-%d %H:%M:%S} UTC, {say_duration((since - report.began).total_seconds())}"
    if report.window:
        yield from say_window(report.window, status.forecast)
        yield from (f"  watch   {line}" for line in status.watch)
        if report.window.waiting and status.word in {"running", "elsewhere"}:
            there = f"on {status.elsewhere.host}: " if status.elsewhere else ""
            yield f"  waits   {report.window.waiting}"
            yield f"          {there}thing-a-me proceed {report.run} goes on, thing-a-me abort {report.run} turns back"
    if report.message:
        yield f"  says    {' '.join(report.message.split())}"


def _lanes(status: Status) -> Iterator[str]:
    lanes: dict[str, list[StepRecord]] = {}
    for step in status.report.steps:
        lanes.setdefault(step.lane, []).append(step)
    width = max((len(lane) for lane in lanes), default=0)
    for lane, steps in lanes.items():
        behind = sum(step.outcome in _BEHIND for step in steps)
        current = next((step for step in steps if step.outcome not in _BEHIND), None)
        yield f"    {lane:<{width}}  {behind:>3}/{len(steps):<3}  {_current(status, current)}".rstrip()


def _current(status: Status, step: StepRecord | None) -> str:
    if step is None:
        return "done"
    name = step.step.removeprefix(f"{step.lane}/")
    match step.outcome:
        case "in-doubt" if status.word in {"running", "elsewhere"}:
            return f"{name}  running {say_duration((status.now - step.attempts[-1].began).total_seconds())}"
        case "in-doubt":
            return f"{name}  in doubt"
        case "failed":
            return f"{name}  failed: {' '.join(step.reason.split())}"
        case _:
            return f"{name}  next"


def _open_ends(status: Status) -> Iterator[str]:
    report = status.report
    for proof in report.proofs:
        if not proof.holds:
            yield f"  proof {proof.proof} of {proof.subject} {say_holds(holds=proof.holds).lower()}: {'; '.join(proof.detail)}"
    # What a run at work holds it needs; what one left that was killed is there although nobody wrote an end.
    if status.word not in {"running", "elsewhere"} and (report.held_accounts or report.held_networks):
        yield f"  still there: {', '.join(report.held_accounts + report.held_networks)}"


def _next(status: Status) -> Iterator[str]:
    if status.word == "elsewhere":
        yield "  if that machine is gone:"
    report, ended_badly = status.report, status.word in {"died", "elsewhere", "interrupted", "failed"}
    window = report.window
    # A snapshot that was put back by hand gives no services and no accounts back.
    is_held = bool(window and status.word == "undone" and (window.still_stopped or window.still_locked))
    if is_held or (ended_badly and window and window.end == "turning back"):
        yield f"  next    thing-a-me rollback {report.run}"
    elif ended_badly and window:
        yield f"  next    thing-a-me resume {report.run}, or thing-a-me rollback {report.run}"
    elif ended_badly and report.flow == "text":
        yield "  next    thing-a-me check --fix text"
    elif ended_badly and report.flow == "migrate":
        yield f"  next    thing-a-me resume {report.run}"
    elif status.word == "died" and report.flow == "restore":
        # Only a restore can tell which data are in place, and settle it.
        yield f"  next    thing-a-me snapshot restore {report.snapshot}"
    elif ended_badly and report.checkpoints:
        yield f"  next    {say_go_on(report.target, report.snapshot)}"
    elif ended_badly or status.word == "proved":
        yield f"  next    thing-a-me report {report.run}"
