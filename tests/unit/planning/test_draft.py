import itertools
from collections.abc import Sequence
from dataclasses import replace

import pytest

from runner.errors import BeyondTarget, ImageMissing, ImageNotDefined, MoveImpossible
from runner.planning.cloud import Database
from runner.planning.detection import Knowledge, Standing, detect, place
from runner.planning.draft import draft_fresh, draft_plan, find_stops, settle
from runner.planning.facts import DatabaseFacts
from runner.planning.plan import Plan
from runner.planning.recipe import CommandKind, Fact, Span
from runner.recipes import load_calendar, load_recipes
from tests.support.planning import CLOUD, IMAGES, KNOWLEDGE, RECIPES, drafted, found, standings

PLAN = drafted()


def wanting(plan: Plan, prefix: str) -> dict[str, str | None]:
    """Why each step of a project's hop is skipped; None where it runs."""
    return {step.id: step.skip for step in plan.steps if step.id.startswith(prefix)}


def test_each_project_takes_the_fewest_hops_from_where_it_stands() -> None:
    assert [(one.project, one.start, one.stops) for one in PLAN.journeys] == [
        ("keystone", "2023.1", ("2024.1", "2025.1")),
        ("nova", "2023.1", ("2024.1", "2025.1")),
        ("heat", "2023.1", ("2024.1", "2025.1")),
    ]
    assert PLAN.journeys[2].hops == (("2023.1", "2024.1"), ("2024.1", "2025.1"))


def test_projects_may_stand_at_different_releases() -> None:
    plan = drafted(found("keystone", "e2", "c2"), found("heat", legacy=["heat:86"]))
    assert [(one.start, one.stops) for one in plan.journeys] == [("2025.1", ()), ("zed", ("2023.1", "2024.1", "2025.1"))]
    assert not [step for step in plan.steps if step.project == "keystone"]
    assert set(plan.images) == {"2023.1", "2024.1", "2025.1"}


# -- what is skipped --------------------------------------------------------------------------------------------------


def test_a_schema_command_is_skipped_where_none_of_its_heads_moves() -> None:
    assert wanting(PLAN, "keystone/2024.1/") == {
        "keystone/2024.1/expand": None,
        "keystone/2024.1/migrate": None,
        "keystone/2024.1/contract": "its heads do not move from 2023.1 to 2024.1 (c1)",
    }
    assert wanting(PLAN, "keystone/2025.1/") == {
        "keystone/2025.1/expand": "its heads do not move from 2024.1 to 2025.1 (e2)",
        "keystone/2025.1/migrate": "its heads do not move from 2024.1 to 2025.1 (e2)",
        "keystone/2025.1/contract": None,
    }


def test_an_online_command_is_skipped_only_where_the_image_has_none() -> None:
    assert wanting(PLAN, "nova/2024.1/online") == {"nova/2024.1/online@cell0": None, "nova/2024.1/online@cell1": None}
    assert set(wanting(PLAN, "nova/2025.1/online").values()) == {"2025.1 has no online migrations"}


def test_an_online_command_runs_where_no_head_moves() -> None:
    images = KNOWLEDGE.manifests
    nova = images["2024.1"].projects["nova"]
    still = images["2025.1"].model_copy(update={"projects": {**images["2025.1"].projects, "nova": nova}})
    plan = drafted(*CLOUD[1:4], knowledge=replace(KNOWLEDGE, manifests={**images, "2025.1": still}))
    skipped = wanting(plan, "nova/2025.1/")
    assert skipped["nova/2025.1/sync@cell1"] == "its heads do not move from 2024.1 to 2025.1 (m2)"
    assert skipped["nova/2025.1/online@cell1"] is None


def test_a_command_that_names_no_head_is_never_skipped() -> None:
    keystone = RECIPES["keystone"]
    bare = tuple(command.model_copy(update={"moves": (), "serves": ()}) for command in keystone.commands)
    recipes = {**RECIPES, "keystone": keystone.model_copy(update={"commands": bare})}
    plan = drafted(CLOUD[0], knowledge=replace(KNOWLEDGE, recipes=recipes))
    assert not [step.id for step in plan.steps if step.skip]


