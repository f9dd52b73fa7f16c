"""Nothing is left to migrate online: the target's own command says so by its exit code.

Printed counts are not trusted (lab notes 3: cinder prints zeros after moving 1,000 rows, nova counts a marker for ever).
"""

from runner.planning.plan import Step
from runner.planning.recipe import CommandKind, ExitMeaning
from runner.proofs.question import Evidence, Question

NAME = "online"


def give(question: Question) -> tuple[Evidence, ...]:
    """One piece of evidence per online step of each project's last hop."""
    last = {journey.project: journey.stops[-1] for journey in question.plan.journeys if journey.stops}
    steps = [s for s in question.plan.steps if s.kind is CommandKind.ONLINE and s.end == last[s.project]]
    return tuple(_answer(step, question) for step in steps)


def _answer(step: Step, question: Question) -> Evidence:
    if step.skip:
        return Evidence(NAME, step.lane, holds=True, detail=(step.skip,))
    code = question.exit_codes.get(step.id)
    if code is None:
        return Evidence(NAME, step.lane, holds=False, detail=(f"{step.id} has no outcome in the journal",))
    holds = step.exits.get(code) is ExitMeaning.DONE
    said = f"{' '.join(step.argv[:1])} of {step.end} ended with {code}: {'0 rows left' if holds else 'rows are left'}"
    return Evidence(NAME, step.lane, holds, (said,))
