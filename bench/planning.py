"""A plan of 100 lanes and 1,000 steps: drafted, said, forecast and shown, without an engine or a server.

The cloud is invented - nova with 90 cells, and nine projects of one database -, what plans and shows it is not. It runs in
a process of its own, which alone tells its memory.
"""

import datetime
import io
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from bench.figure import Figure
from runner import events
from runner.cli.plan import say_plan
from runner.documents import parse
from runner.planning.cloud import Database
from runner.planning.detection import Knowledge, detect, place
from runner.planning.draft import draft_plan, settle
from runner.planning.facts import DatabaseFacts
from runner.planning.forecast import Course
from runner.planning.manifest import Chain, Manifest, ProjectManifest, Revision
from runner.planning.plan import Plan, PlanFile
from runner.planning.recipe import Recipe
from runner.planning.release import Calendar, Release
from runner.planning.seal import Spread
from runner.planning.timetable import left_of_chain
from runner.reporting.progress import Progress, advance
from runner.reporting.reporter import Told
from runner.reporting.terminal import draw, show_live

SERIES = ("2023.1", "2023.2", "2024.1", "2024.2", "2025.1", "2025.2")
CELLS, OTHERS, REVISIONS = 90, 9, 300
ROUNDS = 5

ABOUT = "100 lanes, 1,000 steps"
SIGNATURE = {"nova": "instance_groups"}
"""A table by which a project is known; the others' carry the project's name."""

NOVA = """
project: nova
package: nova
roles: {api: {chain: api}, cell: {chain: main, many: true}}
chains: {api: {alembic: nova/api}, main: {alembic: nova/main}}
configuration: {nova.conf: "api = {api} cell = {cell}"}
commands:
- {name: api-sync, kind: schema, argv: [nova-manage, api_db, sync], writes: [api], moves: [api], source: s}
- {name: api-online, kind: online, argv: [nova-manage, online], writes: [api], source: s}
- {name: sync, kind: schema, argv: [nova-manage, db, sync], writes: [cell], per: cell, moves: [main], source: s}
- {name: online, kind: online, argv: [nova-manage, online], writes: [cell], per: cell, source: s}
signature: [instance_groups]
"""
OTHER = """
project: NAME
package: NAME
roles: {NAME: {chain: main}}
chains: {main: {alembic: NAME/migrations}}
configuration: {NAME.conf: "connection = {NAME}"}
commands:
- {name: sync, kind: schema, argv: [NAME-manage, sync], writes: [NAME], moves: [main], source: s}
- {name: online, kind: online, argv: [NAME-manage, online], writes: [NAME], source: s}
signature: [NAME]
"""


def measure() -> list[Figure]:
    """Run it in a process of its own."""
    process = subprocess.Popen([sys.executable, "-m", "bench.planning"], stdout=subprocess.PIPE, text=True)
    assert process.stdout, "we asked for a pipe"
    said = process.stdout.read()
    if process.wait():
        raise RuntimeError("the bench of the planning failed; what it said is above")
    return [Figure(**one) for one in json.loads(said)]


def measure_here() -> list[Figure]:
    """Measure each thing a few times; the best counts, for what else the machine does is not ours."""
    knowledge, facts = _knowledge(), _facts()
    plan = _draft(knowledge, facts)
    assert (len(plan.lanes), len(plan.steps)) == (100, 1000), f"{len(plan.lanes)} lanes, {len(plan.steps)} steps"
    steps = {step.id: Spread(median=1.0 + place % 7, p95=2.0 + place % 11) for place, step in enumerate(plan.steps)}
    picture = _picture(plan)
    return [
        Figure(f"{ABOUT}: planned and said", _best(lambda: _say(_draft(knowledge, facts))), "s of a processor", bound=1),
        Figure(f"{ABOUT}: forecast", _best(lambda: left_of_chain(Course.of(plan), steps, 8)), "s of a processor", bound=0.05),
        Figure(f"{ABOUT}: all events of its run shown", _best(lambda: _show(plan)), "s of a processor", bound=1),
        Figure(f"{ABOUT}: the picture drawn once", _best(lambda: _draw(picture)), "s of a processor", bound=0.05),
        Figure(f"{ABOUT}: the runner's memory at its peak", _own_peak(), "MB", bound=120),
    ]


