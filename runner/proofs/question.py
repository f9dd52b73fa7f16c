"""What a proof is asked, and what it answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from runner.mariadb.connection import DatabaseServer
from runner.planning.baseline import Expected
from runner.planning.plan import Plan
from runner.planning.reading import ProjectRead
from runner.planning.recipe import Recipe
from runner.planning.release import Calendar
from runner.planning.schema import Schema
from runner.planning.tally import Tally
from runner.planning.upgrade_answer import UpgradeAnswer

RowCounts = Mapping[tuple[str, str], int]
"""(schema, table) -> rows."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """A run's end as the proofs see it.

    `before` and `after` are the rows counted before the first step and after the last; `exit_codes` the last exit code
    of every step that ran; `fresh` maps project and role to the schema of a fresh install of the target;
    `upgrade_answers` are what each project that was asked says of itself. `tallies` maps database and entity to a tally of
    the ids before the first step, or to the reason why there is none; `readings` are what each project read back.
    `rehearsed` maps a database to the digest of the schema that its rehearsal ended with. `expected` is the baseline that
    the run is compared with, if any, and `seconds` what each step took.
    """

    plan: Plan
    recipes: Mapping[str, Recipe]
    calendar: Calendar
    server: DatabaseServer
    before: RowCounts
    after: RowCounts
    exit_codes: Mapping[str, int]
    fresh: Mapping[str, Mapping[str, Schema]]
    upgrade_answers: Mapping[str, UpgradeAnswer] = field(default_factory=dict)
    tallies: Mapping[tuple[str, str], Tally | str] = field(default_factory=dict)
    readings: Mapping[str, ProjectRead] = field(default_factory=dict)
    rehearsed: Mapping[str, str] = field(default_factory=dict)
    expected: Expected | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Evidence:
    """One answer: about which subject, whether it holds, and what was seen, line by line. None: it could not be told."""

    proof: str
    subject: str
    holds: bool | None
    detail: tuple[str, ...]


class Proof(Protocol):
    """A module in this package."""

    NAME: str

    def give(self, question: Question) -> tuple[Evidence, ...]:
        """Give the evidence, one piece per subject; a proof that cannot be given raises."""
