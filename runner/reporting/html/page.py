"""A report as one HTML file that needs nothing else: no network, no script, no font; for a screen, a telephone and paper."""

from importlib.resources import files

from runner.reporting.html import around, attention, changes, evidence, facts, lanes, timeline
from runner.reporting.html.markup import Markup, tag
from runner.reporting.html.verdict import say_title, verdict
from runner.reporting.record import Report

SECTIONS = (
    attention.attention,
    changes.new_server,
    attention.findings,
    timeline.timeline,
    lanes.lanes,
    timeline.downtime,
    changes.changes,
    evidence.evidence,
    changes.measured,
    around.watch,
    around.silence,
    around.hooks,
    around.decisions,
    facts.made_of,
    facts.notes,
)
"""In the order in which they are read; one that has nothing to say is left out."""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_SIGNS = {
    "check": "M2.5 8.5 6.5 12.5 13.5 4",
    "cross": "M3.5 3.5 12.5 12.5 M12.5 3.5 3.5 12.5",
    "mind": "M8 3v6 M8 12v1.2",
    "return": "M6 3 2.5 6.5 6 10 M2.5 6.5H10a3.5 3.5 0 0 1 0 7H6.5",
    "dot": "M5 8h6",
}


def write_html(report: Report) -> str:
    """Write the page. It is well-formed XML too, so that any parser can hold us to it."""
    title = f"{say_title(report)}: {report.outcome} ({report.run})"
    # A style sheet is not escaped in HTML; ours has nothing that would have to be.
    style = Markup(files("runner.reporting.html").joinpath("style.css").read_text(encoding="utf-8"))
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", style),
    )
    sections = [found for write in SECTIONS if (found := write(report))]
    links = (tag("li", tag("a", one.title, href=f"#{one.name}")) for one in sections)
    nav = tag("nav", tag("ul", *links), aria_label="Sections")
    main = tag("main", *(one.markup for one in sections))
    body = tag("body", _signs(), verdict(report), nav, main, _footer(report))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _signs() -> Markup:
    """The signs of marks and the hatching, drawn once."""
    symbols = (tag("symbol", tag("path", d=path), id=f"icon-{name}", viewBox="0 0 16 16") for name, path in _SIGNS.items())
    hatch = tag(
        "pattern",
        tag("path", d="M0 0V6", class_="hatching"),
        id="hatch",
        width="6",
        height="6",
        patternUnits="userSpaceOnUse",
        patternTransform="rotate(45)",
    )
    return tag("svg", tag("defs", *symbols, hatch), class_="signs", width="0", height="0", aria_hidden="true")


def _footer(report: Report) -> Markup:
    last = f"{report.last_entry:%Y-%m-%d %H:%M:%S} UTC"
    return tag("footer", tag("p", f"Made by thing-a-me from the journal of run {report.run}; its last entry is of {last}."))
