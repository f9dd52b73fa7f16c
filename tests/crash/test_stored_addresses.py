"""The runner is killed while its steps reach the server under stored addresses; `resume` finds what it left."""

from typing import Any

import pytest

from runner.containers.engine import LABEL
from tests.crash.conftest import Ending
from tests.support.clouds import Nursery, SmallCloud
from tests.support.stored import store_urls
from tests.support.thing import (
    MIGRATE,
    containers,
    ended,
    folder_of,
    held,
    killed,
    position,
    started,
    starts,
    thing,
    until,
    waiting,
)

pytestmark = [pytest.mark.engine, pytest.mark.images]

SYNC = "placement/2024.1/sync"


def beside(nursery: Nursery, cloud: SmallCloud) -> dict[str, Any]:
    """The containers of the run that are not steps: name -> id."""
    labels = [f"{LABEL}=relay", f"{LABEL}.run={folder_of(cloud).name}"]
    return {
        one.name: one.id for one in nursery.client.containers.list(all=True, ignore_removed=True, filters={"label": labels})
    }


def test_a_step_that_still_runs_keeps_its_way_to_the_server(cloud: SmallCloud, nursery: Nursery, ending: Ending) -> None:
    store_urls(cloud, nursery.address.host)
    with held(cloud, "placement", "inventories") as release:
        killed(cloud, f"after:step-started:{SYNC}", *MIGRATE, "--jobs", "1")
        until(lambda: waiting(cloud, "placement"), "the migration waits")
        left = beside(nursery, cloud)
        with started(cloud, "resume") as runner:
            until(lambda: len(starts(cloud, SYNC)) == 2, "the step is adopted")
            assert beside(nursery, cloud) == left
            release()
            done = ended(runner)

    assert done.code == 0, done.err
    assert sorted(name.rpartition(folder_of(cloud).name)[2] for name in left) == ["-relay", "-stand-in"]
    assert starts(cloud, SYNC)[1].adopted
    assert position(cloud).outcome == "proved"
    ending.nothing_left(cloud)
    assert beside(nursery, cloud) == {}


@pytest.mark.soak
def test_what_was_left_without_a_step_is_made_anew(cloud: SmallCloud, nursery: Nursery, ending: Ending) -> None:
    store_urls(cloud, nursery.address.host)
    killed(cloud, f"before:step-intended:{SYNC}", *MIGRATE, "--jobs", "1")
    assert containers(nursery.client, cloud) == []
    assert len(beside(nursery, cloud)) == 2

    done = thing(cloud, "resume")

    assert done.code == 0, done.err
    assert position(cloud).outcome == "proved"
    ending.nothing_left(cloud)
    assert beside(nursery, cloud) == {}
