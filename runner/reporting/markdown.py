"""A report as Markdown, for a ticket: what came of it first, the evidence after."""

from collections.abc import Iterator

from runner.journal.entry import ProofGiven
from runner.reporting.markdown_table import escape, table
from runner.reporting.markdown_window import window_sections
from runner.reporting.record import Report, StepRecord
from runner.reporting.words import say_bytes, say_count, say_duration, say_go_on, say_holds

SLOWEST = 20
"""DDL statements that are shown; the JSON has all of them."""
_OUTCOMES = {
    "proved": "PROVED",
    "failed": "FAILED",
    "interrupted": "INTERRUPTED",
    "undoing": "BEING UNDONE",
    "undone": "UNDONE",
    "rolled-back": "ROLLED BACK",
    "unfinished": "UNFINISHED",
}


def write_markdown(report: Report) -> str:
    """Write the whole report. Sections without anything to say are left out, except those that say that nothing is wrong."""
    sections = (
        _head,
        _trouble,
        window_sections,
        _new_server,
        _checkpoints,
        _projects,
        _steps,
        _measured,
        _definitions,
        _skipped,
        _checks,
        _proofs,
        _rows,
        _notes,
    )
    return "\n".join(line for section in sections for line in section(report))


def _head(report: Report) -> Iterator[str]:
    totals = report.totals
    target = f" to {report.target}" if report.target else ""
    yield f"# {report.flow}{target}: {_OUTCOMES[report.outcome]}"
    yield ""
    if report.message:
        yield from (f"> {escape(report.message)}", "")
    yield f"- run `{report.run}`, thing-a-me {report.version}, `{report.cloud}`"
    yield f"- {report.began:%Y-%m-%d %H:%M:%S} to {report.last_entry:%Y-%m-%d %H:%M:%S} UTC, {say_duration(totals.seconds)}" + (
        f", taken up again {say_count(report.resumed, 'time')}" if report.resumed else ""
    )
    if report.plan:
        yield f"- plan `{report.plan}`" + (
            "; no snapshot of ours, on the operator's word" if report.accepted_no_snapshot else ""
        )
    if report.snapshot:
        yield f"- snapshot `{report.snapshot}`"
    if begun := report.taken_over:
        yield f"- begins at the checkpoint at {begun.release} of run `{begun.run}`: what comes before, that run did and proved"
    earlier = f"{totals.taken_over} taken over, " if totals.taken_over else ""
    yield (
        f"- {say_count(totals.steps, 'step')}: {totals.proved} proved, {earlier}{totals.skipped} with nothing to do, "
        f"{totals.failed} failed, {totals.in_doubt} in doubt, {totals.ahead} ahead; "
        f"{say_count(totals.containers, 'container')}, {say_duration(totals.step_seconds)} in steps"
    )
    untold = f", {totals.proofs_untold} could not be told" if totals.proofs_untold else ""
    yield (
        f"- {totals.proofs_held} of {say_count(totals.proofs, 'proof')} hold{untold}"
        if totals.proofs
        else "- no proof was given"
    )
    yield ""


def _trouble(report: Report) -> Iterator[str]:
    """Say what somebody has to look at before anything else."""
    lines = [
        *(f"- `{step.step}` failed: {escape(step.reason)}{_last_log(step)}" for step in report.steps_with("failed")),
        *(f"- `{step.step}` is in doubt: it began and nothing says how it ended" for step in report.steps_with("in-doubt")),
        *(
            f"- proof {p.proof} of {p.subject} {say_holds(holds=p.holds).lower()}: {escape('; '.join(p.detail))}"
            for p in report.proofs
            if not p.holds
        ),
        *(f"- account `{name}` may still exist" for name in report.held_accounts),
        *(f"- network `{name}` may still exist" for name in report.held_networks),
    ]
    if lines:
        yield from ("## To look at", "", *lines, "")


def _new_server(report: Report) -> Iterator[str]:
    if not (new := report.handed_over):
        return
    log = f"on, and begins anew{f' ({new.gtid})' if new.gtid else ''}" if new.binary_log else "off"
    rows = [
        ("address", f"`{new.address}` on the engine's network `{new.network}`"),
        ("container", f"`{new.container}`, image `{new.image}`"),
        ("data", f"`{new.folder}`"),
        ("server", f"{new.version}, uid {new.uid or 'none'}"),
        ("binary log", log),
        ("stands for production at", new.point or "no binary log"),
        ("stored URLs lead to", ", ".join(new.urls_lead_to) or "there are none"),
    ]
    yield from table("New server", ("", ""), rows)


