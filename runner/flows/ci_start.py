"""Where a chain in CI begins: an empty cloud of a release, made by its own first-install commands; a dump; a snapshot."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from runner.containers.claims import Claim, claim_clone
from runner.containers.client import Client, connect
from runner.containers.engine import LABEL
from runner.containers.image_manifest import read_manifest
from runner.containers.release_image import USUAL, ensure_mariadb_image
from runner.containers.throwaway import Throwaway, start_server
from runner.errors import BadDocument, BeyondTarget
from runner.events import Note, Tell
from runner.flows.clone import clear_left_clones
from runner.flows.floor import lay_floor, rehearsal_of
from runner.flows.images import Workshop, build
from runner.flows.world import World, open_world
from runner.mariadb.connection import DatabaseServer, open_server
from runner.mariadb.facts import read_facts
from runner.mariadb.patience import await_server
from runner.mariadb.stored_urls import make_logins, read_stored_urls
from runner.mariadb.version_rows import list_schemas, read_standing
from runner.planning.detection import Knowledge
from runner.planning.discovery import Found, candidates, describe_databases, identify
from runner.planning.draft import draft_fresh
from runner.planning.recipe import Recipe
from runner.planning.release import Calendar
from runner.scratch.by_recipe import installation_of
from runner.scratch.dump import load_dump
from runner.scratch.first_install import KNOWN, SCHEMAS
from runner.scratch.stand import OPTIONS, address_of, describe, install
from runner.snapshots.hold import use_snapshot
from runner.snapshots.shelf import find_place
from runner.snapshots.stored import demand_data

SCRATCH = "scratch"
"""The folder of the cloud.yaml that is thrown away, below that of runs and reports."""


@dataclass(frozen=True)
class Way:
    """Where to, by which calendar's moves, on which MariaDB; `projects` narrows it down."""

    target: str
    calendar: Calendar
    projects: tuple[str, ...] = ()
    mariadb: str | None = None

    def wanted(self, recipes: Mapping[str, Recipe]) -> tuple[str, ...]:
        """The projects that are installed where a release has them; those first that take longest."""
        known = tuple(project for project in SCHEMAS if project in recipes)
        return tuple(one for one in dict.fromkeys((*known, *recipes)) if not self.projects or one in self.projects)


class Start(Protocol):
    """One kind of start."""

    def open(self, workshop: Workshop, way: Way, folder: Path, jobs: int) -> AbstractContextManager[World]:
        """Put the cloud up, described in `folder`; it is gone when the block ends."""


@dataclass(frozen=True)
class Empty:
    """Nothing but what a new installation of a release has."""

    release: str

    @contextmanager
    def open(self, workshop: Workshop, way: Way, folder: Path, jobs: int) -> Iterator[World]:
        """Install the release on a server in memory.

        Raises:
            BadDocument, ImageNotDefined, BeyondTarget: there is no such release, no image of it, or it is beyond the target.
            StepFailed: it cannot be installed.
            and what building its image raises
        """
        if way.calendar.is_later(self.release, way.target):
            raise BeyondTarget(f"a cloud of {self.release} is newer than {way.target}")
        release = build(workshop, (self.release,), jobs)[self.release]
        wanted, recipes = way.wanted(workshop.recipes), workshop.recipes
        with scratch_server(workshop, way.mariadb or USUAL, in_memory=True) as (client, made, labels):
            manifest = read_manifest(client, release)
            projects = tuple(one for one in wanted if one in manifest.projects)
            bare = tuple(one for one in wanted if self._is_kept_elsewhere(recipes[one], way, projects))
            workshop.tell(Note(about="ci", text=f"putting up an empty cloud at {self.release}: {', '.join(projects)}"))
            knowledge = Knowledge(recipes, way.calendar, {self.release: manifest})
            fresh = {one: draft_fresh(one, self.release, knowledge=knowledge, image=release) for one in projects}
            ways = {one: installation_of(recipes[one], plan) for one, plan in fresh.items()} | {one: KNOWN[one] for one in bare}
            engine, databases = workshop.site.engine, {project: one.databases for project, one in ways.items()}
            install(client, made, release, engine, labels=labels, installations=ways, bare=bare, jobs=jobs)
            with open_world(_describe(workshop, folder, made, databases)) as world:
                yield replace(world, known_release=self.release, mariadb=way.mariadb or USUAL)

    def _is_kept_elsewhere(self, recipe: Recipe, way: Way, projects: Collection[str]) -> bool:
        """Say whether a project has no tables of its own yet, and will have some on the way."""
        moved_in = recipe.moved_in
        if not moved_in or moved_in.kept_in.partition(".")[0] not in projects:
            return False
        return way.calendar.is_later(moved_in.at, self.release) and not way.calendar.is_later(moved_in.at, way.target)


