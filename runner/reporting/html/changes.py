"""What changed: per project its releases, steps and rows; the new server; what a rehearsal measured."""

import re
from collections.abc import Iterator

from runner.journal.entry import ProofGiven
from runner.reporting.html.blocks import Mark, Section, fold, lines, mark, pairs, section, table
from runner.reporting.html.markup import Markup, code, join, tag
from runner.reporting.record import Report, RowChange, StepRecord
from runner.reporting.words import say_bytes, say_count, say_duration

_MARKS: dict[str, Mark] = {"proved": "good", "already-done": "good", "taken-over": "good", "failed": "bad", "in-doubt": "warn"}
SLOWEST = 20
"""DDL statements that are shown; the JSON has all of them."""


def changes(report: Report) -> Section | None:
    """Releases, steps and rows, per project."""
    return section(
        "changes",
        "What changed",
        tag("p", "Nothing stays of it: a snapshot was put back. This is what had been done.") if _is_gone(report) else "",
        _projects(report),
        tag("h3", "Steps") if report.steps else "",
        *(_steps(report, project) for project in dict.fromkeys(step.project for step in report.steps)),
        *_rows(report),
    )


def new_server(report: Report) -> Section | None:
    """What side by side hands over."""
    if not (new := report.handed_over):
        return None
    log = f"on, and begins anew{f' ({new.gtid})' if new.gtid else ''}" if new.binary_log else "off"
    facts = (
        ("address", join((code(new.address), " on the engine's network ", code(new.network)))),
        ("container", join((code(new.container), ", image ", code(new.image)))),
        ("data", code(new.folder)),
        ("server", f"{new.version}, uid {new.uid or 'none'}"),
        ("binary log", log),
        ("stands for production at", new.point or "no binary log"),
        ("stored URLs lead to", ", ".join(new.urls_lead_to) or "there are none"),
    )
    return section("new-server", "New server", pairs(facts))


def measured(report: Report) -> Section | None:
    """What each step of a rehearsal did, and its slowest DDL."""
    rows = [
        (
            code(one.step),
            say_duration(one.seconds),
            str(one.statements),
            str(one.rows_changed),
            say_duration(one.longest_lock),
            f"{say_bytes(one.bytes_before)} → {say_bytes(one.bytes_after)}",
            say_bytes(one.temporary_bytes) if one.temporary_bytes else "",
        )
        for one in report.measured
    ]
    heads = ("step", "took", "statements", "rows changed", "longest lock", "size on disk", "temporary")
    every = [(one.seconds, one.text, step.step) for step in report.measured for one in step.definitions]
    slowest = [
        (code(step), say_duration(seconds), code(text[:160]))
        for seconds, text, step in sorted(every, key=lambda one: -one[0])[:SLOWEST]
    ]
    did = table("What the steps did", heads, rows, numbers=range(1, 7))
    ddl = table("The slowest DDL", ("step", "took", "statement"), slowest, numbers=(1,))
    return section(
        "measured",
        "What the rehearsal measured",
        fold(f"What {say_count(len(rows), 'step')} did", did) if rows else "",
        fold(f"The slowest of {say_count(len(every), 'DDL statement')}", ddl) if every else "",
    )


def _is_gone(report: Report) -> bool:
    return report.outcome in {"rolled-back", "undone"} and report.totals.containers > 0


def _projects(report: Report) -> Markup:
    rows = []
    for move in report.moves:
        own = [step for step in report.steps if step.project == move.project]
        ran, idle = sum(bool(step.attempts) for step in own), sum(step.outcome == "skipped" for step in own)
        moved = move.start != move.target
        steps = f"{ran} ran" + (f", {idle} had nothing to do" if idle else "") if moved else "stays"
        took = say_duration(sum(step.seconds for step in own)) if own else ""
        proofs = (_holding(report, move.project, proof) for proof in ("schema", "rows"))
        rows.append((join((move.project,)), move.start, move.target, steps, took, *proofs))
    heads = (
        "project",
        "from",
        "to" if report.outcome == "proved" else "bound for",
        "steps",
        "in steps",
        "schema proofs",
        "row proofs",
    )
    return table("Projects", heads, rows, numbers=(4,))


def _holding(report: Report, project: str, proof: str) -> str:
    """How many of a project's proofs of one kind hold."""
    own: list[ProofGiven] = [one for one in report.proofs if one.proof == proof and _project_of(one.subject) == project]
    held = sum(one.holds is True for one in own)
    if not own:
        return "none given"
    return mark("good" if held == len(own) else "bad", f"{held} of {len(own)} hold")


def _project_of(subject: str) -> str:
    """The project of `nova.cell1`, of `nova: Placement API`, of `nova.cell1 at 2024.1`."""
    return re.split(r"[.:\s]", subject, maxsplit=1)[0]


def _steps(report: Report, project: str) -> Markup:
    own = [step for step in report.steps if step.project == project]
    ran = sum(bool(step.attempts) for step in own)
    heads = ("step", "outcome", "exit codes", "took", *(("rehearsed",) if report.planned else ()), "log, or why")
    rows = [_step(report, step) for step in own]
    body = table(f"Steps of {project}", heads, rows, numbers=range(2, len(heads) - 1))
    bad = any(step.outcome in {"failed", "in-doubt"} for step in own)
    return fold(f"{project}: {say_count(len(own), 'step')}, {ran} ran", body, is_open=bad)


def _step(report: Report, step: StepRecord) -> tuple[str, ...]:
    planned = report.planned.steps.get(step.step) if report.planned else None
    logs = [code(attempt.log) for attempt in step.attempts if attempt.log]
    why = [step.reason] if step.reason else []
    said = {"skipped": "nothing to do", "ahead": "not reached"}.get(step.outcome, step.outcome.replace("-", " "))
    return (
        code(step.step),
        mark(_MARKS.get(step.outcome, "quiet"), said),
        ", ".join(map(str, step.exit_codes)),
        say_duration(step.seconds) if step.attempts or step.outcome == "taken-over" else "",
        *((say_duration(planned) if planned is not None and step.attempts else "",) if report.planned else ()),
        lines([*why, *logs]),
    )


def _rows(report: Report) -> Iterator[str]:
    if not report.steps or not report.totals.containers:
        return
    yield tag("h3", "Rows")
    if not report.rows_compared:
        yield tag("p", "Rows were not counted both before and after the chain.")
        return
    came = [one for one in report.row_changes if one.before is None or one.after is None]
    differ = [one for one in report.row_changes if one not in came]
    counted = say_count(report.totals.tables_counted, "table")
    yield tag("p", f"{counted} counted: {len(differ)} hold another number of rows, {len(came)} came or went.")
    heads = ("table", "before", "after", "difference")
    yield fold(say_count(len(differ), "table") + " with another number of rows", _row_table(differ, heads)) if differ else ""
    yield fold(say_count(len(came), "table") + " that came or went", _row_table(came, heads)) if came else ""


def _row_table(found: list[RowChange], heads: tuple[str, ...]) -> Markup:
    rows = [(code(f"{c.schema_name}.{c.table}"), _count(c.before), _count(c.after), _difference(c)) for c in found]
    return table("Rows before and after", heads, rows, numbers=(1, 2, 3))


def _count(rows: int | None) -> str:
    return "no table" if rows is None else f"{rows:,}"


def _difference(change: RowChange) -> str:
    if change.before is None:
        return "new"
    return "gone" if change.after is None else f"{change.after - change.before:+,}"
