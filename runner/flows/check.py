"""Check: ask everything that would hurt later, all of it at once."""

import time

from runner.checks import CHECKS, Answers, ask_all
from runner.checks.finding import Unanswered
from runner.checks.question import Question
from runner.checks.upgrade_check import Asked, UpgradeChecks
from runner.errors import CheckCouldNotRun, RightsMissing
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

_PATIENCE = 120
"""Seconds that one upgrade check may take; some wait for ever for a service that is not there."""


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
    answers = ask_all(question, tell, CHECKS)
    if not plan.to_run:
        return answers
    with open_record(world.cloud, flow="check", target=plan.target) as (folder, journal):
        try:
            with open_site(world, plan, folder.name, journal=journal, stored_urls=False, tell=tell) as site:
                own = UpgradeChecks(lambda project: _ask_project(project, placed[project], plan, site))
                answers = answers.joined(ask_all(question, tell, (own,)))
        except RightsMissing as error:
            # The other answers stand all the same; among them is what the rights check says of it.
            answers = answers.joined(Answers((), (Unanswered(UpgradeChecks.NAME, error.message),)))
        for name in (*(check.NAME for check in CHECKS), UpgradeChecks.NAME):
            found = (f"{one.where}: {one.says}" for one in answers.findings if one.check == name)
            journal.append(e.CheckAnswered(check=name, findings=tuple(found)))
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
    deadline = time.monotonic() + _PATIENCE

    def tick() -> None:
        if time.monotonic() > deadline:
            raise CheckCouldNotRun(f"{project}'s upgrade check has not answered for {_PATIENCE} s")

    container = start(errand.steps[0], site.with_plan(errand), attempt=1, besides=recipe.upgrade_check.files)
    try:
        ended = site.engine.wait(container, tick=tick)
    finally:
        site.engine.remove(container)
    return ended.exit_code, ended.log
