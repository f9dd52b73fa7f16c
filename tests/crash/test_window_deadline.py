"""The window on a real cloud, past the last safe moment to turn back: what was asked for beforehand is done."""

import pytest

from runner.errors import TurnedBack
from runner.journal import window_entry as w
from runner.planning.fingerprint import ServerPrint
from tests.support.thing import ended, started, thing, until
from tests.support.windows import Night

pytestmark = [pytest.mark.engine, pytest.mark.images, pytest.mark.usefixtures("dusk"), pytest.mark.soak]

BRIEF = {
    "stop": "5s",
    "silence": "3s",
    "fresh schemas": "5s",
    "count rows": "2s",
    "release silence": "1s",
    "roll out": "2s",
    "validate": "2s",
    "start": "3s",
}
"""What phases take here, for a deadline that comes soon."""

PAST = "the last safe moment to turn back has passed"


def soon(night: Night) -> str:
    """Have a window whose last safe moment comes while a hook sleeps, and say how long it is."""
    night.case.cloud.rewrite(window={"margin": "1s", "expect": BRIEF})
    reckoned = night.migrate("--window", "1s").err
    needed = reckoned.split("together")[1].split()[0].split(":")
    return f"{sum(int(part) * 60**power for power, part in enumerate(reversed(needed))) + 20}s"


def test_it_turns_back_by_itself(night: Night, dusk: ServerPrint) -> None:
    night.hook("after-chain", "sleep 600", timeout="10s", on_failure="hold")
    done = night.migrate("--window", soon(night), seconds=600)
    done.refused(TurnedBack, PAST, "the clock")
    night.is_as_before(dusk)


def test_it_holds_until_somebody_decides(night: Night, dusk: ServerPrint) -> None:
    night.hook("after-chain", "cat > /dev/null; sleep 60", timeout="90s")
    window = soon(night)
    words = ("--window", window, "--at-deadline", "hold")
    with started(night.case.cloud, "migrate", "--sealed", str(night.sealed), *words) as process:
        until(lambda: PAST in thing(night.case.cloud, "status").out, "it waits", 240)
        assert "nothing is begun (--at-deadline hold)" in thing(night.case.cloud, "status").out
        assert thing(night.case.cloud, "abort").code == 0
        done = ended(process, 240)
    done.refused(TurnedBack, "abort", "all is as it was before the window")
    night.is_as_before(dusk)


def test_it_goes_on_and_what_fails_then_turns_back_all_the_same(night: Night, dusk: ServerPrint) -> None:
    hooks = {"after-chain": "cat > /dev/null; sleep 60", "validate": "exit 3"}
    night.case.cloud.rewrite(hooks={point: [{"run": run, "name": "ours", "timeout": "90s"}] for point, run in hooks.items()})
    done = night.migrate("--window", soon(night), "--at-deadline", "continue", seconds=600)
    done.refused(TurnedBack, "validate: hook ours: exit code 3", "all is as it was before the window")
    assert f"{PAST}; going on (--at-deadline continue)" in done.err
    assert not [one for one in night.entries() if isinstance(one, w.Waiting)]
    night.is_as_before(dusk)
