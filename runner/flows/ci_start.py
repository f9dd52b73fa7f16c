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
    """Nothing but what a new installation of a release has."""

    release: str
    projects: tuple[str, ...] = field(default=(), init=False)

    def prepare(self, workshop: Workshop, way: Way, jobs: int) -> None:
        """Build what is missing of the releases that the projects pass through."""
        self.projects = tuple(sorted(set(_installable(workshop, self.release)) & set(way.projects or SCHEMAS)))
        knowledge = Knowledge(workshop.recipes, way.calendar, {})
        stops: set[str] = {self.release}
        for project in self.projects:
            having = [series for series, one in workshop.catalog.items() if project in one.image.projects]
            stops |= {*find_stops(project, self.release, way.target, knowledge=knowledge, defined=having)}
        build(workshop, tuple(sorted(stops, key=way.calendar.index)), jobs)

    @contextmanager
    def open(self, workshop: Workshop, folder: Path, jobs: int) -> Iterator[World]:
        """Install the release on a server in memory."""
        engine = workshop.site.engine
        with closing(connect(engine)) as client:
            image = ensure_mariadb_image(client, workshop.site, workshop.tell)
            with claim_clone(client) as claim:
                made = start_server(
                    client, image, f"{LABEL}-ci-{claim.name[-8:]}", labels=claim.labels, options=OPTIONS, in_memory=True
                )
                said = f"putting up an empty cloud at {self.release}: {', '.join(self.projects)}"
                workshop.tell(Note(about="ci", text=said))
                release = resolve(client, self.release)
                install(client, made, release, engine, labels=claim.labels, projects=self.projects, jobs=jobs)
                databases = {project: DATABASES[project] for project in self.projects}
                with open_world(describe(folder, made, engine, databases=databases)) as world:
                    yield world


def _installable(workshop: Workshop, release: str) -> tuple[str, ...]:
    if release not in workshop.catalog:
        defined = ", ".join(workshop.catalog)
        raise ImageNotDefined(f"no image is defined for {release}; defined are {defined}")
    return tuple(workshop.catalog[release].image.projects)
