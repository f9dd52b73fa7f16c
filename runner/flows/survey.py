"""Survey: read every database's version rows and say where each stands. Reads only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from runner.errors import ThingAMeError
from runner.events import DatabaseInspected, Tell
from runner.flows.world import World
from runner.mariadb.version_rows import read_standing
from runner.planning.cloud import Database
from runner.planning.detection import Knowledge, ProjectStanding, Standing, demand_kept, detect, place
from runner.planning.draft import settle
from runner.planning.facts import DatabaseFacts


@dataclass(frozen=True)
class Survey:
    """What was found. `troubles` holds the databases that stand at no release, each with its own error.

    Where `projects` is not empty, it is these that are asked for. `placed` is where each of them sets out from, once a
    target has settled it. `known_release` is the world's.
    """

    facts: tuple[DatabaseFacts, ...]
    standings: tuple[Standing, ...]
    troubles: tuple[tuple[Database, ThingAMeError], ...]
    projects: frozenset[str] = frozenset()
    placed: tuple[ProjectStanding, ...] = ()
    known_release: str | None = None

    def narrowed(self, projects: Collection[str]) -> "Survey":
        """The same survey for some projects only; what the others say of the cloud's release still counts.

        What is wrong with the others does not.
        """
        if not projects:
            return self
        return replace(
            self,
            facts=tuple(fact for fact in self.facts if fact.database.project in projects),
            troubles=tuple((database, error) for database, error in self.troubles if database.project in projects),
            projects=frozenset(projects),
        )

    def settled(self, target: str, *, knowledge: Knowledge, defined: Sequence[str]) -> "Survey":
        """The same survey, each project placed where a way to the target begins, if its version rows leave a choice.

        Raises:
            ThingAMeError: what `place` raises.
            BeyondTarget, ImageNotDefined, MoveImpossible
        """
        return replace(self, placed=settle(self.place(knowledge), target, knowledge=knowledge, defined=defined))

    def place(self, knowledge: Knowledge) -> tuple[ProjectStanding, ...]:
        """Say where each project stands.

        Raises:
            ThingAMeError: the first trouble found, if any; it says how many others there are.
            CellsDisagree, NoVersionTable
        """
        if self.troubles:
            raise _first_of(self.troubles)
        demand_kept(self.standings, knowledge)
        if self.placed:
            return self.placed
        return place(self.standings, knowledge.calendar, projects=self.projects, known=self.known_release)


def _first_of(troubles: tuple[tuple[Database, ThingAMeError], ...]) -> ThingAMeError:
    """The first trouble as an error of its own that names the others: a survey may be asked more than once."""
    (_, error), *others = troubles
    if not others:
        return error
    names = ", ".join(database.id for database, _ in others)
    message = f"{error.message}\n(and {len(others)} more: {names}; `thing-a-me inspect` shows each)"
    return type(error)(message, hint=error.advice, aftermath=error.left_behind)


def survey(world: World, *, knowledge: Knowledge, tell: Tell) -> Survey:
    """Ask every database of the cloud, all at once, where it stands.

    Raises:
        ServerUnreachable, QueryFailed: nothing could be asked. What is wrong with one database is in the answer.
    """
    facts = tuple(read_standing(world.server, world.cloud.databases, world.recipes))
    standings: list[Standing] = []
    troubles: list[tuple[Database, ThingAMeError]] = []
    for fact in facts:
        try:
            standing = detect(fact, knowledge)
        except ThingAMeError as error:
            troubles.append((fact.database, error))
        else:
            standings.append(standing)
            tell(DatabaseInspected(database=fact.database.id, releases=standing.releases, heads=tuple(sorted(standing.rows))))
    return Survey(facts, tuple(standings), tuple(troubles), known_release=world.known_release)
