"""Mend: run the command a project ships against what a check found, journaled like a step."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from runner.checks import Answers
from runner.errors import (
    ImageMissing,
    JournalBroken,
    LeaseLost,
    MigrationStuck,
    NotMendable,
    StepFailed,
    StepInDoubt,
    StepNotProved,
)
from runner.events import Tell
from runner.flows.alone import holding_cloud
from runner.flows.chain import run_chain
from runner.flows.leased import holding_server, while_held
from runner.flows.one_step import Sitting
from runner.flows.record import ending, open_record
from runner.flows.surroundings import open_site
from runner.flows.survey import Survey
from runner.flows.world import World
from runner.journal import entry as e
from runner.mariadb.rows import count
from runner.planning.detection import ProjectStanding
from runner.planning.errand import Errand, plan_errand
from runner.planning.recipe import Command, CommandKind, Recipe
from runner.planning.sources import image_for

_ONLINE = "-online"
"""`nova-online` mends what pending-online found of nova: it is the project's own online migrations."""


def mend(world: World, survey: Survey, answers: Answers, name: str, *, tell: Tell) -> tuple[int, int]:
    """Run the mending command called `name`, with the code of the release that its project is at.

    Returns how many rows the findings counted before and after.

    Raises:
        NotMendable: no finding names it.
        ImageMissing: the image of the release the project is at is not here.
        RunBusy: see `holding_cloud`.
        StepFailed, MigrationStuck, StepNotProved, StepInDoubt: the command failed; it is run anew, not resumed.
    """
    findings = [finding for finding in answers.findings if finding.mend == name]
    if not findings:
        names = sorted({finding.mend for finding in answers.findings if finding.mend})
        raise NotMendable(f"no finding is mended by {name!r}; there is {', '.join(names) or 'nothing to mend'}")
    standing = next(one for one in survey.place(world.knowledge) if one.project == findings[0].where.partition(".")[0])
    if standing.release not in world.images:
        raise ImageMissing(
            f"mending {standing.project} takes the code of {standing.release}, where it is",
            hint=f"run `thing-a-me images build {standing.release}`",
        )
    recipe = world.recipes[standing.project]
    command = _command(recipe, name, recipe.commands_for(standing.release, world.calendar))
    image = image_for(world.images, standing.project, standing.release)
    plan = plan_errand(standing, recipe, command=command, release=standing.release, image=image)
    with (
        holding_cloud(world, tell=tell),
        _run_anew(),
        open_record(world.cloud, flow="mend", target=standing.release, plan=plan) as (folder, journal),
        holding_server(world.cloud, journal, tell=tell) as lease,
        ending(journal),
    ):
        before = _rows(world, standing, name)
        with open_site(world, plan, folder.name, journal=journal, tell=tell) as site:
            run_chain(plan, Sitting(site, journal, tell), jobs=1, demand=while_held(lease))
        after = _rows(world, standing, name)
        journal.append(e.Mended(name=name, command=plan.steps[0].argv, rows_before=before, rows_after=after))
    return before, after


@contextmanager
def _run_anew() -> Iterator[None]:
    """Say of a failure what it means here: `resume` takes a chain, and would go on with an older one."""
    try:
        yield
    except (StepFailed, MigrationStuck, StepNotProved, StepInDoubt, JournalBroken, LeaseLost) as error:
        error.advice = "mend the cause named above, and run the same command again"
        raise


def _command(recipe: Recipe, name: str, commands: Sequence[Command]) -> Errand:
    """Find the command: a mend of the recipe, or the release's online migrations."""
    for one in recipe.mends:
        if one.name == name:
            return Errand(name, one.argv, one.exits)
    online = next(command for command in commands if command.kind is CommandKind.ONLINE)
    # By its own name where it brings files: they are found by it.
    return Errand(online.name if online.files else name, online.argv, online.exits, per=online.per)


def _rows(world: World, standing: ProjectStanding, name: str) -> int:
    """Count the rows that the findings counted."""
    recipe = world.recipes[standing.project]
    mended = [blocker for blocker in recipe.blockers if blocker.mend == name]
    asked = [(one.role, sql) for one in mended if (sql := one.count_at(standing.release, world.calendar))]
    if name == f"{recipe.project}{_ONLINE}":
        here = [one for one in recipe.pending if one.releases.covers(standing.release, world.calendar)]
        asked = [(pending.role, pending.count) for pending in here]
    databases = [one.database for one in standing.databases]
    pairs = ((database.schema, sql) for role, sql in asked for database in databases if database.role == role)
    return sum(count(world.server, schema, sql) for schema, sql in pairs)
