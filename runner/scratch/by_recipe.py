"""How a project is put up that no guide of ours tells of: by the schema commands of its recipe."""

from collections.abc import Sequence
from dataclasses import replace

from runner.planning.plan import Plan, Step
from runner.planning.recipe import Recipe
from runner.scratch.first_install import KNOWN, Installation, Lane


def installation_of(recipe: Recipe, fresh: Plan) -> Installation:
    """Say how a project is put up; `fresh` is the plan of its fresh install, with the guests that its databases are to have.

    Seven projects are put up as their guides say; guests are added to them.
    """
    project = recipe.project
    roles = [one.role for one in fresh.databases]
    schemas = {role: project if role == project else f"{project}_{role}" for role in roles}
    if known := KNOWN.get(project):
        (first, *others) = known.lanes
        guests = {guest for one in fresh.databases for guest in one.guests}
        moving = {command.name for command in recipe.commands if guests & set(command.moves)}
        added = _commands([step for step in fresh.steps if step.command in moving])
        files = {**first.files, **_files(recipe, moving)}
        return replace(known, lanes=(replace(first, files=files, commands=(*first.commands, *added)), *others))
    files = {**recipe.configuration, **_files(recipe, {step.command for step in fresh.steps})}
    lane = Lane(project, project, files, _commands(fresh.steps), environment=recipe.environment)
    without = tuple(role for role in recipe.roles if role not in roles)
    return Installation(schemas, {**schemas}, (lane,), without)


def _files(recipe: Recipe, commands: set[str]) -> dict[str, str]:
    """What the commands want to find beside the configuration."""
    return {name: text for command in sorted(commands) for name, text in recipe.files_of(command).items()}


def _commands(steps: Sequence[Step]) -> tuple[tuple[str, ...], ...]:
    return tuple(step.argv for step in steps)
