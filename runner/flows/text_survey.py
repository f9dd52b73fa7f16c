"""What text of the cloud is to be mended, and how: read from a server, production's or a clone's."""

from dataclasses import dataclass

from runner.checks.charset import DECLARED
from runner.flows.world import World
from runner.mariadb.charset_names import name_on
from runner.mariadb.facts import read_facts
from runner.mariadb.point import SETTINGS
from runner.mariadb.session import open_session
from runner.mariadb.text_tables import find_text
from runner.planning.text_mend import USUAL, TextPlan, plan_text


@dataclass(frozen=True)
class Scope:
    """What the operator wants to be mended: of these projects, or of all; but not these columns (schema.table.column)."""

    projects: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()


def survey_text(world: World, scope: Scope) -> TextPlan:
    """Read all tables in scope, and plan what is to be mended in them.

    Raises:
        QueryFailed, ServerUnreachable, RightsMissing
    """
    asked = [one for one in world.cloud.databases if not scope.projects or one.project in scope.projects]
    there = {name for (name,) in world.server.rows("SELECT schema_name FROM information_schema.schemata")}
    numbers = read_facts(world.server).numbers
    with open_session(world.server, *SETTINGS) as session:
        found = [
            table
            for one in asked
            if one.schema in there
            for table in find_text(session, one.schema, DECLARED.get(one.project, frozenset()))
        ]
    charset, collation = (name_on(numbers, name) for name in USUAL)
    return plan_text(found, (charset, collation), scope.leave)
