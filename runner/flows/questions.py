"""Ask the target's own code: one container per project, side by side. None of them is for anybody to adopt."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from runner.containers.engine import LABEL, Ended
from runner.errors import CheckCouldNotRun
from runner.events import ProjectAnswered, Tell
from runner.flows.chain import Demand, demand_nothing
from runner.planning.cloud import Database
from runner.planning.detection import ProjectStanding, Standing
from runner.planning.errand import Errand, plan_errand
from runner.planning.plan import Plan
from runner.steps.run import start
from runner.steps.site import Site

GoOn = Callable[[], None]
"""Called about once a second while a question is open; it may raise."""
T = TypeVar("T")


class _LeavingError(Exception):
    """This sitting ends."""


def run_command(
    command: Errand,
    standing: ProjectStanding,
    site: Site,
    *,
    patience: float,
    besides: Mapping[str, str] | None = None,
    go_on: GoOn | None = None,
) -> Ended:
    """Run one command in the target's image with a project's configuration, and wait for its end.

    Raises:
        CheckCouldNotRun: it has not ended within `patience` seconds.
        EngineRefused, EngineMissing
    """
    plan = site.plan
    recipe, image = site.recipes[standing.project], plan.image_of(standing.project, plan.target)
    errand = plan_errand(standing, recipe, command=command, release=plan.target, image=image)
    deadline = time.monotonic() + patience

    def tick() -> None:
        if go_on:
            go_on()
        if time.monotonic() > deadline:
            raise CheckCouldNotRun(f"it has not answered for {patience:.0f} s")

    container = start(errand.steps[0], site.with_plan(errand), attempt=1, besides=besides)
    try:
        return site.engine.wait(container, tick=tick)
    finally:
        site.engine.remove(container)


def ask_each(
    question: str,
    ask: Callable[[str, GoOn], T],
    projects: Sequence[str],
    *,
    jobs: int,
    tell: Tell,
    demand: Demand = demand_nothing,
) -> dict[str, T]:
    """Ask several projects, `jobs` at a time; where one question cannot be asked, the others are left too.

    What `demand` raises, which is asked about once a second, ends them all.
    """
    leaving = threading.Event()

    def go_on() -> None:
        if leaving.is_set():
            raise _LeavingError
        demand()

    def ask_one(project: str) -> T:
        began = time.monotonic()
        answer = ask(project, go_on)
        tell(ProjectAnswered(question=question, project=project, of=len(projects), seconds=time.monotonic() - began))
        return answer

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        try:
            return dict(zip(projects, pool.map(ask_one, projects), strict=True))
        except BaseException:
            leaving.set()
            raise


def remove_left(site: Site, *commands: str) -> None:
    """Remove the containers of a sitting that died while it asked: the run's network cannot go before they do."""
    for journey in site.plan.journeys:
        for command in commands:
            labels = {f"{LABEL}.run": site.run, f"{LABEL}.step": f"{journey.project}/{site.plan.target}/{command}"}
            while left := site.engine.find(labels):
                site.engine.remove(left)


def at_the_end(project: str, plan: Plan) -> ProjectStanding:
    """Where the chain has taken a project, by the plan."""
    databases = tuple(
        Standing(Database(one.project, one.role, one.member, one.schema_name), frozenset(one.ends), (plan.target,))
        for one in plan.databases
        if one.project == project
    )
    return ProjectStanding(project, databases, (plan.target,), plan.target, "the chain has ended there")
