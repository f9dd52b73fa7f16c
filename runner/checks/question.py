"""What every check is given to find its answer, and what a check is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from runner.checks.finding import Finding, Unanswered
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.facts import ServerFacts
from runner.planning.cloud import Database
from runner.planning.facts import DatabaseFacts
from runner.planning.path import Hop
from runner.planning.recipe import Recipe, Span
from runner.planning.release import Calendar
from runner.settings import Server


@dataclass(frozen=True, kw_only=True)
class Question:
    """Would this cloud's way to `target` be hurt? `hops` are each project's, as planned; none for one that stays.

    `altered` are the seconds that the newest rehearsal spent on changing each table, by project, member and table; the member
    is empty where a project's steps are not run for each one.
    """

    server: DatabaseServer
    address: Server
    server_facts: ServerFacts
    databases: tuple[Database, ...]
    facts: Mapping[Database, DatabaseFacts]
    recipes: Mapping[str, Recipe]
    calendar: Calendar
    hops: Mapping[str, tuple[Hop, ...]]
    target: str
    altered: Mapping[tuple[str, str, str], float] = field(default_factory=dict)

    @cached_property
    def schemas(self) -> dict[str, Database]:
        """The schemas that exist, with the database each one is."""
        return {database.schema: database for database in self.databases if self.facts[database].exists}

    def of(self, project: str, role: str | None = None) -> tuple[Database, ...]:
        """Name the existing databases of a project, or of one of its roles."""
        found = (database for database in self.schemas.values() if database.project == project)
        return tuple(database for database in found if role in (None, database.role))

    def crossing(self, project: str, releases: Span) -> Hop | None:
        """Find the project's first hop that passes over or ends at one of `releases`."""
        for hop in self.hops.get(project, ()):
            if any(releases.covers(series, self.calendar) for series in self.calendar.slice(hop.start, hop.end)[1:]):
                return hop
        return None


class Check(Protocol):
    """One question, one module."""

    @property
    def NAME(self) -> str: ...  # noqa: N802  # a module's constant

    def ask(self, question: Question, /) -> tuple[Finding | Unanswered, ...]:
        """Answer from reads alone. Raises the 40s of `errors` when it cannot be asked at all."""
