"""Side by side: the chain on a copy that stays and is handed over as a new server. Production is read, never written."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from runner import events
from runner.containers.claims import Claim, claim_clone
from runner.containers.copies import PLAIN, REFLINK, Copy, copy_tree, keep_copy
from runner.containers.successor import Berth, demand_free
from runner.errors import (
    Aftermath,
    JournalBroken,
    MigrationStuck,
    PlanStale,
    ProductionAhead,
    ProductionWritten,
    ProofFailed,
    StepFailed,
    StepInDoubt,
    StepNotProved,
    ThingAMeError,
)
from runner.flows import run as on_production
from runner.flows.alone import holding_cloud
from runner.flows.clone import move_to
from runner.flows.hand_over import Estate, Holding, describe, inspect, open_successor, settle, try_out
from runner.flows.passage import FLOW, Fate, Passage, Wanted
from runner.flows.record import open_record
from runner.flows.run import begin, demand, ending, note
from runner.flows.seal import demand_fresh, read_starts
from runner.flows.snapshot import cupboard_of
from runner.flows.world import World
from runner.journal import entry as e
from runner.mariadb.clone_changes import keep
from runner.mariadb.successor_options import successor_options
from runner.planning.comparison import Comparison
from runner.planning.plan import Plan
from runner.planning.seal import Seal
from runner.proofs import Evidence
from runner.snapshots.clone import Equipment, start_clone
from runner.snapshots.hold import use_snapshot
from runner.snapshots.now import Now, demand_at_point, demand_unwritten, print_now
from runner.snapshots.origin import demand_same_cloud, image_for
from runner.snapshots.restore import demand_proven
from runner.snapshots.space import demand_room
from runner.snapshots.stored import demand_data, read_production

_RESUMED_ELSEWHERE = (StepFailed, MigrationStuck, StepNotProved, StepInDoubt, ProofFailed, JournalBroken)
"""Failures whose hint is of a run that can be gone on with."""


def migrate_side_by_side(
    world: World, file: Path, wanted: Wanted, *, jobs: int, tell: events.Tell
) -> tuple[Path, e.HandedOver]:
    """Carry a copy of a proven snapshot to where a sealed plan leads, and hand it over as a server of its own.

    Returns the run's folder, and the new server.

    Raises:
        RunBusy, PlaceTaken, PlanStale, SnapshotMissing, SnapshotForeign, SnapshotBusy, DiskFull: refused, nothing was begun.
        ProductionAhead: production holds what the snapshot does not.
        HandOverFailed, CloneFailed, StepFailed, MigrationStuck, StepNotProved, ProofFailed: there is no new server.
        ProductionWritten: somebody wrote to production meanwhile.
        EngineRefused, EngineMissing, JournalBroken: where the new server was given up already, the message says so.
    """
    # It also removes what a dead runner left, which may lie where the new server is to live.
    with holding_cloud(world, tell=tell):
        return _carry_over(world, file, wanted, jobs=jobs, tell=tell)


def _carry_over(world: World, file: Path, wanted: Wanted, *, jobs: int, tell: events.Tell) -> tuple[Path, e.HandedOver]:
    network = world.cloud.server.from_steps.network if world.cloud.server.from_steps else None
    berth = Berth(wanted.folder.absolute(), wanted.name, network or "bridge", wanted.publish)
    demand_free(world.client, berth)
    seal = demand_fresh(world, file, tell=tell)
    cupboard = cupboard_of(world.cloud, tell=tell)
    place = cupboard.find(wanted.snapshot, proven=True)
    with use_snapshot(place):
        manifest = demand_proven(place)
        demand_same_cloud(cupboard.databases, manifest.taken)
        if manifest.taken.silenced:
            raise ProductionAhead(
                f"{place.id} was taken in a window: the services' accounts are locked in it",
                hint="take another: `thing-a-me snapshot take`, and name it with --snapshot",
            )
        image = image_for(cupboard.bench, manifest.taken, world.cloud.document.snapshots.image)
        demand_room(
            berth.folder.parent, manifest.data_bytes, "the new server", hint="free some space, or name another disk: --into"
        )
        target, plan = seal.plan.target, seal.plan
        record = open_record(world.cloud, flow=FLOW, target=target, plan=plan, snapshot=place.id, seal=seal)
        with record as (folder, journal):
            run = begin(world, plan, folder, journal, jobs=jobs, tell=tell)
            passage = Passage(run, cupboard, place, manifest, seal, image, wanted, berth)
            with _saying_what_is_where(passage.fate, tell), ending(run), claim_clone(world.client) as claim:
                return folder, _cross(passage, claim)


def _cross(passage: Passage, claim: Claim) -> e.HandedOver:
    run, client = passage.run, passage.world.client
    with passage.phase("look"):
        before = _look(passage)
    with passage.phase("copy"):
        demand_data(passage.cupboard.bench, passage.place, passage.manifest.data)
        tools, folder = passage.cupboard.bench.tools, passage.berth.folder
        copy = copy_tree(client, claim, passage.place.data, folder, image=tools, ways=(REFLINK, PLAIN))
    with _kept_where_wanted(passage, copy):
        estate = _estate(passage, copy)
        with passage.phase("try"):
            try_out(estate)
        settled = _migrate(passage, claim, copy)
        with passage.phase("hand over"), open_successor(estate) as server:
            demand(run, inspect(server, run.plan, settled, read_production(passage.place)))
            handed_over = describe(estate, server, passage.manifest.taken)
        with passage.phase("look again"):
            _look_again(passage, before)
            # Commit point: the copy's claim is given up, and with it all that could remove the new server.
            keep_copy(client, copy)
            passage.fate.new = handed_over
            run.journal.append(handed_over)
            told = handed_over.model_dump(include={"container", "folder", "address", "version"})
            run.tell(events.HandedOver(**told))
    return handed_over


def _look(passage: Passage) -> Now:
    """Read production's fingerprint, and demand that the snapshot holds all of it."""
    taken, server = passage.manifest.taken, passage.world.server
    now = print_now(passage.cupboard.bench, passage.place, taken, server)
    try:
        comparison = demand_at_point(read_production(passage.place), now, taken)
    except ProductionAhead as error:
        if not passage.wanted.although_behind:
            raise
        passage.say(f"going on although {error.message}")
    else:
        note(passage.run, _of_production("at the snapshot's point", comparison, now))
    return now


