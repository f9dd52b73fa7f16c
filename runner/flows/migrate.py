"""Migrate: carry the cloud's databases to the target release, in place."""

from collections.abc import Collection
from pathlib import Path

from runner.errors import RunMissing, RunUnfinished, SnapshotDemanded, SnapshotMissing
from runner.events import Tell
from runner.flows import phases
from runner.flows.alone import holding_cloud
from runner.flows.check import ask_checks
from runner.flows.leased import holding_server, while_held
from runner.flows.night import Agreed, open_window, write_agreed
from runner.flows.prepare import prepare_plan
from runner.flows.record import RESUMABLE, find_chain, left_half_way, open_record
from runner.flows.run import begin, finish
from runner.flows.seal import demand_fresh
from runner.flows.turning import Phases, finish_window
from runner.flows.world import World
from runner.journal.entry import RunResumed
from runner.journal.reader import read_entries
from runner.journal.replay import replay
from runner.journal.writer import Journal
from runner.planning.plan import Plan
from runner.settings import Cloud
from runner.snapshots.shelf import find_place


def migrate(
    world: World, target: str, *, projects: Collection[str] = (), accept_no_snapshot: bool, jobs: int, tell: Tell
) -> Path | None:
    """Prepare, check, and take the databases to the target; returns the run's folder, or None where all are there already.

    Raises:
        RunBusy: see `holding_cloud`.
        RunUnfinished: an earlier window still holds services or accounts; or version rows say that all is there, and the run
            that led there did not come to its end.
        SnapshotDemanded: nothing is changed without a snapshot, or the operator's word that he has one.
        ChecksBlock, CheckCouldNotRun: a check found what would make the chain fail.
        StepFailed, MigrationStuck, StepNotProved, StepInDoubt, ProofFailed: the run is in its folder, `resume` goes on.
    """
    if not accept_no_snapshot:
        raise SnapshotDemanded("migrate --to changes production databases by a plan that was rehearsed on no proven snapshot")
    with holding_cloud(world, tell=tell):
        demand_nothing_held(world.cloud)
        survey, plan = prepare_plan(world, target, projects=projects, tell=tell)
        if not plan.steps:
            _demand_finished(world, target)
            return None
        ask_checks(world, plan, survey, tell=tell).demand()
        return carry_through(world, plan, jobs=jobs, tell=tell)


PHASES: Phases = (
    ("gates", phases.pass_gates),
    ("announce", phases.announce),
    ("watch", phases.begin_watch),
    ("stop", phases.stop_services),
    ("silence", phases.be_silent),
    ("snapshot", phases.take_way_back),
    ("fresh schemas", phases.read_fresh),
    ("count rows", phases.count_before),
    ("chain", phases.carry),
    ("proof", phases.prove),
    ("release silence", phases.release_silence),
    ("roll out", phases.roll_out),
    ("validate", phases.validate),
    ("close", phases.close),
)
"""The night, in this order. `flows/undos.py` has what undoes a phase."""


def migrate_sealed(world: World, file: Path, agreed: Agreed, *, jobs: int, tell: Tell) -> Path:
    """Run what was rehearsed, if it is still what would be run, in a window; returns the run's folder.

    Raises:
        RunUnfinished: an earlier window still holds services or accounts.
        RunBusy, LeaseHeld: somebody else is at work; see `holding_cloud`.
        MissingFile, BadDocument: the sealed plan cannot be read.
        PlanStale: something is not as it was rehearsed.
        SnapshotMissing, SnapshotBroken: the snapshot that it was rehearsed on, or the newest proven one, is not whole.
        WindowTooShort, ServiceProtected, ServiceMissing, ServiceRefused: found out before anything was stopped.
        TurnedBack, RollBackFailed: see `finish_window`.
    """
    with holding_cloud(world, tell=tell):
        demand_nothing_held(world.cloud)
        seal = demand_fresh(world, file, tell=tell)
        _demand_rehearsed(world, seal.snapshot)
        record = open_record(
            world.cloud, flow=RESUMABLE, target=seal.plan.target, plan=seal.plan, snapshot=seal.snapshot, seal=seal
        )
        with record as (folder, journal):
            write_agreed(folder, agreed)
            with open_window(world, seal.plan, folder, journal, agreed, jobs=jobs, tell=tell) as window:
                finish_window(window, PHASES)
    return folder


def _demand_rehearsed(world: World, snapshot: str) -> None:
    """Demand that what was rehearsed on can still be looked at, and put back.

    Raises:
        SnapshotMissing, SnapshotBroken
    """
    try:
        find_place(world.cloud.snapshots, snapshot).read_manifest()
    except SnapshotMissing as error:
        hint = f"it was rehearsed on {snapshot}: rehearse anew, on one of those that are there (`thing-a-me rehearse`)"
        raise SnapshotMissing(error.message, hint=hint) from error


def carry_through(world: World, plan: Plan, *, jobs: int, tell: Tell) -> Path:
    """Make the run's folder, and take its chain to the end, with nothing around it but the server's lease."""
    with open_record(world.cloud, flow=RESUMABLE, target=plan.target, plan=plan) as (folder, journal):
        finish_alone(world, plan, journal, jobs=jobs, tell=tell)
    return folder


def finish_alone(
    world: World, plan: Plan, journal: Journal, *, resumed: RunResumed | None = None, jobs: int, tell: Tell
) -> None:
    """Take a run to its end that has no window; `resumed` is written once the server is ours.

    Raises:
        LeaseHeld, LeaseLost, and what `finish` raises.
    """
    with holding_server(world.cloud, journal, tell=tell) as lease:
        lease.say("the chain")
        if resumed:
            journal.append(resumed)
        finish(begin(world, plan, journal.folder, journal, jobs=jobs, tell=tell, demand=while_held(lease)))


def demand_nothing_held(cloud: Cloud) -> None:
    """Demand that no window was left half way: what it has stopped and locked would count as how things are.

    Raises:
        RunUnfinished
    """
    for run, at in left_half_way(cloud.runs):
        raise RunUnfinished(
            f"run {run} left a window half way: {'; '.join(at.holds)}",
            hint=f"`thing-a-me rollback {run}` gives all of it back; `thing-a-me resume {run}` goes on",
        )


def _demand_finished(world: World, target: str) -> None:
    """Demand that the newest chain came to its end: heads can be where they should be while rows still wait to be moved."""
    try:
        folder = find_chain(world.cloud.runs)
    except RunMissing:
        return
    position = replay(read_entries(folder))
    if position.began.target == target and not position.is_over:
        raise RunUnfinished(f"all version rows are at {target}, but run {folder.name}, which led there, is not over")