def test_commands_run_only_in_the_releases_their_recipe_names() -> None:
    heat = RECIPES["heat"]
    until = heat.commands[0].releases.model_copy(update={"until": "2024.1"})
    (command,) = (heat.commands[0].model_copy(update={"releases": until}),)
    recipes = {**RECIPES, "heat": heat.model_copy(update={"commands": (command,)})}
    plan = drafted(CLOUD[0], CLOUD[4], knowledge=replace(KNOWLEDGE, recipes=recipes))
    assert [step.id for step in plan.steps if step.project == "heat"] == ["heat/2024.1/sync"]


# -- where each step finds its databases ------------------------------------------------------------------------------


def test_a_step_finds_what_the_step_before_left_from_the_start_to_the_end() -> None:
    stand = {database.id: database.starts for database in PLAN.databases}
    for step in PLAN.steps:
        assert step.finds == {name: stand[name] for name in step.writes}
        stand.update(step.expects)
    assert stand == {database.id: database.ends for database in PLAN.databases}


def test_each_release_leaves_every_database_at_the_heads_its_image_names() -> None:
    for series, manifest in KNOWLEDGE.manifests.items():
        for step in PLAN.steps:
            last = [other.id for other in PLAN.steps if other.end == series and other.project == step.project][-1:]
            for name in step.writes if [step.id] == last else ():
                chain = PLAN.database(name).chain
                assert set(step.expects[name]) == manifest.projects[step.project].chains[chain].position


def test_expand_moves_one_branch_and_leaves_the_other() -> None:
    expand = PLAN.step("keystone/2024.1/expand")
    assert (expand.finds, expand.expects) == ({"keystone": ("c1", "e1")}, {"keystone": ("c1", "e2")})
    assert expand.moves_heads


def test_a_database_that_changes_to_alembic_leaves_its_old_row_behind() -> None:
    sync = PLAN.step("heat/2024.1/sync")
    assert (sync.finds, sync.expects) == ({"heat": ("heat:86",)}, {"heat": ("h1",)})
    assert PLAN.step("heat/2025.1/sync").skip == "its heads do not move from 2024.1 to 2025.1 (h1)"


def test_an_online_step_expects_what_it_finds() -> None:
    online = PLAN.step("nova/2024.1/online@cell1")
    assert online.finds == online.expects == {"nova.api": ("a2",), "nova.cell1": ("m2",)}
    assert not online.moves_heads


# -- lanes and order --------------------------------------------------------------------------------------------------


def test_every_cell_has_a_lane_of_its_own_and_so_has_the_database_they_share() -> None:
    assert list(PLAN.lanes) == ["keystone", "nova.api", "nova.cell0", "nova.cell1", "heat"]
    assert [step.id for step in PLAN.lanes["nova.cell1"]][:2] == ["nova/2024.1/sync@cell1", "nova/2024.1/online@cell1"]


def test_a_step_for_one_cell_is_configured_with_that_cell_and_what_all_share() -> None:
    assert PLAN.step("nova/2024.1/sync@cell1").configuration == {"api": "nova.api", "cell": "nova.cell1"}
    assert PLAN.step("nova/2024.1/sync@cell1").writes == ("nova.cell1",)
    assert PLAN.step("nova/2024.1/api-sync").configuration == {"api": "nova.api", "cell": "nova.cell0"}


def test_cells_are_synced_side_by_side_after_the_database_they_share() -> None:
    for cell in ("cell0", "cell1"):
        assert PLAN.step(f"nova/2024.1/sync@{cell}").after == ("nova/2024.1/api-sync",)


