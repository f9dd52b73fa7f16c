"""One leg of a chain: to one release, and a look at what arrived there."""

from dataclasses import dataclass, replace

from runner.flows.fresh import fresh_schemas
from runner.flows.run import Run, carry
from runner.mariadb.schema import read_schema
from runner.planning.legs import Leg
from runner.planning.plan import PlannedDatabase
from runner.proofs import Evidence, Question, schema


@dataclass(frozen=True)
class Arrived:
    """How a leg ended: the digest of each database's schema that arrived, and how it compares with a fresh install."""

    schemas: dict[str, str]
    evidence: list[Evidence]


def walk(run: Run, leg: Leg) -> Arrived:
    """Take every project to one release, and compare its schema with a fresh install of that release.

    There is no evidence at the target: there the proof compares.

    Raises:
        StepFailed, MigrationStuck, StepNotProved, StepInDoubt
    """
    carry(replace(run, plan=leg.plan))
    arrived = {name: run.plan.database(name) for name in leg.databases}
    evidence = [] if leg.release == run.plan.target else _compare_with_fresh(run, leg, tuple(arrived.values()))
    schemas = {name: read_schema(run.world.server, one.schema_name).digest for name, one in arrived.items()}
    return Arrived(schemas, evidence)


def _compare_with_fresh(run: Run, leg: Leg, arrived: tuple[PlannedDatabase, ...]) -> list[Evidence]:
    """Compare the schema of what arrived at a release with what that release's own image installs."""
    here, projects = run.world, {database.project for database in arrived}
    journeys = tuple(journey for journey in run.plan.journeys if journey.project in projects)
    plan = run.plan.model_copy(update={"target": leg.release, "journeys": journeys, "databases": arrived})
    fresh = fresh_schemas(here, plan, jobs=run.jobs, tell=run.tell)
    question = Question(
        plan=plan,
        recipes=here.recipes,
        calendar=here.calendar,
        server=here.server,
        before={},
        after={},
        exit_codes={},
        fresh=fresh,
    )
    return [replace(piece, subject=f"{piece.subject} at {leg.release}") for piece in schema.give(question)]
