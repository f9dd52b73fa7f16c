"""Ask projects' own upgrade checks: one container each, in the target's image, with their databases as they are now."""

from collections.abc import Mapping

from runner.containers.last_words import last_words, redact
from runner.errors import CheckCouldNotRun, QueryFailed, ServerUnreachable
from runner.events import Tell
from runner.flows.chain import Demand, demand_nothing
from runner.flows.questions import GoOn, ask_each, at_the_end, run_command
from runner.mariadb.rows import count
from runner.planning.detection import ProjectStanding
from runner.planning.errand import Errand
from runner.planning.recipe import Blocker, Recipe
from runner.planning.upgrade_answer import UpgradeAnswer, Verdict, read_answer
from runner.steps.site import Site

COMMAND = "upgrade-check"
_PATIENCE = 120
"""Seconds that one upgrade check may take; some wait for ever for a service that is not there."""


def ask_upgrade_checks(
    placed: Mapping[str, ProjectStanding], site: Site, *, jobs: int, tell: Tell, demand: Demand = demand_nothing
) -> dict[str, UpgradeAnswer]:
    """Ask projects for their upgrade check with their databases where they stand, `jobs` at a time.

    Raises:
        EngineRefused, EngineMissing
    """

    def ask(project: str, go_on: GoOn) -> UpgradeAnswer:
        return _ask(placed[project], site, go_on)

    return ask_each(COMMAND, ask, tuple(placed), jobs=jobs, tell=tell, demand=demand)


def ask_after_chain(site: Site, *, jobs: int, tell: Tell, demand: Demand = demand_nothing) -> dict[str, UpgradeAnswer]:
    """Ask every project that the plan moved and that has such a check, `jobs` at a time.

    Raises:
        EngineRefused, EngineMissing
    """
    moved = [journey.project for journey in site.plan.journeys if journey.stops]
    ended = {project: at_the_end(project, site.plan) for project in moved if site.recipes[project].upgrade_check}
    return ask_upgrade_checks(ended, site, jobs=jobs, tell=tell, demand=demand)


def _ask(standing: ProjectStanding, site: Site, go_on: GoOn) -> UpgradeAnswer:
    recipe = site.recipes[standing.project]
    asks = recipe.upgrade_check
    assert asks
    command = Errand(COMMAND, asks.argv, asks.exits)
    try:
        ended = run_command(command, standing, site, patience=_PATIENCE, besides=asks.files, go_on=go_on)
    except CheckCouldNotRun as error:
        return UpgradeAnswer(Verdict.SILENT, None, error.message)
    log = redact(ended.log, (site.accounts[standing.project].password,))
    blocked = _blocked(recipe, standing, site)
    return read_answer(asks, ended.exit_code, log.decode(errors="replace"), last_words(log), blocked=blocked)


def _blocked(recipe: Recipe, standing: ProjectStanding, site: Site) -> set[str]:
    """Of the blockers that decide whether a failure needs a service, those that count rows now, or cannot be counted."""
    assert recipe.upgrade_check
    deciding = {rule.unless for rule in recipe.upgrade_check.needs_service}
    return {
        blocker.name
        for blocker in recipe.blockers
        if blocker.name in deciding
        for one in standing.databases
        if one.database.role == blocker.role and _counts(blocker, one.database.schema, site)
    }


def _counts(blocker: Blocker, schema: str, site: Site) -> bool:
    try:
        return count(site.server, schema, blocker.count) > 0
    except (QueryFailed, ServerUnreachable):
        # What cannot be told excuses no failure.
        return True