def _checkpoints(report: Report) -> Iterator[str]:
    rows = [
        (one.release, say_bytes(one.checkpoint.size), one.checkpoint.way, f"`{one.checkpoint.folder}`")
        for one in report.checkpoints
        if one.checkpoint
    ]
    yield from table("Checkpoints to go on from", ("at", "size", "copied by", "folder"), rows)
    if rows:
        yield from (f"`{say_go_on(report.target, report.snapshot)}`", "")


def _projects(report: Report) -> Iterator[str]:
    if not report.moves:
        return
    hops = [
        (hop.project, f"{hop.start} -> {hop.end}", f"{hop.done}/{hop.steps}", say_duration(hop.seconds)) for hop in report.hops
    ]
    still = [(move.project, f"stays at {move.start}", "", "") for move in report.moves if move.start == move.target]
    yield from table("Hops", ("project", "hop", "steps", "in steps"), [*hops, *still])


def _steps(report: Report) -> Iterator[str]:
    rows = [
        (
            f"`{step.step}`",
            step.outcome,
            ", ".join(map(str, step.exit_codes)),
            say_duration(step.seconds) if step.attempts or step.outcome == "taken-over" else "",
            step.reason if step.outcome == "taken-over" else _log_of(step),
        )
        for step in report.steps
        if step.outcome != "skipped"
    ]
    yield from table("Steps", ("step", "outcome", "exit codes", "took", "log"), rows)


def _measured(report: Report) -> Iterator[str]:
    rows = [
        (
            f"`{one.step}`",
            say_duration(one.seconds),
            str(one.statements),
            str(one.rows_changed),
            say_duration(one.longest_lock),
            f"{say_bytes(one.bytes_before)} -> {say_bytes(one.bytes_after)}",
            say_bytes(one.temporary_bytes) if one.temporary_bytes else "",
        )
        for one in report.measured
    ]
    heads = ("step", "took", "statements", "rows changed", "longest lock", "size on disk", "temporary")
    yield from table("What the steps did", heads, rows)


def _definitions(report: Report) -> Iterator[str]:
    """The slowest DDL, with its step: what holds a table's lock, and grows with the table."""
    every = [(one.seconds, one.text, measured.step) for measured in report.measured for one in measured.definitions]
    slowest = sorted(every, key=lambda one: -one[0])[:SLOWEST]
    rows = [(say_duration(seconds), f"`{step}`", f"`{text[:160]}`") for seconds, text, step in slowest]
    yield from table(f"Slowest of {say_count(len(every), 'DDL statement')}", ("took", "step", "statement"), rows)


def _skipped(report: Report) -> Iterator[str]:
    yield from table(
        "Nothing to do", ("step", "why"), [(f"`{step.step}`", step.reason) for step in report.steps_with("skipped")]
    )


def _checks(report: Report) -> Iterator[str]:
    found = [(answer.check, finding) for answer in report.checks for finding in answer.findings]
    yield from table("Findings", ("check", "finding"), found)
    mended = [(mend.name, f"`{' '.join(mend.command)}`", str(mend.rows_before), str(mend.rows_after)) for mend in report.mended]
    yield from table("Mended", ("finding", "command", "rows before", "after"), mended)


def _proofs(report: Report) -> Iterator[str]:
    rows = [(p.proof, p.subject, _bold(p), "; ".join(p.detail)) for p in report.proofs]
    yield from table("Proofs", ("proof", "of", "", "evidence"), rows)


def _bold(proof: ProofGiven) -> str:
    said = say_holds(holds=proof.holds)
    return said if proof.holds else f"**{said}**"


def _rows(report: Report) -> Iterator[str]:
    if not report.steps:
        return
    if not report.rows_compared:
        yield from ("## Rows", "", "Rows were not counted both before and after the chain.", "")
        return
    if not report.row_changes:
        yield from ("## Rows", "", f"{say_count(report.totals.tables_counted, 'table')} counted, none differs.", "")
        return
    rows = [(f"{c.schema_name}.{c.table}", _rows_of(c.before), _rows_of(c.after)) for c in report.row_changes]
    yield from table("Rows", ("table", "before", "after"), rows)


def _notes(report: Report) -> Iterator[str]:
    yield from table("Notes", ("about", ""), [(note.about, note.text) for note in report.notes])


def _rows_of(count: int | None) -> str:
    return "no table" if count is None else str(count)


def _log_of(step: StepRecord) -> str:
    return f"`{step.attempts[-1].log}`" if step.attempts and step.attempts[-1].log else ""


def _last_log(step: StepRecord) -> str:
    logs = [attempt.log for attempt in step.attempts if attempt.log]
    return f" (log `{logs[-1]}`)" if logs else ""
