"""A checkpoint is good while what led there is what would be done now; what comes after it may change."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from runner.planning.asked import Entity, ReadBack
from runner.planning.checkpoint import Checkpoint, find_departures, read_grounds
from runner.planning.plan import Plan
from runner.planning.recipe import Recipe, StoredUrl
from runner.planning.rules import DifferenceRule
from runner.planning.snapshot import StoredFile
from tests.support.planning import CALENDAR, IMAGES, RECIPES, drafted

PLAN = drafted()
AT = "2024.1"
RULE = DifferenceRule(kind="index-extra", table="stack", why="w", source="s")
URL = StoredUrl(role="heat", table="t", name_column="n", column="c", source="s")
READ = ReadBack(script="s.py", entities={"stacks": Entity(role="heat", ids="SELECT id FROM stack")}, source="s")
KNOWN = RECIPES | {"heat": RECIPES["heat"].model_copy(update={"differences": (RULE,), "read_back": READ})}
CHECKPOINT = Checkpoint(
    snapshot="20261119-210000-abcd",
    run="20261119-220000-efgh",
    release=AT,
    target=PLAN.target,
    plan=PLAN.digest,
    images={AT: IMAGES[AT]},
    grounds={project: read_grounds(recipe) for project, recipe in KNOWN.items()},
    server_version="10.11.6-MariaDB",
    way="plain",
    data=(StoredFile(name="ibdata1", size=1, sha256="d"),),
    made_at=datetime(2026, 11, 19, 23, 0, tzinfo=UTC),
)


def departures(*, now: Plan = PLAN, before: Plan = PLAN, recipes: Mapping[str, Recipe] = KNOWN) -> tuple[str, ...]:
    return find_departures(CHECKPOINT, before, now, recipes, CALENDAR)


def with_step(end: str, **changes: Any) -> Plan:
    """The plan with its first step of a hop changed."""
    first = next(step for step in PLAN.steps if step.end == end)
    steps = (step.model_copy(update=changes) if step is first else step for step in PLAN.steps)
    return PLAN.model_copy(update={"steps": tuple(steps)})


def with_image(series: str) -> Plan:
    return PLAN.model_copy(update={"images": PLAN.images | {series: "sha256:new"}})


def with_recipe(**changes: Any) -> dict[str, Recipe]:
    return {**KNOWN, "heat": KNOWN["heat"].model_copy(update=changes)}


def renamed(plan: Plan) -> Plan:
    first, *rest = plan.databases
    return plan.model_copy(update={"databases": (first.model_copy(update={"schema_name": "other"}), *rest)})


def narrowed(plan: Plan) -> Plan:
    kept = tuple(one for one in plan.databases if one.project != "heat")
    return plan.model_copy(update={"databases": kept, "steps": tuple(one for one in plan.steps if one.project != "heat")})


def test_what_is_as_it_was_is_good() -> None:
    assert departures() == ()


LATER: tuple[Callable[[], tuple[str, ...]], ...] = (
    lambda: departures(now=with_step("2025.1", argv=("another",))),
    lambda: departures(now=with_image("2025.1")),
    lambda: departures(recipes=with_recipe(differences=(RULE, RULE.model_copy(update={"table": "another"})))),
    lambda: departures(recipes=with_recipe(blockers=(), facts=(), rows=(), pending=())),
    lambda: departures(recipes=with_recipe(read_back=READ.model_copy(update={"script": "other.py"}))),
)


@pytest.mark.parametrize("case", LATER)
def test_what_comes_after_it_may_change(case: Callable[[], tuple[str, ...]]) -> None:
    assert case() == ()


EARLIER: tuple[tuple[str, Callable[[], tuple[str, ...]]], ...] = (
    (f"the image of {AT} is sha256:new, was {IMAGES[AT]}", lambda: departures(now=with_image(AT))),
    (f"step {PLAN.steps[0].id} is not the same", lambda: departures(now=with_step(AT, argv=("another",)))),
    ("database keystone: its schema is other, was keystone", lambda: departures(now=renamed(PLAN))),
    ("database heat is gone", lambda: departures(now=narrowed(PLAN))),
    (
        "in the recipe of heat, configuration: not what was rehearsed",
        lambda: departures(recipes=with_recipe(configuration={"heat.conf": "x"})),
    ),
    (
        "in the recipe of heat, environment: not what was rehearsed",
        lambda: departures(recipes=with_recipe(environment={"A": "b"})),
    ),
    (
        "in the recipe of heat, stored URLs: not what was rehearsed",
        lambda: departures(recipes=with_recipe(stored_urls=(URL,))),
    ),
    (
        "in the recipe of heat, ids to read back: not what was rehearsed",
        lambda: departures(recipes=with_recipe(read_back=None)),
    ),
    (
        "in the recipe of heat, rule for index-extra stack *: not what was rehearsed",
        lambda: departures(recipes=with_recipe(differences=())),
    ),
    ("in the recipe of heat, configuration: not", lambda: departures(recipes={**RECIPES, "heat": RECIPES["nova"]})),
    (
        f"the plan of run {CHECKPOINT.run} was changed after it was rehearsed",
        lambda: departures(before=with_image("2025.1"), now=with_image("2025.1")),
    ),
)


@pytest.mark.parametrize(("said", "case"), EARLIER, ids=[said[:60] for said, _ in EARLIER])
def test_what_led_there_is_named_where_it_changed(said: str, case: Callable[[], tuple[str, ...]]) -> None:
    assert any(line.startswith(said) for line in case())


def test_everything_is_named_at_once() -> None:
    found = departures(now=with_image(AT), recipes=with_recipe(configuration={}, differences=()))
    assert len(found) == 3