def test_steps_that_write_the_same_database_follow_each_other() -> None:
    synced = ("nova/2024.1/sync@cell0", "nova/2024.1/sync@cell1")
    assert PLAN.step("nova/2024.1/online@cell0").after == synced
    assert PLAN.step("nova/2024.1/online@cell1").after == (*synced, "nova/2024.1/online@cell0")


def test_a_hop_begins_when_the_projects_hop_before_has_ended() -> None:
    assert PLAN.step("nova/2025.1/api-sync").after == ("nova/2024.1/online@cell0", "nova/2024.1/online@cell1")
    assert PLAN.step("keystone/2025.1/expand").after == ("keystone/2024.1/contract",)


def test_projects_do_not_wait_for_each_other() -> None:
    assert {(step.project, other.partition("/")[0]) for step in PLAN.steps for other in step.after} == {
        (name, name) for name in RECIPES
    }


def test_a_project_waits_for_the_one_its_recipe_names_at_the_same_release() -> None:
    recipes = {**RECIPES, "heat": RECIPES["heat"].model_copy(update={"after": ("nova",)})}
    plan = drafted(knowledge=replace(KNOWLEDGE, recipes=recipes))
    awaited = ("nova/2024.1/online@cell0", "nova/2024.1/online@cell1")
    assert plan.step("heat/2024.1/sync").after == awaited
    assert plan.step("heat/2025.1/sync").after[0] == "heat/2024.1/sync"
    assert {("heat/2024.1/sync", step) for step in awaited} <= set(plan.barriers)


def test_no_step_waits_for_one_that_comes_later_or_does_not_exist() -> None:
    known: set[str] = set()
    for step in PLAN.steps:
        assert set(step.after) <= known
        known.add(step.id)
    assert len(known) == len(PLAN.steps)


def test_what_a_step_does_is_what_the_recipe_says() -> None:
    online = PLAN.step("nova/2024.1/online@cell1")
    recipe = RECIPES["nova"].commands[2]
    assert (online.argv, online.exits, online.kind) == (recipe.argv, recipe.exits, CommandKind.ONLINE)
    assert online.uses_stored_urls
    assert (online.start, online.end, online.command) == ("2023.1", "2024.1", "online")


# -- refusals and images ----------------------------------------------------------------------------------------------


def test_only_the_images_on_the_way_belong_to_the_plan_in_their_order() -> None:
    assert list(PLAN.images.items()) == [(series, IMAGES[series]) for series in ("2024.1", "2025.1")]


def test_a_project_with_an_image_of_its_own_has_it_in_the_plan_after_its_releases() -> None:
    own = {"2024.1/heat": "sha256:heats", "2025.1/heat": "sha256:newer", "2025.1/trove": "sha256:nobodys"}
    plan = draft_plan(standings(*CLOUD), "2025.1", knowledge=KNOWLEDGE, defined=tuple(IMAGES), images={**own, **IMAGES})
    # Heat's heads are the same at 2025.1, and its hop goes there all the same.
    assert list(plan.images) == ["2024.1", "2024.1/heat", "2025.1", "2025.1/heat"]
    assert (plan.image_of("heat", "2024.1"), plan.image_of("nova", "2024.1")) == ("sha256:heats", IMAGES["2024.1"])
    assert plan.digest != PLAN.digest


def test_an_image_that_is_not_here_is_named_with_the_command_that_builds_it() -> None:
    with pytest.raises(ImageMissing, match=r"^the image of 2024\.1 and 2025\.1 is not here$") as refusal:
        draft_plan(standings(*CLOUD), "2025.1", knowledge=KNOWLEDGE, defined=tuple(IMAGES), images={})
    assert refusal.value.advice == "run `thing-a-me images build 2024.1 2025.1`"


def test_an_image_that_does_not_describe_itself_is_as_good_as_none() -> None:
    blind = replace(KNOWLEDGE, manifests={"2024.1": KNOWLEDGE.manifests["2024.1"]})
    with pytest.raises(ImageMissing, match=r"^the image of 2025\.1 is not here$"):
        draft_plan(standings(*CLOUD), "2025.1", knowledge=blind, defined=tuple(IMAGES), images=IMAGES)


