"""Each project's own `upgrade check`, in the target's image. Its exit codes are told apart (lab notes 3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from runner.checks.finding import Finding, Severity, Unanswered
from runner.checks.question import Question
from runner.planning.upgrade_answer import UpgradeAnswer, Verdict

_SEVERITIES = {
    Verdict.WARNS: Severity.NOTES,
    Verdict.KNOWN: Severity.NOTES,
    Verdict.PARTLY: Severity.NOTES,
    Verdict.NEEDS_SERVICE: Severity.NOTES,
    Verdict.FAILS: Severity.WARNS,
    Verdict.CRASHES: Severity.WARNS,
}
"""These checks judge configuration too, and production's is not what they see: none of them blocks."""


@dataclass(frozen=True)
class UpgradeChecks:
    """The check. `ask_projects` runs each one's command in the target's image; one that is already there is not asked."""

    ask_projects: Callable[[Sequence[str]], Mapping[str, UpgradeAnswer]]
    NAME: str = "upgrade-check"

    def ask(self, question: Question) -> tuple[Finding | Unanswered, ...]:
        """Ask every project that moves."""
        moving = {project: question.recipes[project].upgrade_check for project, hops in question.hops.items() if hops}
        asks = {project: asks for project, asks in moving.items() if asks}
        answers = self.ask_projects([project for project, one in asks.items() if one.before_sync])
        judged: list[Finding | Unanswered] = []
        for project, one in asks.items():
            command = f"{one.argv[0]} of {question.target}"
            if one.before_sync:
                judged += self._judge(project, command, answers[project])
            else:
                judged.append(self._not_asked(project, command))
        return tuple(judged)

    def _not_asked(self, project: str, command: str) -> Finding:
        says = f"{command} cannot read a schema older than itself; it is not asked before the chain"
        way_out = "the proof after the chain asks it"
        return Finding(check=self.NAME, severity=Severity.NOTES, where=project, says=says, way_out=way_out)

    def _judge(self, project: str, command: str, answer: UpgradeAnswer) -> list[Finding | Unanswered]:
        if answer.verdict is Verdict.PASSES:
            return []
        if answer.verdict is Verdict.SILENT:
            return [Unanswered(self.NAME, f"{command}: {answer.words}")]
        return [
            Finding(
                check=self.NAME,
                severity=_SEVERITIES[answer.verdict],
                where=project,
                says=_say(command, answer),
                breaks="the proof after the chain, if the chain does not mend it" if answer.verdict is Verdict.FAILS else None,
                way_out="read the check's own words; they are about configuration and data that only you know",
            )
        ]


def _say(command: str, answer: UpgradeAnswer) -> str:
    match answer.verdict:
        case Verdict.WARNS:
            return f"{command} warns: {'; '.join(answer.warnings) or answer.words}"
        case Verdict.KNOWN:
            return f"{command} fails, as is known: {'; '.join(f'{failure} ({rule.why})' for failure, rule in answer.known)}"
        case Verdict.NEEDS_SERVICE | Verdict.PARTLY:
            return f"{command} needs a live service: {answer.words}"
        case _:
            return f"{command} fails (exit code {answer.code}): {answer.words}"
