"""Seal a plan with what its rehearsals proved and took; demand that a sealed plan is what production is now."""

import datetime
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from runner import documents
from runner.containers.cache import write_whole
from runner.errors import PlanStale
from runner.events import Tell
from runner.flows.prepare import prepare_plan
from runner.flows.world import World
from runner.journal import entry as e
from runner.journal.entry import Stamped
from runner.journal.reader import read_entries
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.schema import read_schema
from runner.mariadb.traits import read_traits
from runner.planning.forecast import Course, forecast, spread
from runner.planning.plan import Plan
from runner.planning.recipe import Recipe
from runner.planning.seal import FromCheckpoint, Present, Seal, SealedPlan, find_stale

SEALED = "sealed.json"
GOOD_FOR = datetime.timedelta(days=7)
"""How long a sealed plan may be run: data grows, and the times with it."""


@dataclass
class Sealing:
    """What gathers while a plan is rehearsed. `world` is production's."""

    world: World
    snapshot: str
    origin: str
    jobs: int
    plan: Plan | None = None
    starts: dict[str, str] = field(default_factory=dict)
    runs: list[Path] = field(default_factory=list)
    from_checkpoint: FromCheckpoint | None = None

    def start(self, clone: World, plan: Plan) -> None:
        """Note the plan, and the schemas that it sets out from, as the clone has them."""
        self.plan, self.starts = plan, read_starts(clone.server, plan)


def read_starts(server: DatabaseServer, plan: Plan) -> dict[str, str]:
    """Read the digest of the schema of every database of the plan."""
    return {database.id: read_schema(server, database.schema_name).digest for database in plan.databases}


def write_seal(sealing: Sealing, verdict: Literal["proved", "failed"]) -> Path:
    """Seal the plan into the folder of its last rehearsal."""
    assert sealing.plan
    histories = [read_entries(folder) for folder in sealing.runs]
    measured = [_seconds(history) for history in histories]
    totals = [
        forecast(Course.of(sealing.plan), seconds, sealing.jobs) + _proof_seconds(history)
        for seconds, history in zip(measured, histories, strict=True)
    ]
    now = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    seal = Seal(
        plan=sealing.plan,
        snapshot=sealing.snapshot,
        origin=sealing.origin,
        server=read_traits(sealing.world.server),
        recipes=_recipes(sealing.plan, sealing.world.recipes),
        starts=sealing.starts,
        schemas=_schemas(histories[-1]),
        rehearsals=tuple(folder.name for folder in sealing.runs),
        from_checkpoint=sealing.from_checkpoint,
        seconds={step: spread([one[step] for one in measured if step in one]) for step in measured[0]},
        total=spread(totals),
        verdict=verdict,
        sealed_at=now,
        expires_at=now + GOOD_FOR,
    )
    file = sealing.runs[-1] / SEALED
    write_whole(file, SealedPlan(digest=seal.digest, seal=seal).model_dump_json(indent=1).encode())
    return file


def demand_fresh(world: World, file: Path, *, tell: Tell) -> Seal:
    """Read a sealed plan, and demand that everything is as it was rehearsed.

    Raises:
        MissingFile, BadDocument
        PlanStale: it is not; all that changed is named.
        the 50s of `errors`: there is no way to its target any more.
    """
    sealed = documents.read(SealedPlan, file)
    plan = sealed.seal.plan
    projects = tuple(dict.fromkeys(database.project for database in plan.databases))
    _, drafted = prepare_plan(world, plan.target, projects=projects, tell=tell)
    present = Present(
        plan=drafted,
        server=read_traits(world.server),
        recipes=_recipes(plan, world.recipes),
        starts=read_starts(world.server, drafted),
    )
    if stale := find_stale(sealed, present, datetime.datetime.now(datetime.UTC)):
        raise PlanStale(f"{file} is not what would be run now:\n" + "\n".join(f"- {line}" for line in stale))
    return sealed.seal


def _recipes(plan: Plan, recipes: Mapping[str, Recipe]) -> dict[str, str]:
    projects = dict.fromkeys(database.project for database in plan.databases)
    return {project: hashlib.sha256(recipes[project].model_dump_json().encode()).hexdigest() for project in projects}


def _seconds(history: Sequence[Stamped]) -> dict[str, float]:
    return {one.entry.step: one.entry.seconds for one in history if isinstance(one.entry, e.StepMeasured)}


def _schemas(history: Sequence[Stamped]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for one in history:
        if isinstance(one.entry, e.ReleaseReached):
            for database, digest in one.entry.schemas.items():
                found.setdefault(database, {})[one.entry.release] = digest
    return found


def _proof_seconds(history: Sequence[Stamped]) -> float:
    began = [one.at for one in history if isinstance(one.entry, e.PhaseBegan) and one.entry.phase == "proof"]
    ended = [one.at for one in history if isinstance(one.entry, e.PhaseEnded) and one.entry.phase == "proof"]
    return (ended[-1] - began[-1]).total_seconds() if began and ended else 0.0
