"""Fresh schemas: what a new installation of the target looks like, made by the target's own image, and kept.

They are made on a throw-away server from empty databases, by the schema commands that a hop runs.
"""

import hashlib
import json
import secrets
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from pydantic import TypeAdapter

from runner.containers.cache import cache_dir, write_whole
from runner.containers.client import Client
from runner.containers.docker_engine import DockerEngine
from runner.containers.engine import LABEL, Engine
from runner.containers.network import step_network
from runner.containers.throwaway import throwaway_server
from runner.errors import Aftermath, StepFailed
from runner.events import Note, Tell
from runner.mariadb.connection import DatabaseServer, open_server, quote
from runner.mariadb.patience import await_server
from runner.mariadb.schema import read_schema
from runner.planning.detection import Knowledge
from runner.planning.draft import draft_fresh
from runner.planning.plan import Plan
from runner.planning.recipe import ExitMeaning
from runner.planning.schema import Schema
from runner.settings import Server
from runner.steps.last_words import last_words
from runner.steps.prove import prove
from runner.steps.run import judge, start
from runner.steps.site import Account, Site

Schemas = dict[str, Schema]
"""Role -> schema."""

_CODEC = TypeAdapter(Schemas)


@dataclass(frozen=True)
class Soil:
    """What besides the commands decides a fresh schema: the image, the server's version, its character set."""

    image: str
    server_image: str
    charset: str
    collation: str


def fresh_schemas(
    projects: Iterable[str], series: str, *, soil: Soil, client: Client, knowledge: Knowledge, jobs: int, tell: Tell
) -> dict[str, Schemas]:
    """Read each project's fresh schemas from the cache, or make and keep them.

    Raises:
        StepFailed: a fresh install fails, with the databases untouched: it happened on a throw-away server.
        EngineRefused, EngineMissing
    """
    plans = {project: draft_fresh(project, series, knowledge=knowledge, image=soil.image) for project in projects}
    files = {project: _file(plan, soil) for project, plan in plans.items()}
    kept = {project: _CODEC.validate_json(file.read_bytes()) for project, file in files.items() if file.is_file()}
    absent = {project: plan for project, plan in plans.items() if project not in kept}
    if absent:
        tell(Note(about="fresh schemas", text=f"installing {', '.join(absent)} at {series} on a throw-away server"))
        for project, schemas in _install(absent, soil, client=client, knowledge=knowledge, jobs=jobs).items():
            write_whole(files[project], _CODEC.dump_json(schemas))
            kept[project] = schemas
    return kept


def _file(plan: Plan, soil: Soil) -> Path:
    decisive = json.dumps([plan.digest, asdict(soil)], sort_keys=True)
    return cache_dir("fresh") / f"{hashlib.sha256(decisive.encode()).hexdigest()[:32]}.json"


def _install(plans: dict[str, Plan], soil: Soil, *, client: Client, knowledge: Knowledge, jobs: int) -> dict[str, Schemas]:
    """Install every project on one throw-away server, side by side."""
    run = f"fresh-{secrets.token_hex(4)}"
    labels = {f"{LABEL}.run": run}
    charset = (f"--character-set-server={soil.charset}", f"--collation-server={soil.collation}")
    with throwaway_server(client, soil.server_image, f"{LABEL}-{run}", labels=labels, options=charset) as made:
        address = Server(host="127.0.0.1", port=made.port, user="root", password_file="", from_steps=made.from_steps)
        await_server(address, made.password)
        with open_server(address, made.password) as server, step_network(client, run, address, image=soil.image) as network:
            engine = DockerEngine(client)

            def install(project: str) -> Schemas:
                account = Account("root", made.password)
                site = Site(run, plans[project], knowledge.recipes, engine, server, network, {project: account})
                return _install_one(site, engine, server)

            with ThreadPoolExecutor(max_workers=jobs) as pool:
                return dict(zip(plans, pool.map(install, plans), strict=True))


def _install_one(site: Site, engine: Engine, server: DatabaseServer) -> Schemas:
    for database in site.plan.databases:
        server.execute(f"CREATE DATABASE {quote(database.schema_name)}")
    for step in site.plan.steps:
        container = start(step, site, attempt=1)
        try:
            ended = engine.wait(container)
        finally:
            engine.remove(container)
        if judge(step, ended.exit_code) is not ExitMeaning.DONE:
            words = last_words(ended.log, secrets=(site.accounts[step.project].password,))
            raise StepFailed(
                f"a fresh install fails at {step.id} (exit code {ended.exit_code}): {words}",
                hint="the image cannot install what it should migrate: `thing-a-me images verify`",
                aftermath=Aftermath.UNTOUCHED,
            )
        prove(step, site)
    return {database.role: read_schema(server, database.schema_name) for database in site.plan.databases}
