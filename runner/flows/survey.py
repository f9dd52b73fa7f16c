"""Survey: read every database's version rows and say where each stands. Reads only."""

from collections.abc import Sequence
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
    """What was found. `troubles` holds the databases that stand at no release, each with its own error."""

    facts: tuple[DatabaseFacts, ...]
    standings: tuple[Standing, ...]
    troubles: tuple[tuple[Database, ThingAMeError], ...]

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
        return place(self.standings, knowledge.calendar)


def survey(world: World, *, knowledge: Knowledge, tell: Tell, databases: Sequence[Database] | None = None) -> Survey:
    """Ask every database of the cloud, all at once, where it stands.

    Raises:
        ServerUnreachable, QueryFailed: nothing could be asked. What is wrong with one database is in the answer.
    """
    facts = tuple(read_standing(world.server, databases or world.cloud.databases, world.recipes))
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
