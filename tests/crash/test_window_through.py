"""The window on a real cloud, killed twice, resumed, and through. After it the cloud is another: nothing of windows follows."""

import json
from pathlib import Path

import pytest

from runner.errors import HookFailed, NothingToDecide
from runner.flows.record import left_half_way
from runner.journal import window_entry as w
from runner.planning.fingerprint import ServerPrint
from tests.support.rehearsals import TARGET
from tests.support.thing import ended, started, thing, until
from tests.support.windows import SECRET, Night

pytestmark = [pytest.mark.engine, pytest.mark.images, pytest.mark.usefixtures("dusk")]

IDLE = {"commands": {"stop": "true", "start": "false", "status": "exit 3"}}
"""A service that does not run, and need not be started."""


def test_killed_twice_and_resumed_it_goes_through_and_says_what_happened(
    night: Night, dusk: ServerPrint, tmp_path: Path
) -> None:
    seen, mended = tmp_path / "seen.json", tmp_path / "mended"
    hooks = {"roll-out": f"cat > {seen}", "after": f"cat > /dev/null; test -e {mended}"}
    night.case.cloud.rewrite(
        hooks={point: [{"run": command, "name": "ours"}] for point, command in hooks.items()},
        services=night.described()["services"] | {"idle": IDLE},
    )
    agreed = ("--close", "by-hand", "--at-deadline", "hold", "--window", "3h")
    assert night.migrate(*agreed, at="after:step-started").code == -9
    assert thing(night.case.cloud, "resume", at="after:phase-began:roll out", seconds=240).code == -9
    with started(night.case.cloud, "resume") as process:
        until(lambda: "  waits   " in thing(night.case.cloud, "status").out, "it waits at the point of no return", 120)
        assert thing(night.case.cloud, "proceed").code == 0
        done = ended(process, 120)
    done.refused(HookFailed, "after: hook ours: exit code 1")
    mended.touch()
    done = thing(night.case.cloud, "resume", seconds=60)
    assert done.code == 0, done.err
    night.is_given_back()
    assert night.printed().accounts == dusk.accounts
    assert night.service().labels["generation"] == "new"
    facts = json.loads(seen.read_text())
    assert (facts["point"], facts["services"]) == ("roll-out", {"api": [night.container], "idle": []})
    assert SECRET not in seen.read_text()
    window = night.report()["window"]
    assert (window["end"], window["length"]) == ("closed", 3 * 3600)
    (opened,) = [one for one in night.entries() if isinstance(one, w.WindowOpened)]
    assert (opened.at_deadline, opened.close) == ("hold", "by-hand")
    (watched,) = window["watched"]["targets"]
    assert (watched["misses"], watched["gaps"], window["watched"]["holds"]) == (0, 0, True), "whoever was killed meanwhile"
    asked = "the cloud is valid; the point of no return is passed by hand"
    decisions = ["opened the window", f"went on: {asked}", "passed the point of no return"]
    assert [one["what"] for one in window["decisions"]] == decisions
    assert [one["service"] for one in window["downtimes"]] == ["api"], "the other one did not run"
    assert window["still_stopped"] == []
    thing(night.case.cloud, "rollback").refused(NothingToDecide, "point of no return")

    back = thing(night.case.cloud, "snapshot", "restore", "--yes", "--although-connected", seconds=120)
    assert "unlocked, as before the window that took it: " in back.out, back.err
    assert night.knock() == "in"
    assert not list(left_half_way(night.case.cloud.runs)), "the next migration may begin"


@pytest.mark.soak
def test_databases_only_goes_through_beside_a_service_that_is_somebody_elses(night: Night, dusk: ServerPrint) -> None:
    began = night.service().attrs["State"]["StartedAt"]
    night.hook("after", "exit 1")
    done = night.migrate("--databases-only")
    assert done.code == 0, done.err
    night.is_given_back()
    assert night.printed().accounts == dusk.accounts
    assert night.knock() == "in"
    assert night.service().attrs["State"]["StartedAt"] == began
    report = night.report()
    assert (report["outcome"], report["window"]["end"]) == ("proved", "closed")
    assert (report["window"]["downtimes"], report["window"]["hooks"], report["window"]["watched"]) == ([], [], None)
    standing = json.loads(thing(night.case.cloud, "inspect", "--json").out)
    assert [one["database"] for one in standing if TARGET not in one["releases"]] == []
    thing(night.case.cloud, "rollback").refused(NothingToDecide, "point of no return")
