"""What a project's own upgrade check said: its exit code and its table, told apart. Pure.

The table is oslo.upgradecheck's (upgradecheck.py, `UpgradeCommands.check`): per check a title, a result, and details
that are folded over several lines.
"""

from dataclasses import dataclass
from enum import StrEnum

from runner.planning.recipe import ExitMeaning, KnownFailure, UpgradeCheck


class Verdict(StrEnum):
    """What an answer comes to. The last three say nothing of the databases."""

    PASSES = "passes"
    WARNS = "warns"
    KNOWN = "known"
    FAILS = "fails"
    NEEDS_SERVICE = "needs-service"
    CRASHES = "crashes"
    SILENT = "silent"


@dataclass(frozen=True)
class UpgradeAnswer:
    """A verdict, and what was said: `failures` that count, those that are `known`, `warnings`, and the last `words`.

    `code` is None where the command had to be stopped, because it gave no answer.
    """

    verdict: Verdict
    code: int | None
    words: str
    failures: tuple[str, ...] = ()
    known: tuple[tuple[str, KnownFailure], ...] = ()
    warnings: tuple[str, ...] = ()


def read_answer(asks: UpgradeCheck, code: int, log: str, words: str) -> UpgradeAnswer:
    """Read an exit code and a log; `words` are the log's last, for where there is no table."""
    failures = _details(log, "Failure")
    missing = [failure for failure in failures if any(phrase in failure for phrase in asks.needs_service)]
    known = tuple((failure, rule) for failure in failures for rule in asks.known if rule.phrase in failure)
    excused = {*missing, *(failure for failure, _ in known)}
    counting = tuple(failure for failure in failures if failure not in excused)
    no_service = bool(missing) or (not failures and any(phrase in log for phrase in asks.needs_service))
    match asks.exits.get(code):
        case ExitMeaning.DONE:
            verdict = Verdict.PASSES
        case ExitMeaning.WARNING:
            verdict = Verdict.WARNS
        case ExitMeaning.FAILED if counting:
            verdict = Verdict.FAILS
        case meaning if meaning is ExitMeaning.NEEDS_SERVICE or no_service:
            verdict = Verdict.NEEDS_SERVICE
        case ExitMeaning.FAILED if known:
            verdict = Verdict.KNOWN
        case _:
            # Exit code 2 is also what a command line is refused with: without a table it is no answer.
            verdict = Verdict.CRASHES
    said = "; ".join(counting or failures) or words
    return UpgradeAnswer(verdict, code, said, counting, known, _details(log, "Warning"))


def _details(text: str, result: str) -> tuple[str, ...]:
    """Take the details of all checks with this result out of the table, folded lines joined."""
    found: list[str] = []
    inside = False
    for line in text.splitlines():
        cell = line.strip().strip("|").strip()
        if line.startswith("+"):
            inside = False
        elif cell.startswith("Result:"):
            inside = cell.removeprefix("Result:").strip() == result
            if inside:
                found.append("")
        elif inside:
            found[-1] = _joined(found[-1], cell.removeprefix("Details:").strip())
    return tuple(detail for detail in found if detail)


def _joined(text: str, line: str) -> str:
    """Put a folded line behind what came before it; also words with a hyphen are folded, at the hyphen."""
    is_word = text.endswith("-") and not text.endswith(" -")
    return f"{text}{'' if is_word or not text else ' '}{line}"
