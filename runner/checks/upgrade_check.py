"""Each project's own `upgrade check`, in the target's image. Its exit codes are told apart (lab notes 3)."""

from collections.abc import Callable
from dataclasses import dataclass

from runner.checks.finding import Finding, Severity, Stage, Unanswered
from runner.checks.question import Question
from runner.containers.last_words import last_words
from runner.planning.recipe import ExitMeaning, UpgradeCheck

Asked = tuple[int, bytes]
"""Exit code and log."""


@dataclass(frozen=True)
class UpgradeChecks:
    """The check. `run` runs one project's command in the target's image; a project that is already there is not asked."""

    run: Callable[[str], Asked]
    NAME: str = "upgrade-check"
    STAGE: Stage = Stage.AHEAD

    def ask(self, question: Question) -> tuple[Finding | Unanswered, ...]:
        """Ask every project that moves."""
        answers: list[Finding | Unanswered] = []
        for project, hops in question.hops.items():
            asks = question.recipes[project].upgrade_check
            if asks and hops and not asks.before_sync:
                answers.append(_later(self.NAME, project, question.target, asks))
            elif asks and hops:
                answers += _judge(self.NAME, project, question.target, asks, self.run(project))
        return tuple(answers)


def _later(check: str, project: str, target: str, asks: UpgradeCheck) -> Finding:
    return Finding(
        check=check,
        severity=Severity.NOTES,
        where=project,
        says=f"{asks.argv[0]} of {target} cannot read a schema older than itself; it is not asked before the chain",
        way_out=f"run it after the chain, with {project}'s own configuration",
    )


def _judge(check: str, project: str, target: str, asks: UpgradeCheck, asked: Asked) -> list[Finding]:
    code, log = asked
    meaning = asks.exits.get(code, ExitMeaning.FAILED)
    if meaning is ExitMeaning.DONE:
        return []
    text = log.decode(errors="replace")
    failures = _details(text, "Failure")
    missing = [phrase for phrase in asks.needs_service if phrase in text]
    words = "; ".join(failures) or last_words(log)
    # A failure for want of a live service is no news of the database: production's own configuration can tell.
    only_service = bool(missing) and all(any(phrase in one for phrase in missing) for one in failures)
    if meaning is ExitMeaning.NEEDS_SERVICE or only_service:
        severity, says = Severity.NOTES, f"{asks.argv[0]} of {target} needs a live service: {words}"
    elif meaning is ExitMeaning.WARNING:
        severity, says = Severity.NOTES, f"{asks.argv[0]} of {target} warns: {'; '.join(_details(text, 'Warning')) or words}"
    else:
        severity, says = Severity.WARNS, f"{asks.argv[0]} of {target} fails (exit code {code}): {words}"
    way_out = "read the check's own words; they are about configuration and data that only you know"
    return [Finding(check=check, severity=severity, where=project, says=says, way_out=way_out)]


def _details(text: str, result: str) -> list[str]:
    """Take the details of all checks with this result out of oslo.upgradecheck's table, folded lines joined."""
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
            found[-1] = f"{found[-1]} {cell.removeprefix('Details:').strip()}".strip()
    return [detail for detail in found if detail]
