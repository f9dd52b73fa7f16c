"""Fresh schemas: what a new installation of the target looks like, made by the target's own image, and kept.

They are made on a throw-away server from empty databases, by the schema commands that a hop runs.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from runner.containers.cache import cache_dir, write_whole
from runner.containers.claims import claim_clone
from runner.containers.docker_engine import DockerEngine
from runner.containers.engine import LABEL
from runner.containers.last_words import last_words
from runner.containers.network import RUN_LABEL, step_network
from runner.containers.throwaway import start_server
from runner.errors import Aftermath, StepFailed
from runner.events import Note, Tell
from runner.flows.world import World
from runner.mariadb.connection import open_server, quote
from runner.mariadb.patience import await_server
from runner.mariadb.schema import read_schema
from runner.mariadb.version_rows import read_standing
from runner.planning.asked import ExitMeaning
from runner.planning.draft import draft_fresh
from runner.planning.facts import DatabaseFacts
from runner.planning.plan import Plan
from runner.planning.schema import Schema
from runner.settings import Server
from runner.steps.prove import prove
from runner.steps.run import judge, start
from runner.steps.site import Account, Site

Schemas = dict[str, Schema]
"""Role -> schema."""

_CODEC = TypeAdapter(Schemas)


@dataclass(frozen=True)
class Soil:
    """What besides a plan decides a project's fresh schemas: the server's image, and by role the database's own defaults.

    Of several databases of one role the first counts: one is installed.
    """

    server_image: str
    charsets: Mapping[str, str]
    collations: Mapping[str, str]

    @classmethod
    def of(cls, project: str, facts: Sequence[DatabaseFacts], server_image: str) -> "Soil":
        """Take what a project's databases are like in the cloud."""
        firsts: dict[str, DatabaseFacts] = {}
        for one in facts:
            if one.database.project == project:
                firsts.setdefault(one.database.role, one)
        return cls(
            server_image,
            charsets={role: one.charset for role, one in firsts.items()},
            collations={role: one.collation for role, one in firsts.items()},
        )


def fresh_schemas(world: World, plan: Plan, *, jobs: int, tell: Tell) -> dict[str, Schemas]:
    """Read the fresh schema of every project that the plan moves from the cache, or make and keep it.

    Raises:
        StepFailed: a fresh install fails, with the databases untouched: it happened on a throw-away server.
        EngineRefused, EngineMissing
    """
    plans = {
        journey.project: draft_fresh(
            journey.project,
            plan.target,
            knowledge=world.knowledge,
            image=plan.image_of(journey.project, plan.target),
            guests=plan.guests_of(journey.project),
        )
        for journey in plan.journeys
        if journey.stops
    }
    facts = read_standing(world.server, world.cloud.databases, world.recipes)
    soils = {project: Soil.of(project, facts, world.server_image) for project in plans}
    files = {project: file_of(fresh, soils[project]) for project, fresh in plans.items()}
    kept = {project: _CODEC.validate_json(file.read_bytes()) for project, file in files.items() if file.is_file()}
    absent = {project: fresh for project, fresh in plans.items() if project not in kept}
    if absent:
        where = "on a throw-away server, to compare with later"
        tell(Note(about="fresh schemas", text=f"installing {', '.join(absent)} at {plan.target} {where}"))
        for project, schemas in _install(world, absent, soils, relay=plan.images[plan.target], jobs=jobs).items():
            write_whole(files[project], _CODEC.dump_json(schemas))
            kept[project] = schemas
    return kept


def file_of(plan: Plan, soil: Soil) -> Path:
    """Name the file that a project's fresh schemas are kept in: another one for whatever else decides them."""
    decisive = json.dumps([plan.digest, asdict(soil)], sort_keys=True)
    return cache_dir("fresh") / f"{hashlib.sha256(decisive.encode()).hexdigest()[:32]}.json"


def _install(world: World, plans: dict[str, Plan], soils: Mapping[str, Soil], *, relay: str, jobs: int) -> dict[str, Schemas]:
    """Install every project on one throw-away server, side by side; `relay` is the image that stands between."""
    run = f"fresh-{secrets.token_hex(4)}"
    with claim_clone(world.client) as claim:
        labels = {**claim.labels, RUN_LABEL: run}
        made = start_server(world.client, world.server_image, f"{LABEL}-{run}-server", labels=labels, in_memory=True)
        address = Server(host="127.0.0.1", port=made.port, user="root", password_file="", from_steps=made.from_steps)
        await_server(address, made.password)
        with open_server(address, made.password) as server, step_network(world.client, run, address, image=relay) as network:
            engine = DockerEngine(world.cloud.document.engine)
            account = Account("root", made.password)
            sites = [
                Site(run, plan, world.recipes, engine, server, network, {project: account}) for project, plan in plans.items()
            ]
            with ThreadPoolExecutor(max_workers=jobs) as pool:
                return dict(zip(plans, pool.map(_install_one, sites, map(soils.__getitem__, plans)), strict=True))


def _install_one(site: Site, soil: Soil) -> Schemas:
    for database in site.plan.databases:
        charset, collation = quote(soil.charsets[database.role]), quote(soil.collations[database.role])
        site.server.execute(f"CREATE DATABASE {quote(database.schema_name)} CHARACTER SET {charset} COLLATE {collation}")
    for step in site.plan.steps:
        container = start(step, site, attempt=1)
        try:
            ended = site.engine.wait(container)
        finally:
            site.engine.remove(container)
        if judge(step, ended.exit_code) is not ExitMeaning.DONE:
            words = last_words(ended.log, secrets=(site.accounts[step.project].password,))
            raise StepFailed(
                f"a fresh install fails at {step.id} (exit code {ended.exit_code}): {words}",
                hint="the image cannot install what it should migrate: `thing-a-me images verify`",
                aftermath=Aftermath.UNTOUCHED,
            )
        prove(step, site)
    return {database.role: read_schema(site.server, database.schema_name) for database in site.plan.databases}
