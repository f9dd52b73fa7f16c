import json
from enum import StrEnum
from typing import Any

import pytest

from runner.documents import parse
from runner.planning.asked import ExitMeaning
from runner.planning.detection import Knowledge
from runner.planning.plan import Plan, PlanFile
from tests.support.planning import CLOUD, KNOWLEDGE, drafted, found

PLAN = drafted()
PARTS = {"steps": PLAN.steps[0], "databases": PLAN.databases[0], "journeys": PLAN.journeys[0]}


def changed(value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, StrEnum):
        return next(other for other in type(value) if other != value)
    if isinstance(value, tuple):
        return (*value, "changed") if all(isinstance(one, str) for one in value) else value[:-1]
    if isinstance(value, dict):
        return {**value, **({99: ExitMeaning.STUCK} if 0 in value else {"changed": next(iter(value.values()))})}
    return f"{value} changed"


@pytest.mark.parametrize("field", sorted(set(Plan.model_fields) - {"format"}))
def test_every_field_of_the_plan_counts_for_its_digest(field: str) -> None:
    assert PLAN.model_copy(update={field: changed(getattr(PLAN, field))}).digest != PLAN.digest


@pytest.mark.parametrize(("part", "field"), [(part, field) for part, one in PARTS.items() for field in type(one).model_fields])
def test_every_field_of_its_parts_counts_for_the_digest(part: str, field: str) -> None:
    other = PARTS[part].model_copy(update={field: changed(getattr(PARTS[part], field))})
    rest = getattr(PLAN, part)[1:]
    assert PLAN.model_copy(update={part: (other, *rest)}).digest != PLAN.digest


def test_the_order_of_the_steps_counts_for_the_digest() -> None:
    assert PLAN.model_copy(update={"steps": PLAN.steps[::-1]}).digest != PLAN.digest


def test_the_same_cloud_gives_the_same_digest() -> None:
    assert drafted().digest == PLAN.digest
    assert PLAN.digest.startswith("sha256:")


def test_the_order_in_which_recipes_and_images_were_read_changes_no_digest() -> None:
    backwards = Knowledge(
        dict(reversed(list(KNOWLEDGE.recipes.items()))), KNOWLEDGE.calendar, dict(reversed(list(KNOWLEDGE.manifests.items())))
    )
    assert drafted(knowledge=backwards).digest == PLAN.digest


def test_plans_that_are_equal_have_equal_digests() -> None:
    other = PLAN.model_copy(update={"images": dict(reversed(PLAN.images.items()))})
    assert other == PLAN
    assert other.digest == PLAN.digest


@pytest.mark.parametrize("indent", [None, 1])
def test_a_plan_survives_its_file(indent: int | None) -> None:
    text = PlanFile(digest=PLAN.digest, plan=PLAN).model_dump_json(indent=indent)
    read = parse(PlanFile, text, origin="plan.json")
    assert read.plan == PLAN
    assert read.plan.digest == read.digest
    assert parse(PlanFile, json.dumps(json.loads(text), sort_keys=True), origin="plan.json").plan == PLAN


def test_lanes_hold_every_step_once_in_the_plans_order() -> None:
    for name, steps in PLAN.lanes.items():
        assert {step.lane for step in steps} == {name}
        assert list(steps) == [step for step in PLAN.steps if step.lane == name]
    assert sum(len(steps) for steps in PLAN.lanes.values()) == len(PLAN.steps)


def test_a_barrier_is_a_wait_for_another_lane() -> None:
    assert ("nova/2024.1/sync@cell1", "nova/2024.1/api-sync") in PLAN.barriers
    assert ("keystone/2024.1/contract", "keystone/2024.1/migrate") not in PLAN.barriers


def test_to_run_leaves_out_what_is_skipped() -> None:
    assert len(PLAN.to_run) == len([step for step in PLAN.steps if not step.skip]) < len(PLAN.steps)


def test_steps_and_databases_are_found_by_their_ids() -> None:
    assert PLAN.step("heat/2024.1/sync").project == "heat"
    assert PLAN.database("nova.cell1").schema_name == "nova_cell1"


def test_the_databases_of_a_project_that_is_at_the_target_already_do_not_move() -> None:
    ahead = drafted(found("keystone", "e2", "c2"), *CLOUD[1:])
    assert [one.id for one in PLAN.moving] == [one.id for one in PLAN.databases]
    assert [one.id for one in ahead.moving] == [one.id for one in ahead.databases if one.project != "keystone"]


def test_a_step_waits_behind_another_directly_or_through_others_in_whatever_order_they_were_planned() -> None:
    backwards = PLAN.model_copy(update={"steps": PLAN.steps[::-1]})
    for step in PLAN.steps:
        assert PLAN.waiting_behind(step) == backwards.waiting_behind(step)
    # Before it can begin at 2025.1 it has to end at 2024.1; what is skipped does not count.
    assert PLAN.waiting_behind(PLAN.step("nova/2024.1/api-sync")) == len(
        [step for step in PLAN.to_run if step.project == "nova" and step.id != "nova/2024.1/api-sync"]
    )
    assert PLAN.waiting_behind(PLAN.step("heat/2025.1/sync")) == 0


def test_the_step_that_most_others_wait_for_goes_first_and_of_several_the_one_planned_first() -> None:
    inline = sorted(PLAN.steps, key=lambda step: PLAN.precedence[step.id])
    places = {step.id: place for place, step in enumerate(PLAN.steps)}
    assert inline == sorted(PLAN.steps, key=lambda step: (-PLAN.waiting_behind(step), places[step.id]))
    assert sorted(PLAN.precedence.values()) == list(range(len(PLAN.steps)))
