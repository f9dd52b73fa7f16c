"""The verdict: what came of the run, in one sentence and a few numbers."""

from collections.abc import Iterator

from runner.reporting.html.blocks import Mark, mark
from runner.reporting.html.markup import Markup, code, join, tag
from runner.reporting.record import Report
from runner.reporting.window_record import WindowRecord
from runner.reporting.words import say_at_length, say_count

_FLOWS = {
    "migrate": "Migration",
    "side-by-side": "Migration side by side",
    "rehearse": "Rehearsal",
    "check": "Check",
    "mend": "Mending",
    "text": "Mending of text",
    "restore": "Restore of a snapshot",
}
_MARKS: dict[str, tuple[Mark, str]] = {
    "proved": ("good", "Proved"),
    "failed": ("bad", "Failed"),
    "interrupted": ("warn", "Interrupted"),
    "undoing": ("back", "Being undone"),
    "undone": ("back", "Undone"),
    "rolled-back": ("back", "Rolled back"),
    "unfinished": ("warn", "Unfinished"),
}
_ENDINGS = {
    "failed": "The run failed.",
    "interrupted": "The run was interrupted, and has not been gone on with.",
    "undoing": "A snapshot is being put back.",
    "undone": "A snapshot was put back.",
    "rolled-back": "The window was turned back, and all is as it was.",
    "unfinished": "No entry says how this run ended: it is still at work, or its runner died.",
}


def say_title(report: Report) -> str:
    """Say what the run was: `Migration to 2026.1`."""
    flow = _FLOWS.get(report.flow, report.flow)
    return f"{flow} to {report.target}" if report.target else flow


def verdict(report: Report) -> Markup:
    """Draw the head of the page."""
    kind, said = _mark(report)
    return tag(
        "header",
        tag("p", "thing-a-me · run ", code(report.run), class_="run"),
        tag("h1", say_title(report)),
        tag("p", mark(kind, said), class_="outcome"),
        tag("p", say_verdict(report), class_="sentence"),
        tag("blockquote", report.message) if report.message else "",
        tag("p", *_when(report), class_="when"),
        tag("dl", *(_tile(*one) for one in _tiles(report)), class_="tiles"),
        class_=f"verdict {kind}",
    )


def _mark(report: Report) -> tuple[Mark, str]:
    """What a check proves is in what it found."""
    if report.flow == "check" and report.outcome == "proved":
        return ("warn", "Something found") if any(one.findings for one in report.checks) else ("good", "Nothing found")
    return _MARKS[report.outcome]


def say_verdict(report: Report) -> str:
    """Say it all in one sentence, for whoever reads no further."""
    if report.outcome != "proved":
        return _ENDINGS[report.outcome]
    parts = [part for part in (_reached(report), _proofs(report), _window(report)) if part]
    if not parts:
        return "The run came to its end."
    *first, last = parts
    return f"{', '.join(first)}{' and ' if first else ''}{last}.".replace(" and and ", " and ")


def _reached(report: Report) -> str:
    moved = [move for move in report.moves if move.start != move.target]
    if not moved:
        return _checked(report)
    where = " on a copy" if report.flow == "rehearse" else ""
    starts = sorted({move.start for move in moved})
    start = starts[0] if len(starts) == 1 else f"{starts[0]} to {starts[-1]}"
    return f"{say_count(len(moved), 'project')} went from {start} to {report.target}{where}"


def _checked(report: Report) -> str:
    if not report.checks:
        return ""
    found = sum(len(one.findings) for one in report.checks)
    return f"{say_count(len(report.checks), 'check')} found {say_count(found, 'thing') if found else 'nothing'}"


def _proofs(report: Report) -> str:
    totals = report.totals
    if not totals.proofs:
        return ""
    if totals.proofs_held == totals.proofs:
        return f"all of {say_count(totals.proofs, 'proof')} hold" if totals.proofs > 1 else "its proof holds"
    untold = f" ({totals.proofs_untold} could not be told)" if totals.proofs_untold else ""
    return f"{totals.proofs_held} of {totals.proofs} proofs hold{untold}"


def _window(report: Report) -> str:
    if not report.window:
        return ""
    left = _left(report, report.window)
    if left < 0:
        return f"the window was exceeded by {say_at_length(-left)}"
    return f"the window had {say_at_length(left)} to spare"


def _left(report: Report, window: WindowRecord) -> float:
    return (window.closes_at - report.last_entry).total_seconds()


def _when(report: Report) -> Iterator[str]:
    began, ended = report.began, report.last_entry
    same_day = began.date() == ended.date()
    yield tag("time", f"{began:%Y-%m-%d %H:%M:%S}", datetime=began.isoformat())
    yield " to "
    yield tag("time", f"{ended:%H:%M:%S}" if same_day else f"{ended:%Y-%m-%d %H:%M:%S}", datetime=ended.isoformat())
    yield " UTC"
    if report.resumed:
        yield f", taken up again {say_count(report.resumed, 'time')}"


def _tiles(report: Report) -> Iterator[tuple[str, str, str]]:
    """Name, number, what there is to say to it."""
    totals = report.totals
    planned = f"rehearsed: {say_at_length(report.planned.total)} for chain and proofs" if report.planned else ""
    yield ("Took", say_at_length(totals.seconds), planned)
    if window := report.window:
        left = _left(report, window)
        spare = f"{say_at_length(left)} were left" if left >= 0 else f"exceeded by {say_at_length(-left)}"
        state = "exceeded" if left < 0 else "kept" if window.end in {"closed", "turned back"} else "open"
        yield ("Window", state, f"of {say_at_length(window.length)}, {spare}")
        yield from _downtime(window)
    if totals.steps:
        parts = ((totals.skipped, "had nothing to do"), (totals.taken_over, "taken over"), (totals.failed, "failed"))
        more = (*parts, (totals.in_doubt, "in doubt"), (totals.ahead, "not reached"))
        yield (
            "Steps proved",
            f"{totals.proved} of {totals.steps}",
            _and(f"{number} {said}" for number, said in more if number),
        )
    if totals.proofs:
        failing = totals.proofs - totals.proofs_held - totals.proofs_untold
        rest = ((failing, "do not hold"), (totals.proofs_untold, "could not be told"))
        told = _and(f"{number} {said}" for number, said in rest if number)
        yield ("Proofs that hold", f"{totals.proofs_held} of {totals.proofs}", told)


def _downtime(window: WindowRecord) -> Iterator[tuple[str, str, str]]:
    over = [one.seconds for one in window.downtimes if one.seconds is not None]
    services = len({one.service for one in window.downtimes})
    if window.still_stopped:
        yield ("Downtime", "goes on", f"{say_count(len(window.still_stopped), 'service')} still stopped")
    elif over:
        yield ("Longest downtime", say_at_length(max(over)), f"{say_count(services, 'service')} stopped")


def _tile(name: str, number: str, said: str) -> Markup:
    return tag("div", tag("dt", name), tag("dd", tag("strong", number), tag("span", said) if said else ""))


def _and(parts: Iterator[str]) -> str:
    return str(join(parts, ", "))
