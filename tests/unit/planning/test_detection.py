import itertools
import re
from dataclasses import replace

import pytest

from runner.errors import (
    CellsDisagree,
    CrossCheckFailed,
    HalfMovedHeads,
    MixedSchema,
    NoVersionTable,
    SchemaMissing,
    ThingAMeError,
    UnknownRevision,
)
from runner.planning.detection import Knowledge, Standing, detect, place
from runner.planning.facts import DatabaseFacts
from runner.recipes import load_calendar, load_recipes
from tests.support.planning import BARE, CALENDAR, CLOUD, KNOWLEDGE, database, found, standings

REAL = Knowledge(load_recipes(), load_calendar(), {})


def test_a_database_stands_where_its_version_rows_say() -> None:
    standing = detect(found("keystone", "c1", "e2"), BARE)
    assert standing.releases == ("2024.1",)
    assert standing.heads == {"e2", "c1"}


def test_heads_that_several_releases_share_give_several_candidates_oldest_first() -> None:
    assert detect(found("heat", "h1"), BARE).releases == ("2024.1", "2025.1")
    assert detect(found("heat", legacy=["heat:86"]), BARE).releases == ("zed", "2023.1")


def test_alembic_rows_count_where_an_older_table_stayed_behind() -> None:
    assert detect(found("heat", "h1", legacy=["heat:86"]), BARE).releases == ("2024.1", "2025.1")


def test_rows_of_a_repository_that_is_not_the_chains_own_do_not_count() -> None:
    standing = detect(found("heat", legacy=["heat:86", "nova_api:67"]), BARE)
    assert standing.heads == {"heat:86"}


def test_the_databases_of_one_project_are_told_apart_by_their_chains() -> None:
    assert detect(found("nova.api", "a1"), BARE).releases == ("2023.1",)
    with pytest.raises(UnknownRevision) as trouble:
        detect(found("nova.api", "m1"), BARE)
    assert trouble.value.advice == "is 'nova_api' the schema of another role? see `databases` in cloud.yaml"


def test_what_an_image_says_of_itself_counts_beside_the_recipe() -> None:
    forked = replace(KNOWLEDGE, manifests={"2024.2": KNOWLEDGE.manifests["2025.1"]})
    assert detect(found("keystone", "e2", "c2"), forked).releases == ("2024.2", "2025.1")


TROUBLES: list[tuple[DatabaseFacts, type[ThingAMeError], str]] = [
    (DatabaseFacts(database("heat"), exists=False), SchemaMissing, "heat: there is no schema 'heat' on the server"),
    (
        found("heat", tables=["stack_lock"]),
        NoVersionTable,
        "heat: schema 'heat' says nothing of its release: there is no alembic_version",
    ),
    (
        found("heat", tables=["stack_lock", "alembic_version"]),
        NoVersionTable,
        "heat: schema 'heat' says nothing of its release: alembic_version is empty",
    ),
    (found("nova.cell1", "fork"), UnknownRevision, "nova.cell1: no release we know has revision fork"),
    (found("nova.cell1", "a1"), UnknownRevision, "nova.cell1: revision a1 is of nova's chain api, not of main"),
    (found("nova.api", "m1", "fork"), UnknownRevision, "nova.api: no release we know has revision fork, m1"),
    (found("keystone", "e2", "fork"), UnknownRevision, "keystone: no release we know has revision fork"),
    (
        found("keystone", "e2", "c0"),
        HalfMovedHeads,
        "keystone: its version rows fit no release: c0 (first in zed), e2 (first in 2024.1)",
    ),
    (found("keystone", "e2"), HalfMovedHeads, "keystone: its version rows fit no release: e2 (first in 2024.1)"),
    (
        found("heat", "h1", tables=["alembic_version", "stack_lock", "id_mapping", "nonlocal_user"]),
        MixedSchema,
        "heat: 'heat' holds the tables of heat and of keystone",
    ),
    (
        found("heat", "h1", tables=["alembic_version", "id_mapping", "nonlocal_user"]),
        CrossCheckFailed,
        "heat: 'heat' holds keystone's tables, not heat's",
    ),
    (
        found("nova.cell1", "m1", services=[66, 67]),
        CrossCheckFailed,
        "nova.cell1: its version rows say 2023.1, but a service of 2024.1 (version 67) reported to it",
    ),
    (
        found("nova.cell1", "m3", services=[99]),
        CrossCheckFailed,
        "nova.cell1: its version rows say 2025.1, but a service of no known release (version 99) reported to it",
    ),
]


