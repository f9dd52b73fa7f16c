"""Before a step: where do its databases stand?"""

from enum import Enum

from runner.planning.plan import Step
from runner.steps.site import Site


class Probe(Enum):
    """What the version rows say of a step that is to be run."""

    DONE = "done"
    UNTOUCHED = "untouched"
    ELSEWHERE = "elsewhere"


def probe(step: Step, site: Site) -> tuple[Probe, dict[str, tuple[str, ...]]]:
    """Ask the databases whether the step was done; returns the version rows too.

    A step that moves rows but no heads never counts as done: its command has to say so.

    Raises:
        ServerUnreachable, QueryFailed
    """
    rows = site.version_rows(step)
    if step.moves_heads and rows == step.expects:
        return Probe.DONE, rows
    return (Probe.UNTOUCHED if rows == step.finds else Probe.ELSEWHERE), rows
