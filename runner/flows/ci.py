"""CI: a chain on a cloud that is made for it and thrown away: does it run, does it prove, is it what it was?"""

from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from runner import documents
from runner.checks import OF_A_CLONE
from runner.containers.cache import write_whole
from runner.containers.client import connect
from runner.containers.override import ensure_override
from runner.errors import BadDocument, BeyondTarget, MissingFile, ProofFailed
from runner.events import Note, Tell, silent
from runner.flows.away import away_from_production
from runner.flows.check import ask_checks
from runner.flows.ci_start import Start, Way
from runner.flows.images import Workshop, build
from runner.flows.leg import walk
from runner.flows.prepare import prepare_plan
from runner.flows.record import open_record
from runner.flows.run import Phases, Run, begin, count_before, demand_holding, go_through, note, prove, read_fresh, seconds_of
from runner.flows.survey import survey
from runner.flows.world import World
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.mariadb.facts import read_facts
from runner.mariadb.schema import read_schema
from runner.planning.baseline import Baseline, Expected
from runner.planning.detection import Knowledge
from runner.planning.draft import find_stops, settle
from runner.planning.legs import Leg, cut
from runner.planning.plan import Plan
from runner.planning.release import Calendar
from runner.recipes import load_calendar

FLOW = "ci"


@dataclass(frozen=True)
class Wanted:
    """What the developer said. `overrides` maps a project to his source tree of it, which the target's image gets.

    `baseline` is the file that the result is compared with; with `update` it is written instead. `mariadb` is the server's
    version.
    """

    target: str
    projects: tuple[str, ...] = ()
    every_release: bool = False
    overrides: Mapping[str, Path] = field(default_factory=dict)
    baseline: Path | None = None
    update: bool = False
    at_most: float | None = None
    mariadb: str | None = None

    @property
    def way(self) -> Way:
        """The way that is looked for."""
        calendar = load_calendar()
        return Way(self.target, calendar.without_leaps() if self.every_release else calendar, self.projects, self.mariadb)


def ci(workshop: Workshop, start: Start, wanted: Wanted, folder: Path, *, jobs: int) -> Path:
    """Carry a throw-away cloud to the target, prove the result, and compare it with the baseline; returns the run's folder.

    Raises:
        BadDocument, MissingFile: the baseline, a source tree or the start is not there, or not what it should be.
        the 30s of `errors`: an image cannot be built.
        the 50s: there is no way from the start to the target.
        ChecksBlock, StepFailed, MigrationStuck, StepNotProved, ProofFailed: what CI is there to find out.
    """
    tell = workshop.tell
    expected = _expected(wanted)
    with away_from_production("what was changed was made for this run, and is gone: mend the cause, and run it again"):
        wanted.way.calendar.find(wanted.target)
        # Before there is a cloud: a tree that does not build is told at once.
        substitutes = _override(workshop, wanted, jobs)
        with start.open(workshop, wanted.way, folder, jobs) as opened:
            build(workshop, _stops(workshop, opened, wanted.way), jobs)
            here = replace(opened, calendar=wanted.way.calendar, substitutes=substitutes)
            return _carry(here, wanted, expected, jobs=jobs, tell=tell)


def _stops(workshop: Workshop, here: World, way: Way) -> tuple[str, ...]:
    """Name the releases whose images the way needs, by what the definitions say of them.

    Raises:
        the 50s of `errors`: a database stands nowhere, or there is no permitted way.
        ImageNotDefined
    """
    knowledge = Knowledge(workshop.recipes, way.calendar, {})
    stops = {way.target}
    for standing in survey(here, knowledge=knowledge, tell=silent).narrowed(way.projects).place(knowledge):
        defined = [series for series, one in workshop.catalog.items() if standing.project in one.image.projects]
        (settled,) = settle((standing,), way.target, knowledge=knowledge, defined=defined)
        stops |= {*find_stops(standing.project, settled.release, way.target, knowledge=knowledge, defined=defined)}
    return tuple(sorted(stops, key=way.calendar.index))


def _expected(wanted: Wanted) -> Expected | None:
    if not wanted.baseline or wanted.update:
        return None
    if not wanted.baseline.is_file():
        raise MissingFile(
            f"there is no baseline {wanted.baseline}",
            hint="write it once, from a run that you found good: --update-baseline; and keep it with your code",
        )
    return Expected(baseline=documents.read(Baseline, wanted.baseline), at_most=wanted.at_most)


