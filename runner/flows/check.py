"""Check: ask everything that would hurt later, all of it at once."""

from runner.checks import CHECKS, Answers, ask_all
from runner.checks.question import Question
from runner.checks.upgrade_check import Asked, UpgradeChecks
from runner.events import Tell
from runner.flows.record import open_record
from runner.flows.surroundings import open_site
from runner.flows.survey import Survey
from runner.flows.sweep import sweep
from runner.flows.world import World
from runner.journal import entry as e
from runner.mariadb.facts import read_facts
from runner.planning.detection import ProjectStanding
from runner.planning.errand import Errand, plan_errand
from runner.planning.path import Hop
from runner.planning.plan import Plan
from runner.steps.run import start
from runner.steps.site import Site


def ask_checks(world: World, plan: Plan, survey: Survey, *, tell: Tell) -> Answers:
    """Ask every check of this plan; the answers are in a journal of their own.

    Raises:
        what keeps checks from being asked at all: ServerUnreachable, EngineMissing. What one check cannot tell is in
        the answers.
    """
    sweep(world, tell=tell)
    question = Question(
        server=world.server,
        address=world.cloud.server,
        server_facts=read_facts(world.server),
        databases=tuple(fact.database for fact in survey.facts),
        facts={fact.database: fact for fact in survey.facts},
        recipes=world.recipes,
        calendar=world.calendar,
        hops={journey.project: tuple(Hop(*hop) for hop in journey.hops) for journey in plan.journeys},
        target=plan.target,
    )
    placed = {standing.project: standing for standing in survey.place(world.knowledge)}
    if not plan.to_run:
        return ask_all(question, tell, CHECKS)
    with open_record(world.cloud, flow="check", target=plan.target) as (folder, journal):
        with open_site(world, plan, folder.name, journal=journal, tell=tell) as site:
            asked = UpgradeChecks(lambda project: _ask_project(project, placed[project], plan, site))
            answers = ask_all(question, tell, (*CHECKS, asked))
        for check in (*CHECKS, asked):
            found = (f"{one.where}: {one.says}" for one in answers.findings if one.check == check.NAME)
            journal.append(e.CheckAnswered(check=check.NAME, findings=tuple(found)))
        journal.append(e.RunEnded(outcome="proved", message="asked"))
    return answers


def _ask_project(project: str, standing: ProjectStanding, plan: Plan, site: Site) -> Asked:
    """Run a project's own upgrade check in the target's image, with its databases as they are now."""
    recipe = site.recipes[project]
    assert recipe.upgrade_check
    errand = plan_errand(
        standing,
        recipe,
        command=Errand("upgrade-check", recipe.upgrade_check.argv, recipe.upgrade_check.exits),
        release=plan.target,
        image=plan.images[plan.target],
    )
    container = start(errand.steps[0], site.with_plan(errand), attempt=1)
    try:
        ended = site.engine.wait(container)
    finally:
        site.engine.remove(container)
    return ended.exit_code, ended.log
