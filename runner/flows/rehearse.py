"""Rehearse: the real plan, with the real steps, on a clone of a proven snapshot. Production is not touched."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from runner.checks import OF_A_CLONE
from runner.errors import ThingAMeError
from runner.events import Note, Tell
from runner.flows.away import away_from_production
from runner.flows.check import ask_checks
from runner.flows.checkpoint import (
    Start,
    demand_same_way,
    forget_checkpoints,
    hold_start,
    keep_checkpoint,
    telling_what_stays,
)
from runner.flows.clone import clear_left_clones
from runner.flows.floor import Floor, Rehearsal, lay_floor, rehearsal_of
from runner.flows.leg import walk
from runner.flows.prepare import prepare_plan
from runner.flows.record import open_record
from runner.flows.recording import recording
from runner.flows.run import Phases, Run, begin, count_before, demand, go_through, prove, read_fresh
from runner.flows.seal import Sealing, write_seal
from runner.flows.world import World
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.mariadb.facts import read_facts
from runner.planning.legs import Leg, cut
from runner.planning.plan import Plan
from runner.planning.seal import is_of_another
from runner.snapshots.checkpoints import hold_checkpoints
from runner.snapshots.hold import use_snapshot
from runner.snapshots.shelf import Place
from runner.snapshots.stored import demand_data


@dataclass(frozen=True)
class Wanted:
    """What the operator said. `from_checkpoint` is a release, or NEWEST; a rehearsal that begins at one is not repeated."""

    projects: tuple[str, ...] = ()
    repeat: int = 1
    checkpoints: bool = True
    from_checkpoint: str | None = None


def rehearse(world: World, place: Place, target: str, wanted: Wanted, *, jobs: int, tell: Tell) -> Path:
    """Rehearse the way to the target on clones of a snapshot, and seal the plan; returns the sealed plan.

    Raises:
        SnapshotMissing, SnapshotBroken, SnapshotBusy: there is no proven snapshot to clone.
        CheckpointMissing, CheckpointStale: there is none to begin at, or it is not on the way any more.
        CloneFailed, DiskFull: there is no clone.
        ChecksBlock, CheckCouldNotRun: a check found what would make the chain fail.
        StepFailed, MigrationStuck, StepNotProved, ProofFailed: the rehearsal failed; its run's folder says where.
    """
    clear_left_clones(world.client, tell=tell)
    with use_snapshot(place), away_from_production("only a clone was changed; mend the cause, and rehearse again"):
        rehearsal = rehearsal_of(world, place, jobs=jobs, tell=tell)
        sealing = Sealing(world, place.id, rehearsal.manifest.taken.origin.identity, jobs)
        _say_if_foreign(world, sealing, tell)
        if wanted.from_checkpoint:
            _go_on(rehearsal, target, wanted, sealing)
        else:
            demand_data(rehearsal.bench, place, rehearsal.manifest.data)
            for _ in range(wanted.repeat):
                forget_checkpoints(rehearsal)
                _rehearse_once(rehearsal, target, wanted, sealing)
        sealed = write_seal(sealing, "proved")
        forget_checkpoints(rehearsal, target)
    return sealed


def _say_if_foreign(world: World, sealing: Sealing, tell: Tell) -> None:
    here = read_facts(world.server).identity
    if is_of_another(sealing.origin, here):
        said = f"it is of another server, {sealing.origin}: what is sealed cannot be run on that of cloud.yaml, {here}"
        tell(Note(about=f"snapshot {sealing.snapshot}", text=said))


def _rehearse_once(rehearsal: Rehearsal, target: str, wanted: Wanted, sealing: Sealing) -> None:
    with lay_floor(rehearsal, rehearsal.place.data) as floor, _ending_sealed(sealing):
        plan = _prepare(floor, target, wanted.projects, sealing)
        _run(floor, plan, wanted, sealing)


def _go_on(rehearsal: Rehearsal, target: str, wanted: Wanted, sealing: Sealing) -> None:
    """Begin at a checkpoint: what comes before it is drafted and checked anew, where it begins, but not done again."""
    assert wanted.from_checkpoint
    with hold_start(rehearsal, target, wanted.from_checkpoint) as start:
        demand_data(rehearsal.bench, rehearsal.place, rehearsal.manifest.data)
        with lay_floor(rehearsal, rehearsal.place.data) as floor:
            plan = _prepare(floor, target, wanted.projects or start.projects, sealing, start)
        with lay_floor(rehearsal, start.spot.data) as floor, _ending_sealed(sealing):
            _run(floor, plan, wanted, sealing, start)


@contextmanager
def _ending_sealed(sealing: Sealing) -> Iterator[None]:
    """Seal a rehearsal that failed as well: as one that must not be run."""
    try:
        yield
    except ThingAMeError:
        if sealing.runs:
            write_seal(sealing, "failed")
        raise


def _prepare(floor: Floor, target: str, projects: Collection[str], sealing: Sealing, start: Start | None = None) -> Plan:
    """Draft the plan from where the snapshot stands, and ask every check that a clone can answer."""
    rehearsal, tell = floor.rehearsal, floor.rehearsal.tell
    with floor.open() as here:
        survey, plan = prepare_plan(here, target, projects=projects, tell=tell)
        sealing.start(here, plan)
        if start:
            sealing.from_checkpoint = start.at
            demand_same_way(rehearsal, start, plan)
        ask_checks(here, plan, survey, checks=OF_A_CLONE, tell=tell).demand()
    return plan


def _run(floor: Floor, plan: Plan, wanted: Wanted, sealing: Sealing, start: Start | None = None) -> None:
    rehearsal, world, snapshot = floor.rehearsal, floor.rehearsal.world, floor.rehearsal.place.id
    with (
        telling_what_stays(rehearsal, plan.target),
        open_record(world.cloud, flow="rehearse", target=plan.target, plan=plan, snapshot=snapshot) as (folder, journal),
        hold_checkpoints(rehearsal.place, folder.name) if wanted.checkpoints else nullcontext(),
    ):
        sealing.runs.append(folder)
        if start:
            start.hand_down(journal)
        run = begin(world, plan, folder, journal, jobs=rehearsal.jobs, tell=rehearsal.tell)
        go_through(run, _phases(floor, cut(plan, world.calendar), wanted, start))


def _phases(floor: Floor, legs: Collection[Leg], wanted: Wanted, start: Start | None) -> Phases:
    calendar = floor.rehearsal.world.calendar
    ahead = [leg for leg in legs if not start or calendar.is_later(leg.release, start.at.release)]
    return (
        *(() if start else (("count rows", partial(_look, floor)),)),
        *((f"to {leg.release}", partial(_walk, floor, leg, keep=wanted.checkpoints and leg is not ahead[-1])) for leg in ahead),
        ("proof", partial(_prove, floor)),
    )


def _look(floor: Floor, run: Run) -> None:
    with floor.open() as here:
        on_clone = replace(run, world=here)
        read_fresh(on_clone)
        count_before(on_clone)


def _walk(floor: Floor, leg: Leg, run: Run, *, keep: bool) -> None:
    """Take every project to one release, compare its schema with a fresh install of that release, and keep a checkpoint."""
    with floor.open() as here, recording(run.plan, here.server, run.journal, run.tell, floor.measure) as tell:
        position = replay(read_entries(run.folder))
        arrived = walk(replace(run, world=here, position=position, tell=tell), leg)
        demand(run, arrived.evidence)
    checkpoint = keep_checkpoint(floor, leg.release, run) if keep else None
    run.journal.append(e.ReleaseReached(release=leg.release, schemas=arrived.schemas, checkpoint=checkpoint))


def _prove(floor: Floor, run: Run) -> None:
    with floor.open() as here:
        prove(replace(run, world=here))
