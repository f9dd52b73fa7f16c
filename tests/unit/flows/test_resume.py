"""What a run is not taken up with: other images than those it began with."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from runner.errors import SettingsChanged
from runner.flows.resume import refuse_changes
from runner.flows.world import World
from runner.journal.replay import replay
from tests.support.planning import drafted
from tests.unit.journal.histories import BEGAN, stamp

PLAN = drafted()


def world(**has: Any) -> World:
    return cast("World", SimpleNamespace(**has, cloud=SimpleNamespace(databases=(), file="cloud.yaml")))


@pytest.mark.parametrize(
    ("back", "told"), [(True, f"`thing-a-me rollback {BEGAN.run}`, which needs no image"), (False, "start anew")]
)
def test_an_image_that_is_gone_is_told_with_the_ways_that_are_open(back: bool, told: str) -> None:
    with pytest.raises(SettingsChanged, match=r"the image of 2024\.1 that run .* began with is gone") as refused:
        refuse_changes(world(has_image=lambda _: False), PLAN, replay(stamp([BEGAN])), back=back)
    assert told in refused.value.advice


def test_a_database_that_is_named_no_more_is_told() -> None:
    with pytest.raises(SettingsChanged, match="no longer names keystone"):
        refuse_changes(world(has_image=lambda _: True), PLAN, replay(stamp([BEGAN])), back=True)
