"""Prepare: where does the cloud stand, what is the way to the target, and is anything in it? Changes nothing."""

from collections.abc import Collection

from runner.errors import BadDocument
from runner.events import Tell
from runner.flows.survey import Survey, survey
from runner.flows.world import World
from runner.planning.draft import draft_plan
from runner.planning.plan import Plan


def prepare_plan(world: World, target: str, *, projects: Collection[str] = (), tell: Tell) -> tuple[Survey, Plan]:
    """Survey the cloud and draft the plan to the target; `projects` narrows it down.

    Raises:
        the 50s of `errors`: a database stands nowhere, or there is no permitted way.
        ImageNotDefined, ImageMissing
        BadDocument: `projects` names one that cloud.yaml does not have.
    """
    known = {database.project for database in world.cloud.databases}
    if strangers := sorted(set(projects) - known):
        raise BadDocument(f"{world.cloud.file}: has no project {', '.join(strangers)}; it has {', '.join(sorted(known))}")
    world.calendar.find(target)
    # The whole cloud, whatever was asked for: where one project's rows leave a choice, the others tell.
    whole = survey(world, knowledge=world.knowledge, tell=tell)
    found = whole.narrowed(projects).settled(target, knowledge=world.knowledge, defined=tuple(world.catalog))
    plan = draft_plan(
        found.place(world.knowledge),
        target,
        knowledge=world.knowledge,
        defined=tuple(world.catalog),
        images=world.images,
    )
    return found, plan