@pytest.mark.parametrize(("facts", "kind", "message"), TROUBLES)
def test_what_stands_nowhere_is_said_and_never_guessed(facts: DatabaseFacts, kind: type[ThingAMeError], message: str) -> None:
    with pytest.raises(kind, match=f"^{re.escape(message)}$") as trouble:
        detect(facts, BARE)
    assert type(trouble.value) is kind


def test_a_revision_between_two_releases_is_told_from_an_unknown_one_where_an_image_knows_it() -> None:
    with pytest.raises(UnknownRevision):
        detect(found("nova.cell1", "m0"), BARE)
    with pytest.raises(HalfMovedHeads, match=r"m0 \(first in 2023\.1\)"):
        detect(found("nova.cell1", "m0"), KNOWLEDGE)


def test_one_table_of_another_project_is_not_that_project() -> None:
    shared = found("heat", "h1", tables=["alembic_version", "stack_lock", "id_mapping"])
    assert detect(shared, BARE).releases == ("2024.1", "2025.1")


def test_an_older_service_is_no_contradiction() -> None:
    assert detect(found("nova.cell1", "m2", services=[66, 67]), BARE).releases == ("2024.1",)


@pytest.mark.parametrize("project", sorted(REAL.recipes))
def test_every_release_of_every_real_recipe_is_found_again(project: str) -> None:
    recipe = REAL.recipes[project]
    for series, chains in recipe.heads.items():
        for role, kind in recipe.roles.items():
            if not (rows := chains.get(kind.chain)):
                assert kind.optional
                continue
            legacy = [row for row in rows if ":" in row]
            one = replace(database("heat"), project=project, role=role)
            facts = DatabaseFacts(one, True, recipe.signature_of(role), frozenset(set(rows) - set(legacy)), frozenset(legacy))
            assert series in detect(facts, REAL).releases


# -- place ------------------------------------------------------------------------------------------------------------


def test_of_several_candidates_the_release_is_taken_that_the_cloud_is_at() -> None:
    placed = {one.project: one for one in standings(*CLOUD)}
    assert {one.release for one in placed.values()} == {"2023.1"}
    assert placed["heat"].candidates == ("zed", "2023.1")
    assert placed["heat"].why == "its version rows fit zed, 2023.1; the cloud is at 2023.1"
    assert placed["nova"].why == "its version rows are of this release alone"


def test_where_the_clouds_release_is_no_candidate_the_oldest_is_taken() -> None:
    (*_, heat) = standings(
        found("keystone", "e1", "c1"), found("nova.api", "a1"), found("nova.cell1", "m1"), found("heat", "h1")
    )
    assert heat.release == "2024.1"
    assert heat.why == "its version rows fit 2024.1, 2025.1; the oldest, so that nothing is skipped"


def test_a_cloud_is_where_its_slowest_project_surely_is() -> None:
    far = [found("nova.api", "a2"), found("nova.cell1", "m2")]
    behind = found("keystone", "e1", "c1")
    placed = {one.project: one.release for one in standings(*far, behind, found("heat", "h1"))}
    assert placed == {"nova": "2024.1", "keystone": "2023.1", "heat": "2024.1"}
    alone = {one.project: one.release for one in standings(*far, found("heat", legacy=["heat:86"]))}
    assert alone["heat"] == "zed", "older than every candidate: the oldest"