def _override(workshop: Workshop, wanted: Wanted, jobs: int) -> dict[str, str]:
    """Have the target's image with the developer's trees in it, and name it by release; nothing where there are none."""
    if not wanted.overrides:
        return {}
    build(workshop, (wanted.target,), jobs)
    definition, site = workshop.catalog[wanted.target], workshop.site
    with closing(connect(site.engine)) as client:
        image = ensure_override(client, definition, workshop.recipes, wanted.overrides, site=site, tell=workshop.tell)
    return {wanted.target: image}


def _carry(here: World, wanted: Wanted, expected: Expected | None, *, jobs: int, tell: Tell) -> Path:
    found, plan = prepare_plan(here, wanted.target, projects=wanted.projects, tell=tell)
    if not plan.steps:
        raise BeyondTarget(f"there is nothing to carry: all of it is at {wanted.target}", hint="name a later release: --to")
    if expected:
        _demand_same_way(plan, expected.baseline, wanted)
    _demand_used(plan, here, wanted)
    answers = ask_checks(here, plan, found, checks=OF_A_CLONE, tell=tell)
    with open_record(here.cloud, flow=FLOW, target=plan.target, plan=plan, expected=expected) as (folder, journal):
        run = begin(here, plan, folder, journal, jobs=jobs, tell=tell)
        # What checks say is the chain's: who reads its report sees why it never began.
        go_through(run, (("checks", lambda _: answers.demand()), *_phases(plan, here.calendar, wanted)))
    return folder


def _demand_used(plan: Plan, here: World, wanted: Wanted) -> None:
    """Demand that each override is of a project that the chain moves: another one would be proved without having been run."""
    moved = {name for journey in plan.journeys if journey.stops for name in here.recipes[journey.project].packages}
    if idle := sorted(set(wanted.overrides) - moved):
        raise BadDocument(
            f"--override {idle[0]}: the chain does not move {idle[0]}; it moves {', '.join(sorted(moved))}",
            hint="leave the override out, or let the chain have its project",
        )


def _phases(plan: Plan, calendar: Calendar, wanted: Wanted) -> Phases:
    return (
        ("fresh schemas", read_fresh),
        ("count rows", count_before),
        *((f"to {leg.release}", partial(_walk, leg)) for leg in cut(plan, calendar)),
        ("proof", _prove),
        *((("baseline", partial(_write_baseline, wanted.baseline)),) if wanted.baseline and wanted.update else ()),
    )


def _walk(leg: Leg, run: Run) -> None:
    """Go to one release; where something drifted there, the chain goes on: all that is wrong is told at once."""
    arrived = walk(replace(run, position=replay(read_entries(run.folder))), leg)
    for piece in arrived.evidence:
        note(run, piece)
    run.journal.append(e.ReleaseReached(release=leg.release, schemas=arrived.schemas, checkpoint=None))


def _prove(run: Run) -> None:
    """Demand every proof, and those that were given on the way.

    Raises:
        ProofFailed
    """
    with suppress(ProofFailed):
        prove(run)
    demand_holding([one.entry for one in read_entries(run.folder) if isinstance(one.entry, e.ProofGiven)])


def _write_baseline(file: Path, run: Run) -> None:
    ended = [stamped.entry for stamped in read_entries(run.folder) if isinstance(stamped.entry, e.StepEnded)]
    baseline = Baseline(
        start=_start_of(run.plan),
        target=run.plan.target,
        way=_way_of(run.plan, run.world.calendar),
        server=read_facts(run.world.server).version,
        schemas={one.id: read_schema(run.world.server, one.schema_name) for one in run.plan.moving},
        seconds=seconds_of(ended),
    )
    try:
        write_whole(file, f"{baseline.model_dump_json(indent=1)}\n".encode())
    except OSError as error:
        raise MissingFile(f"cannot write {file}: {error.strerror}") from error
    run.tell(Note(about="baseline", text=f"written: {file}"))


def _demand_same_way(plan: Plan, baseline: Baseline, wanted: Wanted) -> None:
    """Demand that the baseline is of this chain.

    Raises:
        BadDocument
    """
    ours = (_start_of(plan), *_way_of(plan, wanted.way.calendar))
    theirs = (baseline.start, *baseline.way)
    if ours != theirs:
        raise BadDocument(
            f"{wanted.baseline} is of another chain: {' -> '.join(theirs)}; this one is {' -> '.join(ours)}",
            hint="name the baseline of this chain, or write it: --update-baseline",
        )


def _start_of(plan: Plan) -> str:
    return ", ".join(sorted({journey.start for journey in plan.journeys}))


def _way_of(plan: Plan, calendar: Calendar) -> tuple[str, ...]:
    return tuple(sorted({stop for journey in plan.journeys for stop in journey.stops}, key=calendar.index))
