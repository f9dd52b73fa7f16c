"""What a window's gates ask again: rows that were written since the rehearsal, and would make the chain fail."""

from dataclasses import replace
from pathlib import Path

import pytest

from runner.checks import CHECKS
from runner.errors import ChecksBlock
from runner.events import CheckAnswered, Event, silent
from runner.flows.check import ask_server
from runner.flows.prepare import prepare_plan
from runner.flows.world import open_world
from runner.planning.recipe import Blocker, Span
from tests.support.clouds import TARGET, Nursery

pytestmark = [pytest.mark.engine, pytest.mark.images]

TRAP = Blocker(
    name="trap",
    releases=Span(since=TARGET, until=TARGET),
    role="placement",
    count="SELECT COUNT(*) FROM traits WHERE name = 'CUSTOM_TRAP'",
    breaks="sync stops",
    way_out="take it away",
    source="a test",
)


def test_rows_that_came_since_the_plan_was_made_are_found(nursery: Nursery, tmp_path: Path) -> None:
    cloud, told = nursery.copy(tmp_path), list[Event]()
    with open_world(cloud.file) as world:
        _, plan = prepare_plan(world, TARGET, tell=silent)
        recipe = world.recipes["placement"]
        trapped = replace(world, recipes={**world.recipes, "placement": recipe.model_copy(update={"blockers": (TRAP,)})})
        ask_server(trapped, plan, tell=told.append).demand()
        assert [event.check for event in told if isinstance(event, CheckAnswered)] == [check.NAME for check in CHECKS]
        cloud.of("placement").execute("INSERT INTO traits (name) VALUES ('CUSTOM_TRAP')")
        with pytest.raises(ChecksBlock, match="trap: 1 row"):
            ask_server(trapped, plan, tell=silent).demand()
