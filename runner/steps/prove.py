"""After a step: do the version rows say what its release should make them say?"""

from runner.errors import StepNotProved
from runner.planning.plan import Step
from runner.steps.site import Site


def prove(step: Step, site: Site) -> tuple[str, ...]:
    """Compare the version rows of every database the step writes with the plan; returns them, sorted.

    Raises:
        StepNotProved: with the rows found and the rows expected.
        ServerUnreachable, QueryFailed
    """
    rows = site.version_rows(step)
    for database, expected in step.expects.items():
        if rows.get(database) != expected:
            found = ", ".join(rows.get(database, ())) or "none"
            raise StepNotProved(f"{step.id} ended well, but {database} is at {found}, not at {', '.join(expected)}")
    return tuple(sorted({head for heads in rows.values() for head in heads}))
