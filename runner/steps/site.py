"""Where steps are carried out: engine, server, network, accounts. Everything a step borrows and nothing it decides."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from runner.containers.engine import LABEL, Engine
from runner.containers.network import StepNetwork
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.version_rows import read_standing
from runner.planning.cloud import Database
from runner.planning.detection import rows_of
from runner.planning.plan import Plan, PlannedDatabase, Step
from runner.planning.recipe import Recipe


@dataclass(frozen=True)
class Account:
    """A temporary database account with rights on one project's schemas only."""

    name: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class StepTls:
    """Steps speak TLS with the server; `ca` is the authority its certificate is checked against, if it is.

    `laid_at` are the paths where URLs that a project stores name that authority (`?ssl_ca=`): it has to be there too.
    """

    ca: bytes | None = None
    laid_at: tuple[str, ...] = ()


@dataclass(frozen=True)
class Site:
    """The surroundings of a run's steps. `accounts` is keyed by project, `recipes` too."""

    run: str
    plan: Plan
    recipes: Mapping[str, Recipe]
    engine: Engine
    server: DatabaseServer
    network: StepNetwork
    accounts: Mapping[str, Account]
    tls: StepTls | None = None

    def with_plan(self, plan: Plan) -> "Site":
        """The same surroundings for another plan: an errand's."""
        return replace(self, plan=plan)

    def labels(self, step: Step, attempt: int) -> dict[str, str]:
        """Name an attempt's container, so that a runner that dies can be followed by one that finds it."""
        return {f"{LABEL}.run": self.run, f"{LABEL}.step": step.id, f"{LABEL}.attempt": str(attempt)}

    def version_rows(self, step: Step) -> dict[str, tuple[str, ...]]:
        """Read the version rows of the databases that a step writes, as `Step.expects` has them."""
        planned = [self.plan.database(name) for name in step.writes]
        facts = read_standing(self.server, [_database(one) for one in planned], self.recipes)
        recipe = self.recipes[step.project]
        return {fact.database.id: rows_of(fact, recipe) for fact in facts}


def _database(planned: PlannedDatabase) -> Database:
    return Database(planned.project, planned.role, planned.member, planned.schema_name)
