"""What the run was made of: its plan, images, snapshot and versions; and the notes."""

from runner.reporting.html.blocks import Section, pairs, section, table
from runner.reporting.html.markup import Markup, code, digest, join, tag
from runner.reporting.record import Report
from runner.reporting.words import say_bytes


def made_of(report: Report) -> Section | None:
    """Name everything by digest that decided what the run did."""
    facts = (
        ("run", code(report.run)),
        ("thing-a-me", report.version),
        ("cloud", code(report.cloud)),
        ("plan", digest(report.plan) if report.plan else ""),
        ("rehearsed by", join(map(code, report.planned.rehearsals), ", ") if report.planned else ""),
        ("snapshot", _snapshot(report)),
        ("the window's own snapshot", code(report.window.snapshot) if report.window and report.window.snapshot else ""),
        ("begun at", _begun(report)),
    )
    images = [(release, digest(image)) for release, image in sorted(report.images.items())]
    copies = [
        (one.release, say_bytes(one.checkpoint.size), one.checkpoint.way, code(one.checkpoint.folder))
        for one in report.checkpoints
        if one.checkpoint
    ]
    return section(
        "made-of",
        "What it was made of",
        pairs(facts),
        tag("h3", "Images") if images else "",
        table("Images by digest", ("release", "digest"), images),
        tag("h3", "Checkpoints to go on from") if copies else "",
        table("Checkpoints", ("at", "size", "copied by", "folder"), copies, numbers=(1,)),
    )


def notes(report: Report) -> Section | None:
    """What changed nothing but should be told."""
    rows = [(join((note.about,)), note.text) for note in report.notes]
    return section("notes", "Notes", table("Notes", ("about", "note"), rows))


def _snapshot(report: Report) -> Markup:
    if report.snapshot:
        return code(report.snapshot)
    return join(("none of ours, on the operator's word",)) if report.accepted_no_snapshot else Markup("")


def _begun(report: Report) -> Markup:
    if not (begun := report.taken_over):
        return Markup("")
    return join((f"the checkpoint at {begun.release} of run ", code(begun.run), ": what comes before, that run did and proved"))
