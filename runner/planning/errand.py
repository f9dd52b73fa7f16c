"""An errand: one command of one project outside a chain - a project's own check, or a mending command."""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.planning.asked import ExitMeaning
from runner.planning.cloud import Database
from runner.planning.detection import ProjectStanding, Standing
from runner.planning.plan import Plan, PlannedDatabase, Step
from runner.planning.recipe import CommandKind, Recipe


@dataclass(frozen=True)
class Errand:
    """The command. `per` names a role: it is then run once for each database of that role, one after the other."""

    name: str
    argv: tuple[str, ...]
    exits: Mapping[int, ExitMeaning]
    per: str | None = None


def plan_errand(standing: ProjectStanding, recipe: Recipe, *, command: Errand, release: str, image: str) -> Plan:
    """Plan an errand in one release's image, with the configuration that a step of the project gets.

    It moves no version rows: before and after it they are what they are now.
    """
    rows = {one.database.id: tuple(sorted(one.rows)) for one in standing.databases}
    roles: dict[str, str] = {}
    for one in standing.databases:
        roles.setdefault(one.database.role, one.database.id)
    members: list[Database | None] = [one.database for one in standing.databases if one.database.role == command.per]
    steps: list[Step] = []
    for member in members or [None]:
        suffix = f"@{member.member}" if member else ""
        steps.append(
            Step(
                id=f"{standing.project}/{release}/{command.name}{suffix}",
                lane=standing.project,
                project=standing.project,
                start=standing.release,
                end=release,
                command=command.name,
                kind=CommandKind.ONLINE,
                argv=command.argv,
                exits=dict(command.exits),
                configuration={**roles, **({member.role: member.id} if member else {})},
                writes=tuple(rows),
                finds=rows,
                expects=rows,
                uses_stored_urls=bool(recipe.stored_urls),
                after=tuple(step.id for step in steps[-1:]),
            )
        )
    return Plan(
        target=release,
        images={release: image},
        databases=tuple(_planned(one, recipe) for one in standing.databases),
        journeys=(),
        steps=tuple(steps),
    )


def _planned(standing: Standing, recipe: Recipe) -> PlannedDatabase:
    database, rows = standing.database, tuple(sorted(standing.rows))
    return PlannedDatabase(
        id=database.id,
        project=database.project,
        role=database.role,
        member=database.member,
        schema_name=database.schema,
        chain=recipe.roles[database.role].chain,
        guests=tuple(standing.guests),
        starts=rows,
        ends=rows,
    )
