"""Every step is in one leg, and the legs together are the plan."""

from runner.planning.legs import cut, until
from tests.support.planning import CALENDAR, drafted

PLAN = drafted()
LEGS = cut(PLAN, CALENDAR)


def test_legs_are_the_releases_of_the_steps_in_order() -> None:
    assert [leg.release for leg in LEGS] == ["2024.1", "2025.1"]


def test_every_step_is_in_the_leg_it_ends_at() -> None:
    assert sorted(step.id for leg in LEGS for step in leg.plan.steps) == sorted(step.id for step in PLAN.steps)
    assert all(step.end == leg.release for leg in LEGS for step in leg.plan.steps)


def test_a_leg_waits_for_nothing_outside() -> None:
    for leg in LEGS:
        names = {step.id for step in leg.plan.steps}
        assert all(set(step.after) <= names for step in leg.plan.steps)
        kept = {step.id: set(PLAN.step(step.id).after) & names for step in leg.plan.steps}
        assert {step.id: set(step.after) for step in leg.plan.steps} == kept


def test_a_legs_databases_are_those_that_arrive() -> None:
    assert set(LEGS[-1].databases) == {database.id for database in PLAN.databases}


def test_what_leads_to_a_release_has_its_images_and_those_of_projects_apart() -> None:
    apart = {f"{release}/heat": f"sha256:heat-of-{release}" for release in PLAN.images}
    plan = PLAN.model_copy(update={"images": {**PLAN.images, **apart}})
    assert set(until(plan, "2024.1", CALENDAR).images) == {"2024.1", "2024.1/heat"}
