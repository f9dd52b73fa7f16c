"""The target's own code finds nothing wrong: each project's `upgrade check`, with its databases as the chain has left them.

Whatever keeps a check from saying so, a crash or a service that does not run, is not an answer: it neither holds nor fails.
"""

from runner.planning.upgrade_answer import UpgradeAnswer, Verdict
from runner.proofs.question import Evidence, Question

NAME = "upgrade-check"

_HOLDS = {Verdict.PASSES: True, Verdict.WARNS: True, Verdict.KNOWN: True, Verdict.FAILS: False}
"""Of every other answer it could not be told."""


def give(question: Question) -> tuple[Evidence, ...]:
    """One piece of evidence per project that was asked: those that moved, and that the databases alone can answer for."""
    return tuple(_answer(project, answer, question) for project, answer in question.upgrade_answers.items())


def _answer(project: str, answer: UpgradeAnswer, question: Question) -> Evidence:
    asks = question.recipes[project].upgrade_check
    assert asks
    command = f"{asks.argv[0]} of {question.plan.target}"
    warnings = [f"warns: {warning}" for warning in answer.warnings]
    known = [f"known: {failure}; {rule.why} ({rule.source})" for failure, rule in answer.known]
    return Evidence(NAME, project, _HOLDS.get(answer.verdict), (f"{command} {_say(answer)}", *known, *warnings))


def _say(answer: UpgradeAnswer) -> str:
    code = "" if answer.code is None else f" (exit code {answer.code})"
    match answer.verdict:
        case Verdict.PASSES | Verdict.WARNS:
            return f"finds no failure{code}"
        case Verdict.KNOWN:
            return f"finds no failure but what is known{code}"
        case Verdict.FAILS:
            return f"fails{code}: {answer.words}"
        case Verdict.NEEDS_SERVICE:
            return f"needs a live service{code}: {answer.words}"
        case Verdict.CRASHES | Verdict.SILENT:
            return f"gave no answer{code}: {answer.words}"