@dataclass(frozen=True)
class Dump:
    """What a dump holds; which database of which project each of its schemas is, their version rows say.

    `release` is where its cloud stands, for rows that fit several.
    """

    file: Path
    release: str | None = None

    @contextmanager
    def open(self, workshop: Workshop, way: Way, folder: Path, jobs: int) -> Iterator[World]:
        """Load the dump into a server.

        Raises:
            BadDocument, BeyondTarget: there is no such release, or it is beyond the target.
            MissingFile, BadDocument, QueryFailed: see `load_dump`.
            the 50s of `errors`: a schema has a project's tables, and stands nowhere.
        """
        del jobs
        if self.release and way.calendar.is_later(self.release, way.target):
            raise BeyondTarget(f"a cloud of {self.release} is newer than {way.target}")
        knowledge = Knowledge(workshop.recipes, way.calendar, {})
        with scratch_server(workshop, way.mariadb or USUAL) as (client, made, labels):
            workshop.tell(Note(about="ci", text=f"loading {self.file}"))
            image, engine = ensure_mariadb_image(client, workshop.site, workshop.tell), workshop.site.engine
            with open_server(address_of(made), made.password) as server:
                load_dump(self.file, made, read_facts(server).version, image=image, engine=engine, labels=labels)
                databases = discover(server, knowledge)
            with open_world(_describe(workshop, folder, made, databases)) as world:
                for project, recipe in workshop.recipes.items():
                    if databases.get(project) and recipe.stored_urls:
                        make_logins(world.server, world.cloud.of(project), recipe.stored_urls)
                yield replace(world, known_release=self.release, mariadb=way.mariadb or USUAL)


@dataclass(frozen=True)
class Snapshot:
    """What a proven snapshot of a cloud holds; without a name the newest."""

    cloud: Path
    name: str | None

    @contextmanager
    def open(self, workshop: Workshop, way: Way, folder: Path, jobs: int) -> Iterator[World]:
        """Start a server on a copy of it.

        Raises:
            BadDocument: a version of the server was asked for; a copy has its own.
            SnapshotMissing, SnapshotBroken, SnapshotBusy: there is no proven snapshot to copy.
            CloneFailed, DiskFull
        """
        if way.mariadb:
            raise BadDocument(f"a snapshot's copy has the version of its own server, and MariaDB {way.mariadb} was asked for")
        with open_world(self.cloud) as world:
            clear_left_clones(world.client, tell=workshop.tell)
            place = find_place(world.cloud.snapshots, self.name, proven=True)
            with use_snapshot(place):
                rehearsal = rehearsal_of(world, place, jobs=jobs, tell=workshop.tell)
                demand_data(rehearsal.bench, place, rehearsal.manifest.data)
                with lay_floor(rehearsal, place.data) as floor, floor.open() as here:
                    document = here.cloud.document.model_copy(update={"runs": str(folder.resolve() / "runs")})
                    yield replace(here, cloud=replace(here.cloud, document=document))


@contextmanager
def scratch_server(
    workshop: Workshop, mariadb: str, *, in_memory: bool = False
) -> Iterator[tuple[Client, Throwaway, Mapping[str, str]]]:
    """Start a server that is gone when the block ends, and give a client, the server and the labels of what belongs to it."""
    with closing(connect(workshop.site.engine)) as client, _claim(client, workshop.tell) as claim:
        image = ensure_mariadb_image(client, workshop.site, workshop.tell, mariadb)
        name = f"{LABEL}-ci-{claim.name[-8:]}"
        made = start_server(client, image, name, labels=claim.labels, options=OPTIONS, in_memory=in_memory)
        await_server(address_of(made), made.password)
        yield client, made, claim.labels


@contextmanager
def _claim(client: Client, tell: Tell) -> Iterator[Claim]:
    """Remove what dead runners left, which nobody else may come and do, and claim what is made now."""
    clear_left_clones(client, tell=tell)
    with claim_clone(client) as claim:
        yield claim


def _describe(workshop: Workshop, folder: Path, made: Throwaway, databases: Mapping[str, Any]) -> Path:
    """Describe the cloud in a folder of its own: `folder` may be one that has a cloud.yaml."""
    runs = str(folder.resolve() / "runs")
    return describe(folder / SCRATCH, made, workshop.site.engine, databases=databases, runs=runs, **workshop.own)


def discover(server: DatabaseServer, knowledge: Knowledge) -> Found:
    """Say which databases of which projects lie on a server, as cloud.yaml would."""
    facts = read_standing(server, candidates(list_schemas(server), knowledge), knowledge.recipes)
    found = identify(facts, knowledge)
    members: dict[str, str] = {}
    for project, recipe in knowledge.recipes.items():
        own = [database for database in found.values() if database.project == project]
        rows = read_stored_urls(server, own, recipe.stored_urls)
        members |= {row.schema: row.name for row in rows if row.schema and row.name}
    return describe_databases(found, members, knowledge)
