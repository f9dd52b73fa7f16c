"""Migrate: carry the cloud's databases to the target release, in place."""

from collections.abc import Collection
from pathlib import Path

from runner.errors import RunBusy, SnapshotDemanded
from runner.events import Tell
from runner.flows.check import ask_checks
from runner.flows.prepare import prepare_plan
from runner.flows.record import open_record
from runner.flows.run import begin, finish
from runner.flows.seal import demand_fresh
from runner.flows.world import World
from runner.journal.lock import find_holder
from runner.journal.runs import list_runs
from runner.planning.plan import Plan
from runner.planning.seal import Seal
from runner.snapshots.shelf import find_place


def migrate(
    world: World, target: str, *, projects: Collection[str] = (), accept_no_snapshot: bool, jobs: int, tell: Tell
) -> Path | None:
    """Prepare, check, and take the databases to the target; returns the run's folder, or None where all are there already.

    Raises:
        RunBusy: another runner works on this cloud, as far as this machine's run folders tell.
        SnapshotDemanded: nothing is changed without a snapshot, or the operator's word that he has one.
        ChecksBlock, CheckCouldNotRun: a check found what would make the chain fail.
        StepFailed, MigrationStuck, StepNotProved, StepInDoubt, ProofFailed: the run is in its folder, `resume` goes on.
    """
    if not accept_no_snapshot:
        raise SnapshotDemanded("migrate changes production databases, and there is no proven snapshot of them")
    demand_idle(world)
    survey, plan = prepare_plan(world, target, projects=projects, tell=tell)
    if not plan.steps:
        return None
    ask_checks(world, plan, survey, tell=tell).demand()
    return carry_through(world, plan, jobs=jobs, tell=tell)


def migrate_sealed(world: World, file: Path, *, jobs: int, tell: Tell) -> Path:
    """Run what was rehearsed, if it is still what would be run; returns the run's folder.

    Raises:
        RunBusy: another runner works on this cloud, as far as this machine's run folders tell.
        MissingFile, BadDocument: the sealed plan cannot be read.
        PlanStale: something is not as it was rehearsed.
        StepFailed, MigrationStuck, StepNotProved, StepInDoubt, ProofFailed: the run is in its folder, `resume` goes on.
    """
    demand_idle(world)
    seal = demand_fresh(world, file, tell=tell)
    find_place(world.cloud.snapshots, seal.snapshot).read_manifest()
    return carry_through(world, seal.plan, seal=seal, jobs=jobs, tell=tell)


def carry_through(world: World, plan: Plan, *, seal: Seal | None = None, jobs: int, tell: Tell) -> Path:
    """Make the run's folder, write down the plan and what it was sealed with, and go through the phases."""
    snapshot = seal.snapshot if seal else None
    record = open_record(world.cloud, flow="migrate", target=plan.target, plan=plan, snapshot=snapshot, seal=seal)
    with record as (folder, journal):
        finish(begin(world, plan, folder, journal, jobs=jobs, tell=tell))
    return folder


def demand_idle(world: World) -> None:
    """Demand that nobody else works on this cloud.

    Raises:
        RunBusy: another runner does, as far as this machine's run folders tell.
    """
    for folder in list_runs(world.cloud.runs):
        if holder := find_holder(folder):
            raise RunBusy(f"run {folder.name} is held by {holder}")
