"""Migrate: carry the cloud's databases to the target release, in place."""

import datetime
from collections.abc import Collection
from pathlib import Path

from runner.errors import RunMissing, RunUnfinished, SnapshotDemanded
from runner.events import Note, Tell
from runner.flows.alone import holding_cloud
from runner.flows.check import ask_checks
from runner.flows.prepare import prepare_plan
from runner.flows.record import open_record
from runner.flows.resume import newest_chain
from runner.flows.run import Run, begin, finish
from runner.flows.seal import demand_fresh
from runner.flows.world import World
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.planning.plan import Plan
from runner.planning.seal import Seal
from runner.planning.snapshot import Taken
from runner.snapshots.shelf import find_place


def migrate(
    world: World, target: str, *, projects: Collection[str] = (), accept_no_snapshot: bool, jobs: int, tell: Tell
) -> Path | None:
    """Prepare, check, and take the databases to the target; returns the run's folder, or None where all are there already.

    Raises:
        RunBusy: see `holding_cloud`.
        RunUnfinished: version rows say that all is there, and the run that led there did not come to its end.
        SnapshotDemanded: nothing is changed without a snapshot, or the operator's word that he has one.
        ChecksBlock, CheckCouldNotRun: a check found what would make the chain fail.
        StepFailed, MigrationStuck, StepNotProved, StepInDoubt, ProofFailed: the run is in its folder, `resume` goes on.
    """
    if not accept_no_snapshot:
        raise SnapshotDemanded("migrate --to changes production databases by a plan that was rehearsed on no proven snapshot")
    with holding_cloud(world, tell=tell):
        survey, plan = prepare_plan(world, target, projects=projects, tell=tell)
        if not plan.steps:
            _demand_finished(world, target)
            return None
        ask_checks(world, plan, survey, tell=tell).demand()
        return carry_through(world, plan, jobs=jobs, tell=tell)


def migrate_sealed(world: World, file: Path, *, jobs: int, tell: Tell) -> Path:
    """Run what was rehearsed, if it is still what would be run; returns the run's folder.

    Raises:
        RunBusy: see `holding_cloud`.
        MissingFile, BadDocument: the sealed plan cannot be read.
        PlanStale: something is not as it was rehearsed.
        SnapshotMissing, SnapshotBroken: the snapshot that it was rehearsed on, or the newest proven one, is not whole.
        StepFailed, MigrationStuck, StepNotProved, StepInDoubt, ProofFailed: the run is in its folder, `resume` goes on.
    """
    with holding_cloud(world, tell=tell):
        seal = demand_fresh(world, file, tell=tell)
        find_place(world.cloud.snapshots, seal.snapshot).read_manifest()
        way_back = find_place(world.cloud.snapshots, None, proven=True).read_manifest().taken
        return carry_through(world, seal.plan, seal=seal, way_back=way_back, jobs=jobs, tell=tell)


def carry_through(
    world: World, plan: Plan, *, seal: Seal | None = None, way_back: Taken | None = None, jobs: int, tell: Tell
) -> Path:
    """Make the run's folder, write down the plan, what it was sealed with and what it leans on, and go through the phases."""
    snapshot = seal.snapshot if seal else None
    record = open_record(world.cloud, flow="migrate", target=plan.target, plan=plan, snapshot=snapshot, seal=seal)
    with record as (folder, journal):
        run = begin(world, plan, folder, journal, jobs=jobs, tell=tell)
        if way_back:
            _tell_way_back(run, way_back)
        finish(run)
    return folder


def _demand_finished(world: World, target: str) -> None:
    """Demand that the newest chain came to its end: heads can be where they should be while rows still wait to be moved."""
    try:
        folder = newest_chain(world.cloud.runs)
    except RunMissing:
        return
    position = replay(read_entries(folder))
    if position.began.target == target and not position.is_over:
        raise RunUnfinished(f"all version rows are at {target}, but run {folder.name}, which led there, is not over")


def _tell_way_back(run: Run, taken: Taken) -> None:
    """Tell how old the snapshot is that would be put back, and write it down: whatever was written since is not in it."""
    age = datetime.timedelta(seconds=round((datetime.datetime.now(datetime.UTC) - taken.taken_at).total_seconds()))
    text = f"{taken.snapshot}, taken {age} ago, is the newest that is proven: what would be put back"
    run.tell(Note(about="way back", text=text))
    run.journal.append(e.Noted(about="way back", text=text))
