"""Check: ask everything that would hurt later, all of it at once."""

from collections.abc import Mapping, Sequence

from runner.checks import CHECKS, Answers, ask_all
from runner.checks.finding import Unanswered
from runner.checks.question import Check, Question
from runner.checks.upgrade_check import UpgradeChecks
from runner.errors import RightsMissing
from runner.events import Tell
from runner.flows.record import ending, open_record
from runner.flows.surroundings import open_site
from runner.flows.survey import Survey
from runner.flows.upgrade_checks import ask_upgrade_checks
from runner.flows.world import World
from runner.journal import entry as e
from runner.journal.altered import read_altered
from runner.mariadb.facts import read_facts
from runner.mariadb.version_rows import read_standing
from runner.planning.facts import DatabaseFacts
from runner.planning.path import Hop
from runner.planning.plan import Plan
from runner.planning.upgrade_answer import UpgradeAnswer


def ask_checks(world: World, plan: Plan, survey: Survey, *, checks: Sequence[Check] = CHECKS, tell: Tell) -> Answers:
    """Ask these checks of this plan, and the upgrade checks; the answers are in a journal of their own.

    Raises:
        what keeps checks from being asked at all: ServerUnreachable, EngineMissing. What one check cannot tell is in
        the answers.
    """
    question = _question(world, plan, survey.facts)
    placed = {standing.project: standing for standing in survey.place(world.knowledge)}
    answers = ask_all(question, tell, checks)
    if not plan.to_run:
        return answers
    with open_record(world.cloud, flow="check", target=plan.target) as (folder, journal), ending(journal):
        try:
            with open_site(world, plan, folder.name, journal=journal, stored_urls=False, tell=tell) as site:

                def ask_them(projects: Sequence[str]) -> Mapping[str, UpgradeAnswer]:
                    asked = {project: placed[project] for project in projects}
                    return ask_upgrade_checks(asked, site, jobs=world.cloud.jobs, tell=tell)

                answers = answers.joined(ask_all(question, tell, (UpgradeChecks(ask_them),)))
        except RightsMissing as error:
            # The other answers stand all the same; among them is what the rights check says of it.
            answers = answers.joined(Answers((), (Unanswered(UpgradeChecks.NAME, error.message),)))
        for name in (*(check.NAME for check in checks), UpgradeChecks.NAME):
            found = (f"{one.where}: {one.says}" for one in answers.findings if one.check == name)
            journal.append(e.CheckAnswered(check=name, findings=tuple(found)))
    return answers


def ask_server(world: World, plan: Plan, *, tell: Tell) -> Answers:
    """Ask every check that needs the server alone, and no container. Raises as `ask_checks`."""
    projects = {journey.project for journey in plan.journeys}
    databases = [database for database in world.cloud.databases if database.project in projects]
    return ask_all(_question(world, plan, read_standing(world.server, databases, world.recipes)), tell)


def _question(world: World, plan: Plan, facts: Sequence[DatabaseFacts]) -> Question:
    return Question(
        server=world.server,
        address=world.cloud.address(),
        server_facts=read_facts(world.server),
        databases=tuple(fact.database for fact in facts),
        facts={fact.database: fact for fact in facts},
        recipes=world.recipes,
        calendar=world.calendar,
        hops={journey.project: tuple(Hop(*hop) for hop in journey.hops) for journey in plan.journeys},
        target=plan.target,
        altered=read_altered(world.cloud.runs),
    )
