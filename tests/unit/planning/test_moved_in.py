"""A project whose tables another one's database has kept until a release whose commands move them out."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from runner.documents import parse
from runner.errors import MoveImpossible, NoVersionTable
from runner.planning.cloud import Database
from runner.planning.detection import Knowledge, ProjectStanding, demand_kept, detect, place
from runner.planning.draft import draft_fresh, draft_plan, settle
from runner.planning.facts import DatabaseFacts
from runner.planning.plan import Plan
from runner.planning.recipe import Recipe
from runner.proofs import rows
from runner.proofs.question import Question
from tests.support.engines import MemoryEngine, memory_site, starting_rows
from tests.support.planning import CALENDAR, CLOUD, IMAGES, MANIFESTS, RECIPES, chain, found

PLACEMENT = """
project: placement
package: placement
roles: {placement: {chain: main}}
chains: {main: {alembic: placement/alembic}}
configuration: {placement.conf: "connection = {placement}"}
moved_in: {kept_in: nova.api, at: "2024.1", tables: [traits, users], source: s}
commands:
- {name: move-in, kind: move-in, argv: [python, "{etc}/move_in.py"], writes: [placement], reads: {nova_api: nova.api},
   releases: {until: "2024.1"}, files: {move_in.py: "from {nova_api} to {placement}: {tables}"}, source: s}
- {name: sync, kind: schema, argv: [placement-manage, sync], writes: [placement], moves: [main], source: s}
signature: [consumer_types]
heads:
  "2024.1": {main: [p1]}
  "2025.1": {main: [p2]}
"""
TOYS = {**RECIPES, "placement": parse(Recipe, PLACEMENT, origin="recipe")}
OWN = {"2024.1": chain("p1"), "2025.1": chain("p1", "p2")}
KNOWLEDGE = Knowledge(
    TOYS,
    CALENDAR,
    {
        series: one.model_copy(
            update={
                "projects": one.projects
                | (
                    {"placement": one.projects["heat"].model_copy(update={"chains": {"main": OWN[series]}})}
                    if series in OWN
                    else {}
                )
            }
        )
        for series, one in MANIFESTS.items()
    },
)
DATABASE = Database("placement", "placement", "placement", "placement")
EMPTY = DatabaseFacts(DATABASE, True, frozenset(), alembic=frozenset(), legacy=frozenset(), service_versions=())


def standings(*facts: DatabaseFacts, target: str = "2025.1") -> tuple[ProjectStanding, ...]:
    placed = place([detect(one, KNOWLEDGE) for one in facts], CALENDAR)
    return settle(placed, target, knowledge=KNOWLEDGE, defined=tuple(IMAGES))


def drafted(*facts: DatabaseFacts) -> Plan:
    return draft_plan(standings(*facts), "2025.1", knowledge=KNOWLEDGE, defined=tuple(IMAGES), images=IMAGES)


PLAN = drafted(*CLOUD, EMPTY)


def test_an_empty_schema_stands_before_the_release_that_moves_its_tables_in() -> None:
    standing = detect(EMPTY, KNOWLEDGE)
    assert (standing.heads, standing.releases) == (frozenset(), ("zed", "2023.1", "2023.2"))


def test_one_with_tables_and_no_version_rows_is_half_done_and_refused() -> None:
    with pytest.raises(NoVersionTable, match="says nothing of its release"):
        detect(replace(EMPTY, tables=frozenset({"traits"})), KNOWLEDGE)


def test_an_empty_schema_does_not_say_where_the_cloud_is() -> None:
    placed = place([detect(one, KNOWLEDGE) for one in (*CLOUD, EMPTY)], CALENDAR)
    assert {one.project: one.release for one in placed}["heat"] == "2023.1"


def test_what_an_empty_schema_is_to_get_has_to_be_kept_still() -> None:
    demand_kept([detect(one, KNOWLEDGE) for one in (*CLOUD, EMPTY)], KNOWLEDGE)
    with pytest.raises(NoVersionTable, match=r"nova\.api, .*, is not in cloud\.yaml"):
        demand_kept([detect(EMPTY, KNOWLEDGE)], KNOWLEDGE)


def test_it_is_refused_where_its_keeper_is_beyond_the_release_that_moves_it_in() -> None:
    moved_in = TOYS["placement"].moved_in
    assert moved_in
    earlier = TOYS["placement"].model_copy(update={"moved_in": moved_in.model_copy(update={"at": "2023.1"})})
    knowledge = replace(KNOWLEDGE, recipes={**TOYS, "placement": earlier})
    with pytest.raises(NoVersionTable, match=r"nova\.api stands at 2024\.1: after 2023\.1 nobody writes"):
        demand_kept([detect(one, knowledge) for one in (found("nova.api", "a2"), EMPTY)], knowledge)


def test_it_is_moved_in_when_its_keeper_is_at_the_release_and_the_keeper_goes_on_after_that() -> None:
    assert [step.id for step in PLAN.steps if step.project == "placement"] == [
        "placement/2024.1/move-in",
        "placement/2024.1/sync",
        "placement/2025.1/sync",
    ]
    move_in = PLAN.step("placement/2024.1/move-in")
    assert set(move_in.after) == {"nova/2024.1/online@cell0", "nova/2024.1/online@cell1"}
    assert "placement/2024.1/move-in" in PLAN.step("nova/2025.1/api-sync").after
    assert "placement/2024.1/move-in" not in PLAN.step("nova/2024.1/api-sync").after


def test_its_step_is_told_where_to_read_and_its_account_may() -> None:
    assert PLAN.step("placement/2024.1/move-in").configuration == {"placement": "placement", "nova_api": "nova.api"}
    assert PLAN.read_by("placement") == ("nova_api",)
    assert PLAN.read_by("nova") == ()


def test_a_plan_that_leaves_its_keeper_out_is_refused() -> None:
    with pytest.raises(MoveImpossible, match=r"moved out of nova\.api") as refusal:
        drafted(CLOUD[0], EMPTY)
    assert "--project nova" in refusal.value.advice


def test_a_new_installation_takes_nothing_over() -> None:
    fresh = draft_fresh("placement", "2024.1", knowledge=KNOWLEDGE, image="image")
    assert [step.command for step in fresh.steps] == ["sync"]


def compared(after: Mapping[str, int]) -> bool | None:
    before = {("nova_api", "traits"): 3, ("nova_api", "users"): 1, ("nova_api", "flavors"): 9}
    question = Question(
        plan=PLAN,
        recipes=TOYS,
        calendar=CALENDAR,
        server=memory_site(PLAN, MemoryEngine(PLAN, starting_rows(PLAN))).server,
        before=before,
        after={("placement", table): count for table, count in after.items()},
        exit_codes={},
        fresh={},
    )
    return next(one.holds for one in rows.give(question) if one.subject == "placement")


def test_every_row_that_its_keeper_had_of_its_tables_has_to_be_there() -> None:
    assert compared({"traits": 3, "users": 1})
    assert compared({"traits": 3, "users": 0}) is False
    assert compared({}) is False
