"""The target's own code finds nothing wrong: each project's `upgrade check`, with its databases as the chain has left them.

Whatever keeps a check from saying so, a crash or a service that does not run, is not an answer: it neither holds nor fails.
Of a project whose other checks did answer, each of the checks that need a service is a subject of its own.
"""

from collections.abc import Iterator

from runner.planning.upgrade_answer import UpgradeAnswer, Verdict
from runner.proofs.question import Evidence, Question

NAME = "upgrade-check"

_HOLDS = {
    Verdict.PASSES: True,
    Verdict.WARNS: True,
    Verdict.KNOWN: True,
    Verdict.PARTLY: True,
    Verdict.FAILS: False,
}
"""Of every other answer it could not be told."""


def give(question: Question) -> tuple[Evidence, ...]:
    """One piece of evidence per project that was asked: those that moved; and one per check that needs a service."""
    return tuple(piece for project, answer in question.upgrade_answers.items() for piece in _judge(project, answer, question))


def _judge(project: str, answer: UpgradeAnswer, question: Question) -> Iterator[Evidence]:
    asks = question.recipes[project].upgrade_check
    assert asks
    command = f"{asks.argv[0]} of {question.plan.target}"
    warnings = [f"warns: {warning}" for warning in answer.warnings]
    known = [f"known: {failure}; {rule.why} ({rule.source})" for failure, rule in answer.known]
    yield Evidence(NAME, project, _HOLDS.get(answer.verdict), (f"{command} {_say(answer)}", *known, *warnings))
    if answer.verdict in _HOLDS:
        for row, rule in answer.services:
            says = f"{command} needs a live service: {row.details}"
            yield Evidence(NAME, f"{project}: {row.check}", None, (says, f"{rule.why} ({rule.source})"))


def _say(answer: UpgradeAnswer) -> str:
    code = "" if answer.code is None else f" (exit code {answer.code})"
    match answer.verdict:
        case Verdict.PASSES | Verdict.WARNS:
            return f"finds no failure{code}"
        case Verdict.KNOWN:
            return f"finds no failure but what is known{code}"
        case Verdict.PARTLY:
            return (
                f"finds no failure in what the databases answer{code}; checks that need a live service: {len(answer.services)}"
            )
        case Verdict.FAILS:
            return f"fails{code}: {answer.words}"
        case Verdict.NEEDS_SERVICE:
            return f"needs a live service{code}: {answer.words}"
        case Verdict.CRASHES | Verdict.SILENT:
            return f"gave no answer{code}: {answer.words}"
