"""Survey: read every database's version rows and say where each stands. Reads only."""

from collections.abc import Collection
from dataclasses import dataclass

from runner.errors import ThingAMeError
from runner.events import DatabaseInspected, Tell
from runner.flows.world import World
from runner.mariadb.version_rows import read_standing
from runner.planning.cloud import Database
from runner.planning.detection import Knowledge, ProjectStanding, Standing, detect, place
from runner.planning.facts import DatabaseFacts


@dataclass(frozen=True)
class Survey:
    """What was found. `troubles` holds the databases that stand at no release, each with its own error.

    Where `projects` is not empty, it is these that are asked for.
    """

    facts: tuple[DatabaseFacts, ...]
    standings: tuple[Standing, ...]
    troubles: tuple[tuple[Database, ThingAMeError], ...]
    projects: frozenset[str] = frozenset()

    def narrowed(self, projects: Collection[str]) -> "Survey":
        """The same survey for some projects only; what the others say of the cloud's release still counts."""
        if not projects:
            return self
        return Survey(
            facts=tuple(fact for fact in self.facts if fact.database.project in projects),
            standings=self.standings,
            troubles=tuple((database, error) for database, error in self.troubles if database.project in projects),
            projects=frozenset(projects),
        )

    def place(self, knowledge: Knowledge) -> tuple[ProjectStanding, ...]:
        """Say where each project stands.

        Raises:
            ThingAMeError: the first trouble found, if any; it says how many others there are.
            CellsDisagree
        """
        if self.troubles:
            _, error = self.troubles[0]
            others = [database.id for database, _ in self.troubles[1:]]
            if others:
                error.message += f"\n(and {len(others)} more: {', '.join(others)}; `thing-a-me inspect` shows each)"
            raise error
        placed = place(self.standings, knowledge.calendar)
        return tuple(one for one in placed if not self.projects or one.project in self.projects)


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
            tell(DatabaseInspected(database=fact.database.id, releases=standing.releases, heads=tuple(sorted(standing.heads))))
    return Survey(facts, tuple(standings), tuple(troubles))
