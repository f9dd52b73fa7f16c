"""Ask projects' own upgrade checks: one container each, in the target's image, with their databases as they are now."""

from runner.containers.last_words import last_words, redact
from runner.errors import CheckCouldNotRun
from runner.flows.questions import GoOn, ask_each, at_the_end, run_command
from runner.planning.detection import ProjectStanding
from runner.planning.errand import Errand
from runner.planning.upgrade_answer import UpgradeAnswer, Verdict, read_answer
from runner.steps.site import Site

COMMAND = "upgrade-check"
_PATIENCE = 120
"""Seconds that one upgrade check may take; some wait for ever for a service that is not there."""


def ask_upgrade_check(standing: ProjectStanding, site: Site, *, go_on: GoOn | None = None) -> UpgradeAnswer:
    """Run a project's upgrade check; `go_on` is called about once a second, and may raise.

    Raises:
        EngineRefused, EngineMissing
    """
    asks = site.recipes[standing.project].upgrade_check
    assert asks
    command = Errand(COMMAND, asks.argv, asks.exits)
    try:
        ended = run_command(command, standing, site, patience=_PATIENCE, besides=asks.files, go_on=go_on)
    except CheckCouldNotRun as error:
        return UpgradeAnswer(Verdict.SILENT, None, error.message)
    log = redact(ended.log, (site.accounts[standing.project].password,))
    return read_answer(asks, ended.exit_code, log.decode(errors="replace"), last_words(log))


def ask_after_chain(site: Site, *, jobs: int) -> dict[str, UpgradeAnswer]:
    """Ask every project that the plan moved and whose check the databases alone can answer, `jobs` at a time."""

    def ask(project: str, go_on: GoOn) -> UpgradeAnswer:
        return ask_upgrade_check(at_the_end(project, site.plan), site, go_on=go_on)

    projects = [journey.project for journey in site.plan.journeys if journey.stops and _is_asked(journey.project, site)]
    return ask_each(ask, projects, jobs=jobs)


def _is_asked(project: str, site: Site) -> bool:
    asks = site.recipes[project].upgrade_check
    return asks is not None and asks.after_chain
