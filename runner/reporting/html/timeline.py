"""The timeline: the window as a whole, its phases one below the other, and what was down meanwhile."""

import datetime
from collections.abc import Iterator, Sequence

from runner.reporting.html.blocks import Section, clock, pairs, section
from runner.reporting.html.chart import Bar, Row, Scale, chart, key
from runner.reporting.html.markup import Markup, join, tag
from runner.reporting.record import Report
from runner.reporting.window_record import Downtime, PhaseSpan, WindowRecord
from runner.reporting.words import say_at_length, say_duration


def timeline(report: Report) -> Section | None:
    """Draw the window with its marks, then the phases on the run's own scale."""
    phases = report.window.phases if report.window else report.phases
    return section(
        "timeline",
        "Timeline",
        _window(report, report.window) if report.window else "",
        _phases(report, phases) if phases else "",
    )


def downtime(report: Report) -> Section | None:
    """Say how long each service was down."""
    if not report.window or not report.window.downtimes:
        return None
    down = sorted(report.window.downtimes, key=lambda one: one.since)
    rows = (_down(one, report) for one in down)
    heads = ("service", "from", "to", "down")
    return section("downtime", "Downtime", chart("When services were down", heads, rows, _scale(report)))


def _scale(report: Report) -> Scale:
    return Scale(report.began, report.last_entry)


def _window(report: Report, window: WindowRecord) -> Markup:
    """The whole window as one strip: what of it was used, where the margin begins, where it ends."""
    margin_at = window.closes_at - datetime.timedelta(seconds=window.margin)
    scale = Scale(window.opened_at, max(window.closes_at, report.last_entry))
    used_kind = "back" if window.end.startswith("turn") else "done"
    used = say_at_length((report.last_entry - window.opened_at).total_seconds())
    said = f"{used} of {say_at_length(window.length)} were used; the last {say_at_length(window.margin)} are the margin."
    end, margin = scale.place(window.closes_at), scale.place(margin_at)
    strip = tag(
        "svg",
        tag("title", "The window"),
        tag("desc", said),
        _strip(0, end, "room"),
        _strip(margin, end, "margin"),
        _strip(0, max(scale.place(report.last_entry), 0.35), used_kind),
        *(tag("line", x1=f"{at:g}%", x2=f"{at:g}%", y1="0", y2="100%", class_="mark") for at in (margin, end)),
        role="img",
        width="100%",
        height="28",
        class_="strip",
    )
    facts = (
        ("opened", clock(window.opened_at, report.began)),
        ("this run's end", f"{clock(report.last_entry, report.began)}, after {used}"),
        ("margin begins", clock(margin_at, report.began)),
        ("window's end", f"{clock(window.closes_at, report.began)}, after {say_at_length(window.length)}"),
    )
    kinds = [(used_kind, "used"), ("room", "left"), ("margin", "margin")]
    return tag("figure", tag("figcaption", tag("h3", "The window"), tag("p", said)), strip, key(*kinds), pairs(facts))


def _strip(begins: float, ends: float, kind: str) -> Markup:
    return tag("rect", x=f"{begins:g}%", width=f"{max(ends - begins, 0):g}%", y="4", height="20", class_=kind)


def _phases(report: Report, phases: Sequence[PhaseSpan]) -> Markup:
    rows = tuple(_rows(report, phases))
    ends = (bar.begins + datetime.timedelta(seconds=bar.seconds) for row in rows for bar in row.bars)
    scale = Scale(report.began, max((report.last_entry, *ends)))
    undone = any(span.undo for span in phases)
    kinds = [("done", "a phase"), *([("back", "an undo"), ("part", "part of an undo")] if undone else [])]
    kinds += [("cut", "did not come to its end")] if any(not span.ended for span in phases) else []
    planned = bool(report.planned and report.planned.phases)
    kinds += [("planned", "what was planned")] if planned else []
    heads = ("phase", "from", "took", "planned") if planned else ("phase", "from", "took")
    table = chart("Phases of the run", heads, rows, scale)
    return tag(
        "div", tag("h3", "Phases"), tag("p", f"Time since {report.began:%H:%M:%S} UTC.", class_="soft"), key(*kinds), table
    )


def _rows(report: Report, phases: Sequence[PhaseSpan]) -> Iterator[Row]:
    """What began inside an undo is a part of it. A phase that did not end was left when the next one began."""
    plan = report.planned.phases if report.planned else {}
    for place, span in enumerate(phases):
        after = next((one.began for one in phases[place + 1 :]), report.last_entry)
        seconds = ((span.ended or after) - span.began).total_seconds()
        inside = not span.undo and any(one.undo and one.began <= span.began < (one.ended or after) for one in phases[:place])
        kind = "back" if span.undo else "part" if inside else "done" if span.ended else "cut"
        name = f"undo {span.phase}" if span.undo else span.phase
        took = say_duration(seconds)
        cut = "" if span.ended else "not ended"
        label = tag("span", name, class_="inside" if inside else None)
        label = join((label, tag("small", f" {cut}"))) if cut else label
        # Beside one that was broken off, the length that it would have had tells nothing, and makes all others short.
        planned = None if span.undo or inside or not span.ended else plan.get(span.phase)
        against = "" if planned is None else f" (planned: {say_duration(planned)})"
        bars = [Bar(kind, span.began, seconds, f"{name}: {took}{against}{f', {cut}' if cut else ''}")]
        if planned is not None:
            bars.append(Bar("planned", span.began, planned, f"{name} as planned: {say_duration(planned)}", thin=1))
        said = [clock(span.began, report.began), took]
        said += [say_duration(planned) if planned is not None else ""] if plan else []
        yield Row(label, tuple(bars), tuple(said))


def _down(one: Downtime, report: Report) -> Row:
    seconds = one.seconds if one.seconds is not None else (report.last_entry - one.since).total_seconds()
    until = clock(one.until, report.began) if one.until else "still down"
    took = say_duration(seconds)
    bar = Bar("down" if one.until else "failed", one.since, seconds, f"{one.service}: {took}")
    return Row(join((one.service,)), (bar,), (clock(one.since, report.began), until, took))
