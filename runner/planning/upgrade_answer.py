"""What a project's own upgrade check said: its exit code and its table, told apart. Pure.

The table is oslo.upgradecheck's (upgradecheck.py, `UpgradeCommands.check`): per check a title, a result, and details
that are folded over several lines. Its exit code is that of the worst of them.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum

from runner.planning.asked import ExitMeaning, KnownFailure, NeedsService, UpgradeCheck


class Verdict(StrEnum):
    """What an answer comes to. The last three say nothing of the databases."""

    PASSES = "passes"
    WARNS = "warns"
    KNOWN = "known"
    PARTLY = "partly"
    FAILS = "fails"
    NEEDS_SERVICE = "needs-service"
    CRASHES = "crashes"
    SILENT = "silent"


@dataclass(frozen=True)
class Row:
    """One check of a table. Folded details are joined."""

    check: str
    result: str
    details: str


@dataclass(frozen=True)
class UpgradeAnswer:
    """A verdict, and what was said: `failures` that count, those that are `known`, `warnings`, and the last `words`.

    `services` are the checks that could not be answered without one. `code` is None where the command had to be stopped,
    because it gave no answer.
    """

    verdict: Verdict
    code: int | None
    words: str
    failures: tuple[str, ...] = ()
    known: tuple[tuple[str, KnownFailure], ...] = ()
    warnings: tuple[str, ...] = ()
    services: tuple[tuple[Row, NeedsService], ...] = ()


def read_answer(asks: UpgradeCheck, code: int, log: str, words: str, *, blocked: Collection[str] = ()) -> UpgradeAnswer:
    """Read an exit code and a log; `words` are the log's last, for where there is no table.

    `blocked` names the blockers that count rows: no service mends those.
    """
    rows = read_table(log)
    rules = [rule for rule in asks.needs_service if rule.unless not in blocked]
    failed = [row for row in rows if row.result == "Failure"]
    services = tuple((row, rule) for row in failed for rule in rules if _fits_any((rule,), row.details))
    known = tuple((row.details, rule) for row in failed for rule in asks.known if rule.phrase in row.details)
    excused = {*(row.details for row, _ in services), *(details for details, _ in known)}
    counting = tuple(row.details for row in failed if row.details not in excused)
    warnings = tuple(row.details for row in rows if row.result == "Warning")
    match asks.exits.get(code):
        case ExitMeaning.DONE:
            verdict = Verdict.PASSES
        case ExitMeaning.WARNING if warnings:
            verdict = Verdict.WARNS
        case ExitMeaning.FAILED if counting:
            verdict = Verdict.FAILS
        case ExitMeaning.FAILED if services and len(rows) > len(failed):
            verdict = Verdict.PARTLY
        case meaning if meaning is ExitMeaning.NEEDS_SERVICE or services or (not failed and _fits_any(rules, log)):
            verdict = Verdict.NEEDS_SERVICE
        case ExitMeaning.FAILED if known:
            verdict = Verdict.KNOWN
        case _:
            # Exit code 1 is also that of any uncaught exception, and 2 that of a command line which is refused: without
            # a row of the table that says so they are no answer.
            verdict = Verdict.CRASHES
    said = "; ".join(counting or (row.details for row in failed)) or words
    return UpgradeAnswer(verdict, code, said, counting, known, warnings, services)


def _fits_any(rules: Collection[NeedsService], text: str) -> bool:
    return any(phrase in text for rule in rules for phrase in rule.phrases)


def read_table(text: str) -> tuple[Row, ...]:
    """Take the checks out of a log, in their order; nothing where it holds no table."""
    rows: list[Row] = []
    title = ""
    inside = False
    for line in text.splitlines():
        cell = line.strip().strip("|").strip()
        if line.startswith("+"):
            inside = False
        elif cell.startswith("Check:"):
            title = cell.removeprefix("Check:").strip()
        elif cell.startswith("Result:"):
            inside = True
            rows.append(Row(title, cell.removeprefix("Result:").strip(), ""))
        elif inside:
            rows[-1] = replace(rows[-1], details=_joined(rows[-1].details, cell.removeprefix("Details:").strip()))
    return tuple(rows)


def _joined(text: str, line: str) -> str:
    """Put a folded line behind what came before it; also words with a hyphen are folded, at the hyphen."""
    is_word = text.endswith("-") and not text.endswith(" -")
    return f"{text}{'' if is_word or not text else ' '}{line}"
