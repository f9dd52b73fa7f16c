"""The recipes that come with us agree with the calendar, with themselves and with what other modules take for granted."""

import json
import re
import string
from pathlib import Path

import jsonschema
import pytest
import yaml

from runner.containers.definitions import find_images_dir, load_catalog
from runner.planning.asked import ExitMeaning
from runner.planning.recipe import CommandKind, Recipe
from runner.recipes import load_calendar, load_recipes, read_script

CALENDAR = load_calendar()
RECIPES = load_recipes()
FIRST = {"placement": "stein"}
LAB = ("2023.1", "2024.1", "2025.1", "2026.1")
ONLINE_EXITS = {0: ExitMeaning.DONE, 1: ExitMeaning.AGAIN, 2: ExitMeaning.STUCK, 127: ExitMeaning.FAILED}

each_recipe = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)


COMING = {"cloudkitty"}
"""Installed in the images; their recipes are not written yet."""


def test_there_is_a_recipe_for_every_project_of_the_images() -> None:
    named = {project for definition in load_catalog(find_images_dir()).values() for project in definition.image.projects}
    assert named - COMING == {name for recipe in RECIPES.values() for name in recipe.packages}


@each_recipe
def test_every_release_has_version_rows_for_every_chain(recipe: Recipe) -> None:
    expected = CALENDAR.slice(FIRST.get(recipe.project, "pike"), None)
    assert tuple(recipe.heads) == expected
    for series, chains in recipe.heads.items():
        own = {role.chain for role in recipe.roles.values() if not role.optional}
        assert own <= chains.keys() <= recipe.chains.keys(), series
        assert all(rows and len(set(rows)) == len(rows) for rows in chains.values()), series


@each_recipe
def test_a_legacy_row_names_a_repository_of_its_chain(recipe: Recipe) -> None:
    for chains in recipe.heads.values():
        for chain, rows in chains.items():
            repositories = {row.partition(":")[0] for row in rows if ":" in row}
            assert repositories <= recipe.chains[chain].migrate.keys()


@each_recipe
@pytest.mark.parametrize("series", LAB)
def test_every_chain_is_moved_by_the_commands_of_a_release(recipe: Recipe, series: str) -> None:
    moved = {move.partition(":")[0] for command in recipe.commands_for(series, CALENDAR) for move in command.moves}
    assert moved == recipe.chains.keys()


@each_recipe
def test_commands_are_called_by_one_name_and_read_a_file_that_is_generated(recipe: Recipe) -> None:
    names = [command.name for command in recipe.commands]
    assert len(set(names)) == len(names)
    checks = [recipe.upgrade_check] if recipe.upgrade_check else []
    every = [one.argv for part in (recipe.commands, recipe.mends, checks) for one in part]
    own = {name for command in recipe.commands for name in command.files}
    for argv in every:
        files = {word.removeprefix("{etc}/") for word in argv if word.startswith("{etc}/")}
        assert files or "{etc}" in recipe.environment.values()
        assert files <= recipe.configuration.keys() | own


@each_recipe
def test_files_of_a_command_ask_for_roles_and_what_it_reads(recipe: Recipe) -> None:
    for command in recipe.commands:
        parsed = (part for text in command.files.values() for part in string.Formatter().parse(text))
        asked = {field for _, field, _, _ in parsed if field is not None}
        assert asked <= recipe.roles.keys() | command.reads.keys() | {"tables"}
        assert command.reads.keys() <= asked


@each_recipe
def test_online_commands_tell_again_from_stuck_and_the_image_is_asked_for_their_names(recipe: Recipe) -> None:
    online = [command for command in recipe.commands if command.kind is CommandKind.ONLINE]
    assert all(command.exits == ONLINE_EXITS and not command.moves for command in online)
    assert bool(online) == bool(recipe.asks.online) == bool(recipe.pending)


@each_recipe
def test_configuration_asks_for_roles_only(recipe: Recipe) -> None:
    parsed = (part for text in recipe.configuration.values() for part in string.Formatter().parse(text))
    assert {field for _, field, _, _ in parsed if field is not None} == recipe.roles.keys()


@each_recipe
def test_every_fact_says_where_it_was_found(recipe: Recipe) -> None:
    dumped = json.loads(recipe.model_dump_json())
    parts = [part for value in dumped.values() if isinstance(value, list) for part in value if isinstance(part, dict)]
    assert all(part["source"].strip() for part in parts)
    assert recipe.upgrade_check is None or recipe.upgrade_check.source
    assert recipe.read_back is None or recipe.read_back.source


@each_recipe
def test_what_is_read_back_is_what_the_script_reads(recipe: Recipe) -> None:
    assert recipe.read_back
    text = read_script(recipe.read_back.script)
    for entity, one in recipe.read_back.entities.items():
        assert f'"{entity}"' in text
        assert re.match(r"SELECT (id|.+ AS id) FROM ", one.ids)
        assert ";" not in one.ids
        assert one.role in recipe.roles


@each_recipe
def test_rules_name_commands_of_the_project_and_mends_exist(recipe: Recipe) -> None:
    names = {command.name for command in recipe.commands} | {"*"}
    for rule in recipe.rows:
        project, *rest = rule.step.split("/")
        assert project == recipe.project
        assert rest[-1].partition("@")[0] in names
    mends = {one.name for one in recipe.mends} | {f"{recipe.project}-online"}
    assert {blocker.mend for blocker in recipe.blockers if blocker.mend} <= mends


@each_recipe
def test_counts_are_single_statements_that_only_read(recipe: Recipe) -> None:
    counts = [*(blocker.count for blocker in recipe.blockers), *(pending.count for pending in recipe.pending)]
    for sql in counts:
        assert sql.startswith("SELECT ")
        assert ";" not in sql
        assert "\n" not in sql


def test_projects_wait_only_for_projects_that_have_a_recipe_and_never_for_each_other() -> None:
    for recipe in RECIPES.values():
        assert all(other in RECIPES and recipe.project not in RECIPES[other].after for other in recipe.after)


def test_no_project_can_be_taken_for_another_by_its_tables() -> None:
    signatures = {name: set(recipe.signature) for name, recipe in RECIPES.items()}
    for name, tables in signatures.items():
        assert all(not tables & others for other, others in signatures.items() if other != name)


def test_the_calendar_begins_at_pike_and_knows_every_slurp() -> None:
    assert next(iter(CALENDAR)).series == "pike"
    assert [release.series for release in CALENDAR if release.slurp] == list(LAB)


@each_recipe
def test_a_recipe_file_holds_to_the_published_schema(recipe: Recipe) -> None:
    root = Path(__file__).parents[3]
    schema = json.loads((root / "docs/schemas/recipe.json").read_text(encoding="utf-8"))
    data = yaml.safe_load((root / f"runner/recipes/{recipe.project}.yaml").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(json.dumps(data)), schema)
