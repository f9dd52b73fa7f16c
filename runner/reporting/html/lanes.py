"""The chain, lane by lane: when each step ran, against what it took when it was rehearsed."""

import datetime
from collections.abc import Iterator, Sequence

from runner.reporting.html.blocks import Section, section
from runner.reporting.html.chart import Bar, Row, Scale, chart, key
from runner.reporting.html.markup import join, tag
from runner.reporting.record import AttemptRecord, Report, StepRecord
from runner.reporting.words import say_count, say_duration

_KINDS = {"proved": "done", "already-done": "done", "failed": "failed", "in-doubt": "cut"}


def lanes(report: Report) -> Section | None:
    """Draw the lanes on a scale of their own, from the first container to the end of the last."""
    ran = [attempt for step in report.steps for attempt in step.attempts]
    if not ran:
        return None
    begins = min(attempt.began for attempt in ran)
    names = dict.fromkeys(step.lane for step in report.steps)
    rows = [_lane(report, name) for name in names]
    bars = [bar for row in rows for bar in row.bars]
    scale = Scale(begins, max(bar.begins + datetime.timedelta(seconds=bar.seconds) for bar in bars))
    shown = {bar.kind for bar in bars}
    kinds = [("done", "a step"), ("planned", "what it took in rehearsal"), ("again", "an attempt that was repeated")]
    kinds += [("failed", "failed"), ("cut", "in doubt")]
    heads = ("lane", "steps", "in steps", "rehearsed") if report.planned else ("lane", "steps", "in steps")
    return section(
        "lanes",
        "The chain, lane by lane",
        tag("p", *_against(report, ran), class_="soft"),
        key(*(one for one in kinds if one[0] in shown)),
        chart("Steps by lane", heads, rows, scale),
    )


def _against(report: Report, ran: Sequence[AttemptRecord]) -> Iterator[str]:
    began = min(attempt.began for attempt in ran)
    seconds = (max(attempt.began + _length(attempt, report) for attempt in ran) - began).total_seconds()
    yield f"Time since {began:%H:%M:%S} UTC. From the first step to the last it took {say_duration(seconds)}"
    if planned := report.planned:
        with_times = [step for step in report.steps if step.attempts and step.step in planned.steps]
        rehearsed = sum(planned.steps[step.step] for step in with_times)
        took = sum(step.seconds for step in with_times)
        of = say_count(len(planned.rehearsals), "rehearsal")
        yield f"; the steps that ran took {say_duration(took)} together, {say_duration(rehearsed)} in {of}"
    yield "."


def _lane(report: Report, lane: str) -> Row:
    own = [step for step in report.steps if step.lane == lane]
    ran = [step for step in own if step.attempts]
    bars = tuple(bar for place, step in enumerate(ran) for bar in _bars(report, step, place % 2 + 1))
    stopped = next((step for step in own if step.outcome in {"failed", "in-doubt"}), None)
    label = join((lane, tag("small", f" {stopped.outcome.replace('-', ' ')}", class_="bad"))) if stopped else join((lane,))
    said = [f"{len(ran)} of {len(own)}", say_duration(sum(step.seconds for step in own))]
    if report.planned:
        rehearsed = sum(report.planned.steps.get(step.step, 0) for step in own)
        said.append(say_duration(rehearsed) if rehearsed else "")
    return Row(label, bars, tuple(said))


def _bars(report: Report, step: StepRecord, line: int) -> Iterator[Bar]:
    last = step.attempts[-1]
    planned = report.planned.steps.get(step.step) if report.planned else None
    for attempt in step.attempts:
        seconds = _length(attempt, report).total_seconds()
        kind = _KINDS.get(step.outcome, "done") if attempt is last else "again"
        against = f" (rehearsed: {say_duration(planned)})" if planned is not None else ""
        yield Bar(kind, attempt.began, seconds, f"{step.step}: {say_duration(seconds)}{against}, {_end(step, attempt)}")
    if planned is not None:
        yield Bar("planned", step.attempts[0].began, planned, f"{step.step} in rehearsal: {say_duration(planned)}", thin=line)


def _end(step: StepRecord, attempt: AttemptRecord) -> str:
    code = "no exit code" if attempt.exit_code is None else f"exit code {attempt.exit_code}"
    return f"{step.outcome}, {code}" if attempt is step.attempts[-1] else code


def _length(attempt: AttemptRecord, report: Report) -> datetime.timedelta:
    """What was not seen to end is drawn up to where the journal ends."""
    return report.last_entry - attempt.began if attempt.exit_code is None else datetime.timedelta(seconds=attempt.seconds)