def _look_again(passage: Passage, before: Now) -> None:
    """Demand that production is what it was when we began."""
    server = passage.world.server
    after = print_now(passage.cupboard.bench, passage.place, passage.manifest.taken, server)
    note(passage.run, _of_production("untouched", demand_unwritten(server, before, after), after, before))


def _of_production(subject: str, comparison: Comparison, now: Now, before: Now | None = None) -> Evidence:
    log = f"its binary log at {now.position}" if now.position else "no binary log"
    was = f", was at {before.position}" if before and now.position else ""
    return Evidence("production", subject, holds=True, detail=(str(comparison), f"{log}{was}"))


def _estate(passage: Passage, copy: Copy) -> Estate:
    variables = {name.lower(): value for name, value in passage.world.server.rows("SHOW GLOBAL VARIABLES")}
    if certificate := variables.get("ssl_cert"):
        passage.say(f"production shows the certificate {certificate}, the new server has none: who demands TLS cannot log in")
    return Estate(passage.world, passage.berth, copy, passage.image, successor_options(variables))


def _migrate(passage: Passage, claim: Claim, copy: Copy) -> Holding:
    """Do on the copy what `migrate` does on production, and take back what made it a clone."""
    run, options = passage.run, passage.manifest.taken.origin.options
    equipment = Equipment(image=passage.image, tools=passage.cupboard.bench.tools, options=options)
    with start_clone(passage.world.client, claim, copy, equipment, settle=True) as clone:
        kept = keep(clone.server, passage.world.cloud.databases, passage.world.recipes)
        here = move_to(passage.world, clone, tell=run.tell)
        _demand_starts(here, run.plan, passage.seal)
        for name, phase in on_production.PHASES:
            with passage.phase(name):
                phase(replace(run, world=here))
        with passage.phase("settle"):
            return settle(here, run.plan, kept)


def _demand_starts(here: World, plan: Plan, seal: Seal) -> None:
    """Demand that the copy too is what was rehearsed: production is, and a copy that is behind may not be."""
    found = read_starts(here.server, plan)
    if strange := sorted(name for name in found if found[name] != seal.starts[name]):
        raise PlanStale(f"in the snapshot, the schema of {', '.join(strange)} is not the one that was rehearsed")


@contextmanager
def _kept_where_wanted(passage: Passage, copy: Copy) -> Iterator[None]:
    """Leave the copy, and a server on it, to the operator where he said so and it comes to nothing."""
    try:
        yield
    except (ThingAMeError, KeyboardInterrupt):
        if passage.wanted.keep:
            # It may have been given up already, and the journal may be what failed.
            with suppress(ThingAMeError):
                keep_copy(passage.world.client, copy)
                passage.say(f"{passage.berth.folder} stays, and a container {passage.berth.name} if there is one: not proven")
        raise


@contextmanager
def _saying_what_is_where(fate: Fate, tell: events.Tell) -> Iterator[None]:
    """Say of a failure what it means here: steps changed a copy, and nothing can be gone on with; or the new server stands."""
    try:
        yield
    except ProductionWritten:
        raise
    except ThingAMeError as error:
        error.left_behind = Aftermath.UNTOUCHED
        if fate.new:
            error.message += f"\n{_stands(fate.new)}"
            error.advice = "mend the cause; use the new server, or remove it, container and folder, before you make another"
        elif isinstance(error, _RESUMED_ELSEWHERE):
            error.advice = "production runs on as it was; mend the cause, and run the same command again: it begins anew"
        raise
    except KeyboardInterrupt:
        if fate.new:
            tell(events.Note(about=FLOW, text=_stands(fate.new)))
        raise


def _stands(new: e.HandedOver) -> str:
    return f"all the same the new server is there, and proven: {new.address}, container {new.container}, folder {new.folder}"
