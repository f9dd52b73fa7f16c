"""The plan: lanes of steps, frozen, with a digest. What a run does, decided before it begins.

The JSON form is described by docs/schemas/plan.json, which is generated from these types.
"""

from typing import Literal

from runner.frozen import Frozen, digest_of
from runner.planning.asked import ExitMeaning
from runner.planning.graph import Graph
from runner.planning.recipe import CommandKind, MovedIn
from runner.planning.sources import image_for


class Step(Frozen):
    """One command of one project in one hop.

    `finds` and `expects` map each database it writes to its version rows before and after. `configuration` maps a role
    to the database that the step's configuration names for it. `skip` says why there is nothing to do; such a step
    counts as done. `after` are the steps that must have been proved before.
    """

    id: str
    lane: str
    project: str
    start: str
    end: str
    command: str
    kind: CommandKind
    argv: tuple[str, ...]
    exits: dict[int, ExitMeaning]
    configuration: dict[str, str]
    writes: tuple[str, ...]
    finds: dict[str, tuple[str, ...]]
    expects: dict[str, tuple[str, ...]]
    uses_stored_urls: bool = False
    skip: str | None = None
    after: tuple[str, ...] = ()

    @property
    def moves_heads(self) -> bool:
        return self.finds != self.expects


class Journey(Frozen):
    """One project's way: where it stands and the releases at which each of its hops ends."""

    project: str
    start: str
    why: str
    stops: tuple[str, ...]

    @property
    def hops(self) -> tuple[tuple[str, str], ...]:
        return tuple(zip((self.start, *self.stops), self.stops, strict=False))


class PlannedDatabase(Frozen):
    """One database, and its version rows at the start and at the end; `guests` are chains besides its own."""

    id: str
    project: str
    role: str
    member: str
    schema_name: str
    chain: str
    guests: tuple[str, ...] = ()
    starts: tuple[str, ...]
    ends: tuple[str, ...]


class Plan(Frozen):
    """Everything that decides what a run does.

    `images` maps a release to its image's id, and `release/project` to that of a project which has one of its own.
    """

    format: Literal[1] = 1
    target: str
    images: dict[str, str]
    databases: tuple[PlannedDatabase, ...]
    journeys: tuple[Journey, ...]
    steps: tuple[Step, ...]

    @property
    def digest(self) -> str:
        return digest_of(self.model_dump(mode="json"))

    @property
    def lanes(self) -> dict[str, tuple[Step, ...]]:
        """Steps by lane, both in the order in which they were planned."""
        names = dict.fromkeys(step.lane for step in self.steps)
        return {name: tuple(step for step in self.steps if step.lane == name) for name in names}

    @property
    def barriers(self) -> tuple[tuple[str, str], ...]:
        """Pairs of (step, step of another lane it waits for)."""
        lane_of = {step.id: step.lane for step in self.steps}
        return tuple((step.id, other) for step in self.steps for other in step.after if lane_of[other] != step.lane)

    @property
    def moving(self) -> tuple[PlannedDatabase, ...]:
        """The databases of the projects that move; of the others a run changes nothing."""
        projects = {journey.project for journey in self.journeys if journey.stops}
        return tuple(database for database in self.databases if database.project in projects)

    @property
    def to_run(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.skip is None)

    @property
    def lengths(self) -> dict[str, int]:
        """How many steps there are to run, by lane."""
        return {name: len([step for step in steps if step.skip is None]) for name, steps in self.lanes.items()}

    @property
    def graph(self) -> Graph:
        """Which steps wait for which."""
        return Graph.of({step.id: step.after for step in self.steps})

    @property
    def precedence(self) -> dict[str, int]:
        """Which of the steps that may begin goes first, by step: that with the smallest value, from 0.

        It is the step that most others wait for; of several, the one that was planned first.
        """
        waiting = self._waiting()
        return {name: place for place, name in enumerate(sorted(waiting, key=waiting.__getitem__, reverse=True))}

    def waiting_behind(self, step: Step) -> int:
        """Count the steps to run that wait for this one, directly or through others."""
        return self._waiting()[step.id]

    def _waiting(self) -> dict[str, int]:
        return self.graph.count_behind(step.id for step in self.to_run)

    def read_by(self, project: str) -> tuple[str, ...]:
        """Name the schemas of other projects that a project's steps read."""
        named = {database for step in self.steps if step.project == project for database in step.configuration.values()}
        return tuple(one.schema_name for one in self.databases if one.id in named and one.project != project)

    def keeper_of(self, database: PlannedDatabase, moved_in: MovedIn | None) -> PlannedDatabase | None:
        """The database that keeps another's tables before the chain; None where that has its own."""
        if database.starts or not moved_in:
            return None
        return next((one for one in self.databases if f"{one.project}.{one.role}" == moved_in.kept_in), None)

    def guests_of(self, project: str) -> dict[str, tuple[str, ...]]:
        """Map the roles that a project has here to the guests of their databases."""
        return {one.role: one.guests for one in reversed(self.databases) if one.project == project}

    def image_of(self, project: str, release: str) -> str:
        """The image that a project's code of a release lies in."""
        return image_for(self.images, project, release)

    def step(self, name: str) -> Step:
        return next(step for step in self.steps if step.id == name)

    def database(self, name: str) -> PlannedDatabase:
        return next(database for database in self.databases if database.id == name)


class PlanFile(Frozen):
    """A plan as it is written to a file: with the digest of its content."""

    digest: str
    plan: Plan
