"""The window in a Markdown report: its timeline, what was down, who decided, what the watch saw."""

import datetime
from collections.abc import Iterator, Mapping

from runner.journal.window_entry import HookEnded
from runner.reporting.markdown_table import table
from runner.reporting.record import Report
from runner.reporting.window_record import PhaseSpan, WindowRecord
from runner.reporting.words import say_duration, say_holds


def window_sections(report: Report) -> Iterator[str]:
    """Write what there is to say of a run's window; nothing of a run without one."""
    if (window := report.window) is None:
        return
    yield from table("Window", ("", ""), list(_facts(window)))
    plan = report.planned.phases if report.planned else {}
    yield from table("Timeline", ("phase", "began", "took", "planned"), [_span(span, plan) for span in window.phases])
    down = [(one.service, _clock(one.since), _until(one.until), _took(one.since, one.until)) for one in window.downtimes]
    yield from table("Services", ("service", "stopped", "started", "down"), down)
    yield from table("Watch", ("target", "", "verdict"), [_watched(window, n) for n in range(_targets(window))])
    yield from table("Hooks", ("point", "hook", "exit code", "took", "said last", "log"), [_hook(one) for one in window.hooks])
    yield from table("Decisions", ("at", "by", "what"), [(_clock(one.at), one.by, one.what) for one in window.decisions])


def _hook(ended: HookEnded) -> tuple[str, ...]:
    took = say_duration(ended.seconds)
    return (ended.point, ended.name, _exit(ended.exit_code), took, ended.last_words, f"`{ended.log}`")


def _facts(window: WindowRecord) -> Iterator[tuple[str, str]]:
    hours = f"{window.opened_at:%Y-%m-%d %H:%M:%S} to {window.closes_at:%H:%M:%S} UTC"
    yield "open", f"{hours}, margin {say_duration(window.margin)}"
    yield "end", f"{window.end}{f': {window.reason}' if window.reason else ''}"
    if window.snapshot:
        yield "way back", f"snapshot `{window.snapshot}`, taken under silence"
    if quiet := window.silence:
        seen = f"{say_duration(quiet.took)}; {len(quiet.locked)} accounts locked, {len(quiet.ended)} sessions ended"
        yield "silence", f"after {seen}; nothing moved for {say_duration(quiet.seconds)}"
        yield "could still write", ", ".join(quiet.may_write) or "nobody"
    if window.still_stopped:
        yield "still stopped", ", ".join(window.still_stopped)
    if window.still_locked:
        yield "still locked", ", ".join(window.still_locked)


def _span(span: PhaseSpan, plan: Mapping[str, float]) -> tuple[str, str, str, str]:
    planned = say_duration(plan[span.phase]) if span.phase in plan and not span.undo else ""
    return f"{'undo ' if span.undo else ''}{span.phase}", _clock(span.began), _took(span.began, span.ended), planned


def _targets(window: WindowRecord) -> int:
    return len(window.watched.targets) if window.watched else 0


def _watched(window: WindowRecord, number: int) -> tuple[str, str, str]:
    assert window.watched
    one = window.watched.targets[number]
    return one.target, one.aloud, say_holds(holds=one.holds)


def _clock(at: datetime.datetime) -> str:
    return f"{at:%H:%M:%S}"


def _until(at: datetime.datetime | None) -> str:
    return _clock(at) if at else "not yet"


def _took(began: datetime.datetime, ended: datetime.datetime | None) -> str:
    return say_duration((ended - began).total_seconds()) if ended else "not ended"


def _exit(code: int | None) -> str:
    return "out of time" if code is None else str(code)
