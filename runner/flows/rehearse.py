"""Rehearse: the real plan, with the real steps, on a clone of a proven snapshot. Production is not touched."""

from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from runner.containers.claims import Claim, claim_clone
from runner.containers.client import connect
from runner.containers.clone_server import SLOW_LOG
from runner.containers.copies import Copy, copy_tree
from runner.containers.data_files import measure_schemas
from runner.errors import ThingAMeError
from runner.events import Tell
from runner.flows.check import ask_checks
from runner.flows.clone import clear_left_clones, move_to
from runner.flows.fresh import fresh_schemas
from runner.flows.prepare import prepare_plan
from runner.flows.record import open_record
from runner.flows.recording import recording
from runner.flows.run import Phases, Run, begin, carry, count_before, demand, go_through, prove, read_fresh
from runner.flows.seal import Sealing, write_seal
from runner.flows.snapshot import cupboard_of
from runner.flows.world import World
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.mariadb.schema import read_schema
from runner.planning.legs import Leg, cut
from runner.planning.plan import PlannedDatabase
from runner.planning.snapshot import SnapshotManifest
from runner.proofs import Evidence, Question, schema
from runner.snapshots.clone import Equipment, start_clone
from runner.snapshots.hold import use_snapshot
from runner.snapshots.shelf import Place
from runner.snapshots.stored import demand_data


@dataclass(frozen=True)
class Rehearsal:
    """What every rehearsal of a plan has in common. `world` is production's, and only read."""

    world: World
    place: Place
    manifest: SnapshotManifest
    jobs: int
    tell: Tell

    @property
    def equipment(self) -> Equipment:
        origin = self.manifest.taken.origin
        return Equipment(image=origin.image, tools=self.world.server_image, options=(*origin.options, *SLOW_LOG))


@dataclass(frozen=True)
class Floor:
    """One clone's files; a server is started on them for every phase, so that they can be copied in between."""

    rehearsal: Rehearsal
    claim: Claim
    copy: Copy

    @contextmanager
    def open(self) -> Iterator[World]:
        """Start the clone's server, and open the cloud on it; its files are settled when the block ends well."""
        world = self.rehearsal.world
        with start_clone(world.client, self.claim, self.copy, self.rehearsal.equipment, settle=True) as clone:
            yield move_to(world, clone, tell=self.rehearsal.tell)

    def measure(self, schemas: tuple[str, ...]) -> int:
        """Say how many bytes schemas have on the clone's disk; from any thread."""
        with closing(connect(self.rehearsal.world.cloud.document.engine)) as client:
            return measure_schemas(client, self.claim.name, schemas)


def rehearse(
    world: World, place: Place, target: str, *, projects: Collection[str] = (), repeat: int = 1, jobs: int, tell: Tell
) -> Path:
    """Rehearse the way to the target on clones of a snapshot, `repeat` times, and seal the plan; returns the sealed plan.

    Raises:
        SnapshotMissing, SnapshotBroken, SnapshotBusy: there is no proven snapshot to clone.
        CloneFailed, DiskFull: there is no clone.
        ChecksBlock, CheckCouldNotRun: a check found what would make the chain fail.
        StepFailed, MigrationStuck, StepNotProved, ProofFailed: the rehearsal failed; its run's folder says where.
    """
    clear_left_clones(world.client, tell=tell)
    with use_snapshot(place):
        rehearsal = Rehearsal(world, place, place.read_manifest(), jobs, tell)
        demand_data(cupboard_of(world.cloud, tell=tell).bench, place, rehearsal.manifest)
        sealing = Sealing(world, place.id, jobs)
        for _ in range(repeat):
            with claim_clone(world.client) as claim, _ending_sealed(sealing):
                _rehearse_once(rehearsal, claim, target, projects, sealing)
    return write_seal(sealing, "proved")


@contextmanager
def _ending_sealed(sealing: Sealing) -> Iterator[None]:
    """Seal a rehearsal that failed as well: as one that must not be run."""
    try:
        yield
    except ThingAMeError:
        if sealing.runs:
            write_seal(sealing, "failed")
        raise


def _rehearse_once(rehearsal: Rehearsal, claim: Claim, target: str, projects: Collection[str], sealing: Sealing) -> None:
    world, tell = rehearsal.world, rehearsal.tell
    folder = rehearsal.place.clones / claim.name
    copy = copy_tree(world.client, claim, rehearsal.place.data, folder, image=rehearsal.equipment.tools)
    floor = Floor(rehearsal, claim, copy)
    with floor.open() as here:
        survey, plan = prepare_plan(here, target, projects=projects, tell=tell)
        sealing.start(here, plan)
        ask_checks(here, plan, survey, tell=tell).demand()
    snapshot = rehearsal.place.id
    with open_record(world.cloud, flow="rehearse", target=target, plan=plan, snapshot=snapshot) as (run_folder, journal):
        sealing.runs.append(run_folder)
        run = begin(world, plan, run_folder, journal, jobs=rehearsal.jobs, tell=tell)
        go_through(run, _phases(floor, cut(plan, world.calendar)))


def _phases(floor: Floor, legs: Collection[Leg]) -> Phases:
    return (
        ("count rows", partial(_look, floor)),
        *((f"to {leg.release}", partial(_walk, floor, leg)) for leg in legs),
        ("proof", partial(_prove, floor)),
    )


def _look(floor: Floor, run: Run) -> None:
    with floor.open() as here:
        on_clone = replace(run, world=here)
        read_fresh(on_clone)
        count_before(on_clone)


def _walk(floor: Floor, leg: Leg, run: Run) -> None:
    """Take every project to one release, and compare its schema with a fresh install of that release."""
    with floor.open() as here, recording(run.plan, here.server, run.journal, run.tell, floor.measure) as tell:
        position = replay(read_entries(run.folder))
        carry(replace(run, world=here, plan=leg.plan, position=position, tell=tell))
        arrived = {name: run.plan.database(name) for name in leg.databases}
        if leg.release != run.plan.target:  # there the proof compares
            demand(run, _compare_with_fresh(here, leg, tuple(arrived.values()), run))
        schemas = {name: read_schema(here.server, one.schema_name).digest for name, one in arrived.items()}
        run.journal.append(e.ReleaseReached(release=leg.release, schemas=schemas))


def _compare_with_fresh(here: World, leg: Leg, arrived: tuple[PlannedDatabase, ...], run: Run) -> list[Evidence]:
    """Compare the schema of what arrived at a release with what that release's own image installs."""
    projects = {database.project for database in arrived}
    journeys = tuple(journey for journey in run.plan.journeys if journey.project in projects)
    plan = run.plan.model_copy(update={"target": leg.release, "journeys": journeys, "databases": arrived})
    fresh = fresh_schemas(here, plan, jobs=run.jobs, tell=run.tell)
    question = Question(plan=plan, recipes=here.recipes, server=here.server, before={}, after={}, exit_codes={}, fresh=fresh)
    return [replace(piece, subject=f"{piece.subject} at {leg.release}") for piece in schema.give(question)]


def _prove(floor: Floor, run: Run) -> None:
    with floor.open() as here:
        prove(replace(run, world=here))