def test_one_project_beyond_the_target_stops_the_whole_plan() -> None:
    with pytest.raises(BeyondTarget, match="keystone stands at"):
        drafted(*CLOUD[1:4], found("keystone", "e2", "c2"), target="2024.1")


def test_a_target_without_a_definition_is_refused() -> None:
    with pytest.raises(ImageNotDefined):
        drafted(target="2025.2")


def test_a_release_that_a_recipe_forbids_to_pass_over_makes_a_stop() -> None:
    stop = Fact(kind="must_stop", release="2023.2", why="w", source="s")
    recipes = {**RECIPES, "heat": RECIPES["heat"].model_copy(update={"facts": (stop,)})}
    manifests = {**KNOWLEDGE.manifests, "2023.2": KNOWLEDGE.manifests["2024.1"]}
    knowledge = replace(KNOWLEDGE, recipes=recipes, manifests=manifests)
    plan = draft_plan(
        standings(*CLOUD),
        "2025.1",
        knowledge=knowledge,
        defined=(*IMAGES, "2023.2"),
        images={**IMAGES, "2023.2": "sha256:bobcat"},
    )
    assert {one.project: one.stops for one in plan.journeys} == {
        "keystone": ("2024.1", "2025.1"),
        "nova": ("2024.1", "2025.1"),
        "heat": ("2023.2", "2024.1", "2025.1"),
    }


def test_an_image_that_is_not_to_have_a_project_is_passed_over_whether_it_is_here_or_not() -> None:
    """As glance's queens: no image has it, and none has to be built to know."""
    passing = Fact(kind="may_pass", release="2024.1", why="w", source="s")
    recipes = {**RECIPES, "heat": RECIPES["heat"].model_copy(update={"facts": (passing,)})}
    absent = {series: one for series, one in KNOWLEDGE.manifests.items() if series != "2024.1"}
    known = replace(KNOWLEDGE, recipes=recipes, manifests=absent)
    stops = {
        bool(lacking): find_stops("heat", "2023.1", "2025.1", knowledge=replace(known, lacking=lacking), defined=tuple(IMAGES))
        for lacking in ({}, {"2024.1": {"heat"}})
    }
    assert stops == {False: ("2024.1", "2025.1"), True: ("2025.1",)}


# -- a fresh install --------------------------------------------------------------------------------------------------


def test_a_fresh_install_runs_every_schema_command_from_nothing() -> None:
    plan = draft_fresh("nova", "2025.1", knowledge=KNOWLEDGE, image="sha256:x")
    assert [step.id for step in plan.steps] == ["nova/2025.1/api-sync", "nova/2025.1/sync@cell"]
    assert not [step for step in plan.steps if step.skip]
    assert [(one.schema_name, one.starts, one.ends) for one in plan.databases] == [
        ("nova_api", (), ("a2",)),
        ("nova_cell", (), ("m3",)),
    ]
    assert plan.steps[0].finds == {"nova.api": ()}


def test_a_fresh_install_of_branches_ends_at_both_heads() -> None:
    (keystone,) = draft_fresh("keystone", "2024.1", knowledge=KNOWLEDGE, image="sha256:x").databases
    assert keystone.ends == ("c1", "e2")


# -- where projects set out -------------------------------------------------------------------------------------------

NARROW = ("2024.1", "2025.1")
"""No image of 2023.1: from zed, nothing is permitted."""


def settled(*facts: DatabaseFacts, defined: Sequence[str], knowledge: Knowledge = KNOWLEDGE) -> dict[str, tuple[str, str]]:
    """Release and reason of each project, bound for 2025.1."""
    placed = settle(standings(*facts), "2025.1", knowledge=knowledge, defined=defined)
    return {one.project: (one.release, one.why) for one in placed}


