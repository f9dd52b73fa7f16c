"""Where a chain in CI begins: an empty cloud of a release, made by its own first-install commands."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from runner.containers.claims import claim_clone
from runner.containers.client import connect
from runner.containers.engine import LABEL
from runner.containers.release_image import ensure_mariadb_image, resolve
from runner.containers.throwaway import start_server
from runner.errors import ImageNotDefined
from runner.events import Note
from runner.flows.images import Workshop, build
from runner.flows.world import World, open_world
from runner.planning.detection import Knowledge
from runner.planning.draft import find_stops
from runner.planning.recipe import Recipe
from runner.planning.release import Calendar
from runner.scratch.first_install import DATABASES, SCHEMAS
from runner.scratch.stand import OPTIONS, describe, install


@dataclass(frozen=True)
class Way:
    """Where to, by which calendar's moves; `projects` narrows it down."""

    target: str
    calendar: Calendar
    projects: tuple[str, ...] = ()


class Start(Protocol):
    """One kind of start."""

    def prepare(self, workshop: Workshop, way: Way, jobs: int) -> None:
        """Have the images of the way; raises what building raises, and that there is no way."""

    def open(self, workshop: Workshop, folder: Path, jobs: int) -> AbstractContextManager[World]:
        """Put the cloud up, described in `folder`; it is gone when the block ends."""


@dataclass
class Empty:
    """Nothing but what a new installation of a release has; `bare` are projects that have no tables of their own yet."""

    release: str
    projects: tuple[str, ...] = field(default=(), init=False)
    bare: tuple[str, ...] = field(default=(), init=False)

    def prepare(self, workshop: Workshop, way: Way, jobs: int) -> None:
        """Build what is missing of the releases that the projects pass through."""
        if self.release not in workshop.catalog:
            raise ImageNotDefined(f"no image is defined for {self.release}; defined are {', '.join(workshop.catalog)}")
        wanted = [project for project in SCHEMAS if not way.projects or project in way.projects]
        self.projects = tuple(one for one in wanted if one in workshop.catalog[self.release].image.projects)
        self.bare = tuple(one for one in wanted if self._is_kept_elsewhere(workshop.recipes[one], way))
        stops = {self.release}
        for project in (*self.projects, *self.bare):
            stops |= {*_stops(project, self.release, workshop, way)}
        build(workshop, tuple(sorted(stops, key=way.calendar.index)), jobs)

    def _is_kept_elsewhere(self, recipe: Recipe, way: Way) -> bool:
        moved_in = recipe.moved_in
        if not moved_in or not way.calendar.is_later(moved_in.at, self.release):
            return False
        return not way.calendar.is_later(moved_in.at, way.target) and moved_in.kept_in.partition(".")[0] in self.projects

    @contextmanager
    def open(self, workshop: Workshop, folder: Path, jobs: int) -> Iterator[World]:
        """Install the release on a server in memory."""
        engine, there = workshop.site.engine, (*self.projects, *self.bare)
        with closing(connect(engine)) as client, claim_clone(client) as claim:
            image = ensure_mariadb_image(client, workshop.site, workshop.tell)
            name = f"{LABEL}-ci-{claim.name[-8:]}"
            made = start_server(client, image, name, labels=claim.labels, options=OPTIONS, in_memory=True)
            workshop.tell(Note(about="ci", text=f"putting up an empty cloud at {self.release}: {', '.join(self.projects)}"))
            release = resolve(client, self.release)
            whose = {"projects": self.projects, "bare": self.bare}
            install(client, made, release, engine, labels=claim.labels, **whose, jobs=jobs)
            databases = {project: DATABASES[project] for project in there}
            with open_world(describe(folder, made, engine, databases=databases)) as world:
                yield world


def _stops(project: str, start: str, workshop: Workshop, way: Way) -> tuple[str, ...]:
    """Name the releases that a project's hops end at, by what the definitions say."""
    recipe, calendar = workshop.recipes[project], way.calendar
    having = [series for series, one in workshop.catalog.items() if project in one.image.projects]
    if recipe.moved_in and calendar.is_later(recipe.moved_in.at, start):
        start = calendar.slice(None, recipe.moved_in.at)[-2]
    knowledge = Knowledge(workshop.recipes, calendar, {})
    return find_stops(project, start, way.target, knowledge=knowledge, defined=having)
