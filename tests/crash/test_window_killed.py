"""The window on a real cloud, its runner killed: in its phases, between what it does and what it wrote, as it turns back."""

import pytest

from runner.errors import NothingToDecide, TurnedBack
from runner.flows.migrate import PHASES
from runner.planning.fingerprint import ServerPrint
from tests.support.thing import thing
from tests.support.windows import Night

pytestmark = [pytest.mark.engine, pytest.mark.images, pytest.mark.usefixtures("dusk")]

SOAK = pytest.mark.soak
IN_CI = {"stop", "chain"}
BEFORE_THE_WATCH = {"gates", "announce", "watch"}


@pytest.mark.parametrize("phase", [pytest.param(name, marks=() if name in IN_CI else SOAK) for name, _ in PHASES])
def test_killed_as_a_phase_begins_it_is_rolled_back(night: Night, dusk: ServerPrint, phase: str) -> None:
    assert night.migrate(at=f"after:phase-began:{phase}").code == -9
    done = thing(night.case.cloud, "rollback", seconds=240)
    done.refused(TurnedBack, "all is as it was before the window", "untouched")
    night.is_as_before(dusk)
    told = night.report()
    assert told["outcome"] == "rolled-back"
    if phase not in BEFORE_THE_WATCH:
        assert told["window"]["watched"]["targets"][0]["beats"] > 0
    thing(night.case.cloud, "rollback").refused(NothingToDecide, "turned back already")


@pytest.mark.parametrize(
    "point",
    [
        "before:service-stopped",
        "after:accounts-locking",
        pytest.param("after:service-stopping", marks=SOAK),
        pytest.param("before:silence-reached", marks=SOAK),
        pytest.param("after:snapshot-taken", marks=SOAK),
        pytest.param("before:accounts-given-back", marks=SOAK),
        pytest.param("after:recreating", marks=SOAK),
        pytest.param("before:service-started", marks=SOAK),
    ],
)
def test_killed_between_what_it_does_and_what_it_wrote_it_is_rolled_back(night: Night, dusk: ServerPrint, point: str) -> None:
    assert night.migrate(at=point).code == -9
    thing(night.case.cloud, "rollback", seconds=240).refused(TurnedBack, "all is as it was before the window")
    night.is_as_before(dusk)


@pytest.mark.parametrize("phase", ["chain", pytest.param("release silence", marks=SOAK), pytest.param("stop", marks=SOAK)])
def test_killed_as_it_turns_back_it_goes_on_turning_back(night: Night, dusk: ServerPrint, phase: str) -> None:
    night.hook("validate", "exit 1")
    assert night.migrate(at=f"after:undo-began:{phase}").code == -9
    done = thing(night.case.cloud, "resume", seconds=240)
    done.refused(TurnedBack, "all is as it was before the window")
    night.is_as_before(dusk)


@pytest.mark.soak
def test_a_snapshot_put_back_by_hand_keeps_the_targets_services_out_until_the_rollback(night: Night, dusk: ServerPrint) -> None:
    """Killed as it validates: accounts were given back, and the target's containers run."""
    assert night.migrate(at="after:phase-began:validate").code == -9
    assert (night.knock(), night.service().labels["generation"]) == ("in", "new")
    done = thing(night.case.cloud, "snapshot", "restore", "--yes", "--although-connected", seconds=120)
    assert done.code == 0, done.err
    assert "stay so: `thing-a-me rollback" in done.err
    assert night.knock() != "in"
    thing(night.case.cloud, "rollback", seconds=240).refused(TurnedBack, "all is as it was before the window")
    night.is_given_back()
    assert night.service().labels["generation"] == "old"
    assert night.knock() == "in"
