"""What somebody has to look at; and what checks found, and what was mended."""

from collections.abc import Iterator

from runner.reporting.html.blocks import Mark, Section, lines, mark, section, table
from runner.reporting.html.markup import code, join, tag
from runner.reporting.record import Report, StepRecord
from runner.reporting.window_record import WindowRecord
from runner.reporting.words import say_count, say_go_on

Concern = tuple[Mark, str, str]
"""How bad it is, in one word or two, and what it is."""


def attention(report: Report) -> Section | None:
    """List what a person has to look at, or say that there is nothing."""
    own = _of_window(report.window) if report.window else ()
    found = [*_of_steps(report), *_of_proofs(report), *own, *_left(report), *_of_checks(report)]
    found.sort(key=lambda concern: concern[0] != "bad")
    if not found and report.outcome == "proved":
        return section("attention", "To look at", tag("p", mark("good", "Nothing"), " needs looking at."))
    items = (tag("li", mark(kind, word), tag("div", said, class_="what")) for kind, word, said in found)
    return section("attention", "To look at", tag("ul", *items, class_="concerns") if found else "")


def findings(report: Report) -> Section | None:
    """What the checks found and what was mended."""
    found = [(one.check, lines(one.findings)) for one in report.checks if one.findings]
    mended = [(one.name, code(" ".join(one.command)), f"{one.rows_before}", f"{one.rows_after}") for one in report.mended]
    return section(
        "findings",
        "Findings",
        table("What the checks found", ("check", "found"), found),
        tag("h3", "Mended") if mended else "",
        table("What was mended", ("finding", "command", "rows before", "rows after"), mended, numbers=(2, 3)),
    )


def _of_steps(report: Report) -> Iterator[Concern]:
    for step in report.steps_with("failed"):
        yield "bad", "failed", join((code(step.step), ": ", step.reason, *_log(step)))
    for step in report.steps_with("in-doubt"):
        yield "warn", "in doubt", join((code(step.step), " began, and nothing says how it ended", *_log(step)))


def _of_proofs(report: Report) -> Iterator[Concern]:
    for proof in sorted((one for one in report.proofs if not one.holds), key=lambda one: one.holds is None):
        said = join((tag("strong", f"{proof.proof} of {proof.subject}"), tag("div", lines(proof.detail))))
        yield ("warn", "not told", said) if proof.holds is None else ("bad", "does not hold", said)


def _of_window(window: WindowRecord) -> Iterator[Concern]:
    if window.end == "turning back":
        yield "bad", "turning back", join(("The window is being turned back and is not back yet: ", code("thing-a-me resume")))
    for service in window.still_stopped:
        yield "bad", "stopped", join(("service ", code(service), " was not started again"))
    for account in window.still_locked:
        yield "bad", "locked", join(("database account ", code(account), " is still locked"))
    for hook in window.hooks:
        if hook.exit_code != 0:
            end = "ran out of time" if hook.exit_code is None else f"ended with exit code {hook.exit_code}"
            yield "warn", "hook", join((code(hook.name), f" ({hook.point}) {end}, log ", code(hook.log)))
    for target in window.watched.targets if window.watched else ():
        if target.holds is not True:
            yield ("warn", "not told", target.aloud) if target.holds is None else ("bad", "over budget", target.aloud)


def _left(report: Report) -> Iterator[Concern]:
    for name in report.held_accounts:
        yield "warn", "left behind", join(("account ", code(name), " may still exist"))
    for name in report.held_networks:
        yield "warn", "left behind", join(("network ", code(name), " may still exist"))
    if report.checkpoints:
        yield "quiet", "go on with", code(say_go_on(report.target, report.snapshot))


def _of_checks(report: Report) -> Iterator[Concern]:
    """What a check found is open still; a chain that went on had it mended, or nothing in it forbade the chain."""
    found = sum(len(one.findings) for one in report.checks)
    if report.flow == "check" and found:
        yield "warn", "found", join((say_count(found, "finding"), ": see ", tag("a", "Findings", href="#findings")))


def _log(step: StepRecord) -> tuple[str, ...]:
    logs = [attempt.log for attempt in step.attempts if attempt.log]
    return (" (log ", code(logs[-1]), ")") if logs and logs[-1] not in step.reason else ()