HALF_WAY = found("keystone", "e2", "c1"), found("nova.api", "a2"), found("nova.cell1", "m2"), found("heat", legacy=["heat:86"])
"""A chain that stopped with keystone and nova at 2024.1: heat was at 2023.1, but its rows fit zed too."""


def test_a_project_that_the_others_left_behind_sets_out_from_the_oldest_release_with_a_way() -> None:
    assert {one.project: one.release for one in standings(*HALF_WAY)}["heat"] == "zed"
    assert settled(*HALF_WAY, defined=NARROW)["heat"] == (
        "2023.1",
        "its version rows fit zed, 2023.1; no way to 2025.1 leads from zed, and 2023.1 is the oldest that has one",
    )


def test_where_a_way_leads_from_every_projects_release_nothing_is_settled_anew() -> None:
    for facts in (CLOUD, HALF_WAY):
        placed = standings(*facts)
        assert settle(placed, "2025.1", knowledge=KNOWLEDGE, defined=tuple(IMAGES)) == placed


def test_what_is_settled_can_be_drafted_and_its_reason_is_in_the_plan() -> None:
    placed = settle(standings(*HALF_WAY), "2025.1", knowledge=KNOWLEDGE, defined=NARROW)
    plan = draft_plan(placed, "2025.1", knowledge=KNOWLEDGE, defined=NARROW, images=IMAGES)
    assert [(one.project, one.start, one.stops, one.why) for one in plan.journeys] == [
        ("keystone", "2024.1", ("2025.1",), placed[0].why),
        ("nova", "2024.1", ("2025.1",), placed[1].why),
        ("heat", "2023.1", ("2024.1", "2025.1"), placed[2].why),
    ]
    assert wanting(plan, "heat/2024.1/") == {"heat/2024.1/sync": None}


def test_a_recipes_floors_and_stops_count_where_a_start_is_settled() -> None:
    floor = Fact(kind="floor", release="2023.1", releases=Span(since="2023.1", until="2023.1"), why="w", source="s")
    stop = Fact(kind="must_stop", release="2023.1", why="w", source="s")
    floored, stopped = (
        replace(KNOWLEDGE, recipes={**RECIPES, "heat": RECIPES["heat"].model_copy(update={"facts": facts})})
        for facts in ((floor,), (floor, stop))
    )
    assert settled(*HALF_WAY, defined=tuple(IMAGES), knowledge=floored)["heat"][0] == "2023.1"
    with pytest.raises(MoveImpossible, match=r"from zed .*; its version rows also fit 2023\.1, which will not do"):
        settled(*HALF_WAY, defined=tuple(IMAGES), knowledge=stopped)


REAL = Knowledge(load_recipes(), load_calendar(), {})
DEFINED = ("2023.1", "2024.1", "2025.1", "2026.1")


LEFT = ("keystone", "placement", "heat", "neutron")


def left_at(project: str, series: str) -> Standing:
    """One database of a project as a release leaves it, by the real recipe."""
    recipe = REAL.recipes[project]
    rows = recipe.heads[series][next(iter(recipe.chains))]
    legacy = frozenset(row for row in rows if ":" in row)
    one = Database(project, next(iter(recipe.roles)), project, project)
    return detect(DatabaseFacts(one, True, frozenset(recipe.signature), frozenset(rows) - legacy, legacy), REAL)


def test_wherever_a_chain_over_the_defined_releases_stopped_a_new_plan_has_a_way() -> None:
    """Real version rows of four projects, each left at any release before the target: 81 clouds."""
    for split in itertools.product(DEFINED[:-1], repeat=len(LEFT)):
        stopped = [left_at(project, series) for project, series in zip(LEFT, split, strict=True)]
        placed = settle(place(stopped, REAL.calendar), DEFINED[-1], knowledge=REAL, defined=DEFINED)
        # Neither BeyondTarget nor MoveImpossible: all that is missing are the images.
        with pytest.raises(ImageMissing):
            draft_plan(placed, DEFINED[-1], knowledge=REAL, defined=DEFINED, images={})
