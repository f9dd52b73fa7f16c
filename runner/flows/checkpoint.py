"""Checkpoints of a rehearsal: kept after each release but the last, taken up by a rehearsal that begins at one."""

import datetime
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from runner import documents
from runner.containers.copies import keep_copy
from runner.containers.lasting import make_lasting
from runner.errors import (
    BadDocument,
    CheckpointStale,
    DiskFull,
    EngineRefused,
    JournalBroken,
    MissingFile,
    RunMissing,
    SnapshotBroken,
    SnapshotFolderUnfit,
    ThingAMeError,
)
from runner.events import CheckpointsKept, Note
from runner.flows.floor import Floor, Rehearsal
from runner.flows.record import PLAN
from runner.flows.run import Run
from runner.journal import entry as e
from runner.journal.heritage import inherit
from runner.journal.reader import read_entries
from runner.journal.writer import Journal
from runner.planning.checkpoint import Checkpoint, find_departures, read_grounds
from runner.planning.legs import until
from runner.planning.plan import Plan, PlanFile
from runner.planning.seal import FromCheckpoint
from runner.planning.snapshot import StoredFile
from runner.snapshots.checkpoints import Spot, demand_whole, find_checkpoint, hash_files, list_checkpoints, sign
from runner.snapshots.hold import use_checkpoints
from runner.snapshots.removal import remove_checkpoints

ABOUT = "checkpoint"


@dataclass(frozen=True)
class Start:
    """A checkpoint that is held; the plan of the run it stems from, and what that run's journal says of the way there."""

    spot: Spot
    plan: Plan
    heritage: tuple[e.StepEntry | e.RunEntry, ...]

    @property
    def at(self) -> FromCheckpoint:
        return FromCheckpoint(run=self.spot.checkpoint.run, release=self.spot.checkpoint.release)

    @property
    def projects(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(database.project for database in self.plan.databases))

    def hand_down(self, journal: Journal) -> None:
        """Write into a journal that has just begun what was done before, and by which run."""
        journal.append(e.TakenOver(run=self.at.run, release=self.at.release, folder=str(self.spot.folder)))
        for entry in self.heritage:
            journal.append(entry)


@contextmanager
def hold_start(rehearsal: Rehearsal, target: str, release: str) -> Iterator[Start]:
    """Find a checkpoint on the way to the target, and keep it from being removed until the block ends.

    Raises:
        CheckpointMissing: there is none.
        CheckpointStale: the record of the run that it stems from is not there.
        SnapshotBroken: it is damaged.
    """
    spot = find_checkpoint(rehearsal.place, target, release)
    with use_checkpoints(spot.folder.parent):
        demand_whole(rehearsal.bench, rehearsal.place, spot)
        yield _read_start(rehearsal, spot)


def _read_start(rehearsal: Rehearsal, spot: Spot) -> Start:
    checkpoint = spot.checkpoint
    folder = rehearsal.world.cloud.runs / checkpoint.run
    said = f"the checkpoint at {checkpoint.release} stems from run {checkpoint.run}"
    try:
        plan, entries = documents.read(PlanFile, folder / PLAN).plan, read_entries(folder)
    except (MissingFile, BadDocument, RunMissing, JournalBroken) as error:
        raise CheckpointStale(f"{said}, whose record cannot be read: {error.message}") from error
    if not (heritage := inherit(entries, checkpoint.release)):
        earlier = "begin at an earlier one: --from-checkpoint RELEASE; or at the snapshot"
        raise CheckpointStale(f"{said}, which was killed before it wrote down that it was there", hint=earlier)
    return Start(spot, plan, heritage)


def demand_same_way(rehearsal: Rehearsal, start: Start, plan: Plan) -> None:
    """Demand that a plan leads to the checkpoint by the steps, images and recipes that made it.

    Raises:
        CheckpointStale: all that differs is named.
    """
    world, checkpoint = rehearsal.world, start.spot.checkpoint
    if found := find_departures(checkpoint, start.plan, plan, world.recipes, world.calendar):
        lines = "\n".join(f"- {line}" for line in found)
        raise CheckpointStale(f"the checkpoint at {checkpoint.release} is not where this rehearsal would come to:\n{lines}")


def keep_checkpoint(floor: Floor, release: str, run: Run) -> e.KeptCheckpoint | None:
    """Keep a copy of a settled clone; where that cannot be, the rehearsal goes on, and it is told and written down why."""
    rehearsal, world = floor.rehearsal, floor.rehearsal.world
    folder, began = rehearsal.place.checkpoints / run.name / release, time.monotonic()
    try:
        copy = make_lasting(world.client, floor.claim, floor.copy, folder, image=rehearsal.bench.tools)
        data = hash_files(rehearsal.bench, rehearsal.place, copy.layers[0])
        checkpoint = _describe(rehearsal, release, run, way=copy.way, data=data)
        keep_copy(world.client, copy)
        sign(folder, checkpoint)
    except (DiskFull, EngineRefused, SnapshotBroken, SnapshotFolderUnfit) as error:
        text = f"none is kept at {release}: {error.message}"
        run.tell(Note(about=ABOUT, text=text))
        run.journal.append(e.Noted(about=ABOUT, text=text))
        return None
    seconds = round(time.monotonic() - began, 3)
    run.tell(Note(about=ABOUT, text=f"kept at {release} in {seconds:.1f} s on a copy by {copy.way}"))
    return e.KeptCheckpoint(folder=str(folder), way=copy.way, size=checkpoint.size, seconds=seconds)


def _describe(rehearsal: Rehearsal, release: str, run: Run, *, way: str, data: tuple[StoredFile, ...]) -> Checkpoint:
    world, taken = rehearsal.world, rehearsal.manifest.taken
    projects = dict.fromkeys(database.project for database in run.plan.databases)
    return Checkpoint(
        snapshot=rehearsal.place.id,
        run=run.name,
        release=release,
        target=run.plan.target,
        plan=run.plan.digest,
        images=until(run.plan, release, world.calendar).images,
        grounds={project: read_grounds(world.recipes[project]) for project in projects},
        server_version=taken.origin.version,
        way=way,
        data=data,
        made_at=datetime.datetime.now(datetime.UTC),
    )


@contextmanager
def telling_what_stays(rehearsal: Rehearsal, target: str) -> Iterator[None]:
    """Tell, where the block fails, from where it can be gone on."""
    try:
        yield
    except (ThingAMeError, KeyboardInterrupt):
        if kept := [one for spot in list_checkpoints(rehearsal.place) if (one := spot.checkpoint).target == target]:
            releases, size = tuple(dict.fromkeys(one.release for one in kept)), sum(one.size for one in kept)
            rehearsal.tell(CheckpointsKept(snapshot=rehearsal.place.id, target=target, releases=releases, size=size))
        raise


def forget_checkpoints(rehearsal: Rehearsal, target: str | None = None) -> None:
    """Remove what earlier rehearsals kept, on their way to a target or to any; that it cannot be removed is told."""
    try:
        gone = remove_checkpoints(rehearsal.bench, rehearsal.place, target=target)
    except ThingAMeError as error:
        rehearsal.tell(Note(about=ABOUT, text=f"left for the next rehearsal to remove: {error.message}"))
    else:
        if gone:
            rehearsal.tell(Note(about=ABOUT, text=f"removed those of {', '.join(gone)}"))
