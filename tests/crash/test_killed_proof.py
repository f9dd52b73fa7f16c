"""The runner goes while it asks the target's own code for the proof: a check that hangs makes sure of the moment."""

import signal

import pytest

from tests.crash.conftest import Ending
from tests.support.clouds import TARGET, Nursery, SmallCloud
from tests.support.own_recipe import ask_placement, ask_placement_itself, read_placement
from tests.support.thing import MIGRATE, containers, ended, has_run, started, thing, until

pytestmark = [pytest.mark.engine, pytest.mark.images]

ASLEEP = "import time; time.sleep(600)"


@pytest.mark.parametrize(
    ("asked", "how", "left"),
    [
        ("upgrade-check", signal.SIGKILL, 1),
        pytest.param("upgrade-check", signal.SIGINT, 0, marks=pytest.mark.soak),
        pytest.param("read-back", signal.SIGKILL, 1, marks=pytest.mark.soak),
    ],
)
def test_a_run_that_was_left_in_its_proof_is_proved_by_the_next_sitting(  # noqa: PLR0917
    cloud: SmallCloud, nursery: Nursery, ending: Ending, asked: str, how: signal.Signals, left: int
) -> None:
    step = f"placement/{TARGET}/{asked}"
    if asked == "upgrade-check":
        ask_placement(cloud, "sleep", "600")
    else:
        read_placement(cloud, ASLEEP)
    with started(cloud, *MIGRATE) as runner:
        until(lambda: has_run(cloud) and containers(nursery.client, cloud, step), "placement is asked")
        runner.send_signal(how)
        ended(runner)
    # An interrupt leaves a step running for `resume` to adopt; this is none.
    assert len(containers(nursery.client, cloud, step)) == left
    ask_placement_itself(cloud)

    done = thing(cloud, "resume")

    assert done.code == 0, done.err
    ending.proved(cloud)