def test_no_project_is_taken_to_be_later_than_another_can_be_at_the_latest() -> None:
    """Cinder's and placement's rows fit 2026.1, where neutron went alone, but keystone's and heat's do not."""
    cloud = {
        "neutron": ("2026.1",),
        "nova": ("2025.1", "2025.2", "2026.1"),
        "keystone": ("2024.1", "2024.2", "2025.1"),
        "heat": ("2023.2", "2024.1", "2024.2", "2025.1", "2025.2"),
        "cinder": ("2024.1", "2024.2", "2025.1", "2025.2", "2026.1", "2026.2"),
        "placement": ("2023.2", "2024.1", "2024.2", "2025.1", "2025.2", "2026.1", "2026.2"),
    }  # as in the recipes
    detected = [
        Standing(replace(database("heat"), project=project, role=project, member=project), frozenset({project}), releases)
        for project, releases in cloud.items()
    ]
    placed = {one.project: one for one in place(detected, load_calendar())}
    assert placed.pop("neutron").release == "2026.1"
    assert {one.release for one in placed.values()} == {"2025.1"}
    assert placed["cinder"].why.endswith("; the cloud is at 2025.1")


def test_of_equally_many_votes_the_oldest_release_counts() -> None:
    (heat,) = standings(found("heat", "h1"))
    assert heat.release == "2024.1"


def test_the_order_in_which_databases_are_asked_changes_no_answer() -> None:
    answers = {
        tuple(sorted((one.project, one.release, one.why) for one in standings(*order)))
        for order in itertools.permutations(CLOUD)
    }
    assert len(answers) == 1


def test_cells_that_disagree_are_both_named() -> None:
    facts = found("nova.api", "a2"), found("nova.cell0", "m2"), found("nova.cell1", "m1")
    with pytest.raises(CellsDisagree, match=r"^nova: nova\.cell0 is at 2024\.1, nova\.cell1 is at 2023\.1$"):
        standings(*facts)


def test_databases_of_one_project_that_no_release_unites_are_all_named() -> None:
    facts = found("nova.api", "a1"), found("nova.cell0", "m2")
    with pytest.raises(CellsDisagree, match=r"^nova: no release fits all .*: nova\.api at 2023\.1; nova\.cell0 at 2024\.1$"):
        standings(*facts)


def test_a_project_stands_where_all_of_its_databases_can_be() -> None:
    (nova,) = standings(found("nova.api", "a2"), found("nova.cell0", "m3"))
    assert nova.candidates == ("2025.1",)
    assert [one.database.id for one in nova.databases] == ["nova.api", "nova.cell0"]


def test_placing_needs_nothing_but_standings_and_the_calendar() -> None:
    detected = [detect(one, KNOWLEDGE) for one in CLOUD]
    assert place(detected, CALENDAR) == standings(*CLOUD)


APART = found("nova.api", "a2"), found("nova.cell0", "m2"), found("nova.cell1", "m1")


def test_only_the_projects_that_are_asked_for_are_placed_by_the_votes_of_all() -> None:
    detected = [detect(one, KNOWLEDGE) for one in CLOUD]
    (heat,) = place(detected, CALENDAR, projects=["heat"])
    assert (heat,) == place(detected, CALENDAR)[-1:]
    assert heat.release == "2023.1"


def test_databases_that_disagree_are_no_matter_to_another_project_and_have_no_vote() -> None:
    detected = [detect(one, KNOWLEDGE) for one in (*APART, found("heat", "h1"), found("keystone", "e2", "c2"))]
    (heat,) = place(detected, CALENDAR, projects=["heat"])
    assert heat.release == "2025.1"
    with pytest.raises(CellsDisagree):
        place(detected, CALENDAR, projects=["heat", "nova"])
    with pytest.raises(CellsDisagree):
        place(detected, CALENDAR)


def test_where_somebody_knows_where_the_cloud_is_its_rows_have_to_fit() -> None:
    heat = [detect(found("heat", legacy=["heat:86"]), KNOWLEDGE)]
    assert [one.release for one in place(heat, CALENDAR, known="2023.1")] == ["2023.1"]
    with pytest.raises(CrossCheckFailed, match=r"at 2025[.]2, and no project.*: heat at zed or"):
        place(heat, CALENDAR, known="2025.2")