def _own_peak() -> float:
    """Read this process's own peak: getrusage(2) hands on what a parent had when it forked."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _best(work: Callable[[], object]) -> float:
    """Seconds of a processor: nothing here waits for anything, and whoever else computes meanwhile is not ours."""
    seconds = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return min(seconds)


def _knowledge() -> Knowledge:
    """Six releases, none of which may be skipped, and an image of each with chains as long as nova's."""
    names = ["nova", *(f"other{number}" for number in range(OTHERS))]
    days = (datetime.date(2023, 4, 1) + datetime.timedelta(days=182 * place) for place in range(len(SERIES)))
    calendar = Calendar.of(
        Release(series=series, name=series, date=day, slurp=False) for series, day in zip(SERIES, days, strict=True)
    )
    recipes = {name: parse(Recipe, _recipe(name), origin=f"{name}.yaml") for name in names}
    return Knowledge(recipes, calendar, {series: _manifest(place, names) for place, series in enumerate(SERIES)})


def _recipe(name: str) -> str:
    chains = ("api", "main") if name == "nova" else ("main",)
    heads = "\n".join(
        f"  '{series}': {{{', '.join(f'{chain}: [{_revision(place, REVISIONS)}]' for chain in chains)}}}"
        for place, series in enumerate(SERIES)
    )
    return f"{NOVA if name == 'nova' else OTHER.replace('NAME', name)}heads:\n{heads}\n"


def _revision(place: int, number: int) -> str:
    return f"r{place}x{number:03}"


def _manifest(place: int, names: Sequence[str]) -> Manifest:
    revisions = tuple(Revision(id=_revision(one, number)) for one in range(place + 1) for number in range(REVISIONS + 1))
    chain = Chain(kind="alembic", heads={"": revisions[-1].id}, revisions=revisions)
    projects = {
        name: ProjectManifest(package=name, version="1", commands=(), chains={"api": chain, "main": chain}, online=("fill",))
        for name in names
    }
    return Manifest(release=SERIES[place], python="3.11.2", packages={}, projects=projects)


def _facts() -> list[DatabaseFacts]:
    databases = [Database("nova", "api", "api", "nova_api")]
    databases += [Database("nova", "cell", f"cell{number}", f"nova_cell{number}") for number in range(CELLS)]
    databases += [Database(f"other{number}", f"other{number}", f"other{number}", f"other{number}") for number in range(OTHERS)]
    head = frozenset({_revision(0, REVISIONS)})
    return [
        DatabaseFacts(
            one, exists=True, tables=frozenset({"alembic_version", SIGNATURE.get(one.project, one.project)}), alembic=head
        )
        for one in databases
    ]


def _draft(knowledge: Knowledge, facts: Sequence[DatabaseFacts]) -> Plan:
    standings = place([detect(one, knowledge) for one in facts], knowledge.calendar)
    settled = settle(standings, SERIES[-1], knowledge=knowledge, defined=SERIES)
    images = {series: f"sha256:{series}" for series in SERIES}
    return draft_plan(settled, SERIES[-1], knowledge=knowledge, defined=SERIES, images=images)


def _say(plan: Plan) -> None:
    """Both ways in which `plan` says it."""
    "\n".join(say_plan(plan))
    PlanFile(digest=plan.digest, plan=plan).model_dump_json(indent=2)


def _events(plan: Plan) -> Iterator[events.Event]:
    yield events.RunBegan(run="bench", steps=len(plan.to_run), skipped=0, lanes=plan.lengths)
    for step in plan.to_run:
        yield events.StepBegan(step=step.id, lane=step.lane)
        yield events.StepEnded(step=step.id, lane=step.lane, outcome="proved", exit_code=0, seconds=1.0)


def _terminal() -> Console:
    return Console(file=io.StringIO(), force_terminal=True, width=120, height=50)


def _show(plan: Plan) -> None:
    with show_live(_terminal()) as show:
        for event in _events(plan):
            show(Told(event, datetime.datetime.now(datetime.UTC), time.monotonic()))


def _picture(plan: Plan) -> Progress:
    progress = Progress(time.monotonic())
    for event in list(_events(plan))[: len(plan.to_run)]:
        progress = advance(progress, event, time.monotonic())
    return progress


def _draw(progress: Progress) -> None:
    _terminal().print(draw(progress, time.monotonic(), height=50))


if __name__ == "__main__":
    print(json.dumps([asdict(one) for one in measure_here()]))
