"""What was around the chain: the watch on the data plane, silence, hooks, who decided what."""

from runner.reporting.html.blocks import Mark, Section, mark, pairs, section, table
from runner.reporting.html.markup import code, join, tag
from runner.reporting.record import Report
from runner.reporting.words import say_duration

_SAID: dict[bool | None, tuple[Mark, str]] = {
    True: ("good", "within its budget"),
    False: ("bad", "over its budget"),
    None: ("warn", "could not be told"),
}


def watch(report: Report) -> Section | None:
    """What the watch saw of each target."""
    if not report.window or not (watched := report.window.watched):
        return None
    rows = [
        (
            join((one.target,)),
            f"{one.beats:,}",
            f"{one.misses:,}",
            str(one.gaps),
            say_duration(one.longest),
            say_duration(one.total),
            mark(*_SAID[one.holds]),
        )
        for one in watched.targets
    ]
    heads = ("target", "beats", "missed", "gaps", "longest gap", "all gaps", "")
    aloud = tag("ul", *(tag("li", one.aloud) for one in watched.targets), class_="aloud")
    return section("watch", "The data plane, watched", aloud, table("Watched targets", heads, rows, numbers=range(1, 6)))


def silence(report: Report) -> Section | None:
    """Who could write, and that nobody did."""
    if not report.window or not (reached := report.window.silence):
        return None
    facts = (
        ("observed for", f"{say_duration(reached.seconds)}, reached after {say_duration(reached.took)}"),
        ("accounts locked", ", ".join(reached.locked) or "none"),
        ("could have written", ", ".join(reached.may_write) or "nobody"),
        ("sessions ended", ", ".join(reached.ended)),
        ("still there, reading only", ", ".join(reached.present)),
        ("binary log", " ".join(part for part in (reached.position, reached.gtid) if part)),
        ("not seen", reached.other_nodes),
    )
    return section("silence", "Silence of the databases", pairs(facts))


def hooks(report: Report) -> Section | None:
    """What the operator's own commands ended with."""
    if not report.window:
        return None
    rows = []
    for hook in report.window.hooks:
        well = hook.exit_code == 0
        said = "ran out of time" if hook.exit_code is None else f"exit code {hook.exit_code}"
        ended = mark("good" if well else "bad", said)
        rows.append((join((hook.name,)), hook.point, ended, say_duration(hook.seconds), hook.last_words, code(hook.log)))
    heads = ("hook", "at", "ended with", "took", "said last", "log")
    return section("hooks", "Hooks", table("Hooks", heads, rows, numbers=(3,)))


def decisions(report: Report) -> Section | None:
    """Who decided what, and when."""
    if not report.window:
        return None
    rows = [
        (tag("time", f"{one.at:%Y-%m-%d %H:%M:%S}", datetime=one.at.isoformat()), one.by, one.what)
        for one in report.window.decisions
    ]
    return section("decisions", "Decisions", table("Who decided what", ("when (UTC)", "who", "what"), rows))
