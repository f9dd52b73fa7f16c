"""Read the data back through the target's own code: tally every entity's ids before the chain, read them after it.

A recipe's script runs in the target's image, one container per project. It reads all of a project's databases, and cannot
write: its sessions are read-only.
"""

import json
from collections.abc import Mapping, Sequence

from runner.containers.last_words import last_words, redact
from runner.errors import CheckCouldNotRun, QueryFailed
from runner.events import Tell
from runner.flows.chain import Demand, demand_nothing
from runner.flows.questions import GoOn, ask_each, at_the_end, run_command
from runner.flows.world import World
from runner.journal.entry import EntityTally
from runner.mariadb.tallies import tally_ids
from runner.planning.asked import ExitMeaning, ReadBack
from runner.planning.errand import Errand
from runner.planning.plan import Plan, PlannedDatabase
from runner.planning.reading import ProjectRead, take_apart
from runner.planning.recipe import Recipe
from runner.recipes import read_script
from runner.steps.run import database_url
from runner.steps.site import Site

COMMAND = "read-back"
_SCRIPT = "read_back.py"
_KILLED = "the engine killed it: it used more memory than a step may"
_PATIENCE, _PACE = 120, 50
"""Seconds for a script to begin and to look around, and how many objects it has to read in each second more."""


def tally_before(world: World, plan: Plan) -> tuple[EntityTally, ...]:
    """Tally the ids of every entity that will be read back. What cannot be tallied is there with the reason.

    Raises:
        MissingFile: the password of a user who is to log in afterwards cannot be read.
        ServerUnreachable
    """
    found: list[EntityTally] = []
    for database, reads in _to_read(plan, world.recipes):
        world.cloud.login(database.project)
        schema = _schema_of(database, plan, world.recipes)
        found += [
            _tally(world, database, schema, entity, one.ids)
            for entity, one in reads.entities.items()
            if one.role == database.role
        ]
    return tuple(found)


def _schema_of(database: PlannedDatabase, plan: Plan, recipes: Mapping[str, Recipe]) -> str:
    """The schema that a database's tables lie in before the chain."""
    keeper = plan.keeper_of(database, recipes[database.project].moved_in)
    return (keeper or database).schema_name


def _tally(world: World, database: PlannedDatabase, schema: str, entity: str, sql: str) -> EntityTally:
    try:
        tally = tally_ids(world.server, schema, sql)
    except QueryFailed as error:
        return EntityTally(database=database.id, entity=entity, reason=error.message)
    return EntityTally(database=database.id, entity=entity, tally=tally)


def read_after_chain(
    world: World, site: Site, tallies: Sequence[EntityTally], *, jobs: int, tell: Tell, demand: Demand = demand_nothing
) -> dict[str, ProjectRead]:
    """Let every project that the plan moved read its databases, `jobs` at a time, those with most to read first.

    Raises:
        MissingFile, EngineRefused, EngineMissing
    """
    objects = {database.id: 0 for database, _ in _to_read(site.plan, world.recipes)}
    for one in tallies:
        objects[one.database] = objects.get(one.database, 0) + (one.tally.count if one.tally else 0)
    sizes: dict[str, int] = {}
    for database, _ in _to_read(site.plan, world.recipes):
        sizes[database.project] = sizes.get(database.project, 0) + objects[database.id]

    def ask(project: str, go_on: GoOn) -> ProjectRead:
        files, login, secrets = _files(project, world, site, objects)
        command = Errand(COMMAND, ("python3", f"{{etc}}/{_SCRIPT}"), {0: ExitMeaning.DONE})
        patience = _PATIENCE + sizes[project] / _PACE
        standing = at_the_end(project, site.plan)
        try:
            ended = run_command(command, standing, site, patience=patience, besides=files, go_on=go_on)
        except CheckCouldNotRun as error:
            return ProjectRead(None, error.message, login)
        log = redact(ended.log, secrets)
        words = _KILLED if ended.oom else last_words(log)
        return take_apart(ended.exit_code, log.decode(errors="replace"), words, login=login)

    largest_first = sorted(sizes, key=lambda project: -sizes[project])
    return ask_each(COMMAND, ask, largest_first, jobs=jobs, tell=tell, demand=demand)


def _files(
    project: str, world: World, site: Site, objects: Mapping[str, int]
) -> tuple[dict[str, str], str | None, tuple[str, ...]]:
    """What a script finds beside its configuration; who is to log in; and what may be in no log."""
    reads, account = world.recipes[project].read_back, site.accounts[project]
    assert reads
    databases = [
        {
            "id": one.id,
            "role": one.role,
            "url": database_url(site, account, one.schema_name),
            "entities": [name for name, entity in reads.entities.items() if entity.role == one.role],
            "objects": objects[one.id],
        }
        for one in site.plan.databases
        if one.project == project
    ]
    files = {
        _SCRIPT: read_script(reads.script, world.cloud.recipes),
        "reading.py": read_script("read_back/reading.py"),
        "databases.json": json.dumps(databases),
    }
    login = world.cloud.login(project)
    if login is None:
        return files, None, (account.password,)
    user, password = login
    files |= {"login.json": user.model_dump_json(exclude={"password_file"}), "password": password}
    return files, user.user, (account.password, password)


def _to_read(plan: Plan, recipes: Mapping[str, Recipe]) -> list[tuple[PlannedDatabase, ReadBack]]:
    """The databases of those projects that move and can be read back."""
    moved = {journey.project for journey in plan.journeys if journey.stops}
    found = [(database, recipes[database.project].read_back) for database in plan.databases if database.project in moved]
    return [(database, reads) for database, reads in found if reads]
