"""The window on a real cloud, turned back: by a failure, a word, the clock."""

import json
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.checks import CHECKS
from runner.errors import (
    HookFailed,
    JournalBroken,
    NothingToDecide,
    RightsMissing,
    RunUnfinished,
    TurnedBack,
)
from runner.flows.decision import decide
from runner.journal import window_entry as w
from runner.journal.entry import StepStarted
from runner.planning.fingerprint import ServerPrint
from tests.support.canaries import Lookout, look_at_images
from tests.support.thing import ended, started, thing, until
from tests.support.windows import ACCOUNT_SECRET, SECRET, SERVICE, Night

pytestmark = [pytest.mark.engine, pytest.mark.images, pytest.mark.usefixtures("dusk")]


# -- turned back ---------------------------------------------------------------------------------------------------------


def test_a_failure_after_the_chain_has_everything_back_and_no_writer_gets_in(night: Night) -> None:
    night.hook("after-chain", "cat > /dev/null; echo no-good; exit 3")
    assert night.knock() == "in"
    with night.writing() as tries:
        done = night.migrate()
    done.refused(TurnedBack, "no-good", "all is as it was before the window", "untouched")
    kept_out = [one for one in tries if one[1] != "in"]
    assert kept_out, "there was a time in which nobody got in"
    between = [what for when, what in tries if kept_out[0][0] <= when <= kept_out[-1][0]]
    assert "in" not in between, "and in that time nobody did"
    assert tries[-1][1] == "in", "and afterwards everybody does"
    night.is_given_back()
    assert night.report()["outcome"] == "rolled-back"


def test_a_service_that_comes_back_by_itself_turns_back(night: Night, dusk: ServerPrint, tmp_path: Path) -> None:
    """It runs again two seconds after it was stopped, as by an orchestrator, while another takes its time to stop."""
    gone, slow = tmp_path / "gone", tmp_path / "slow"
    status = f"test -e {gone} && [ $(( $(date +%s) - $(stat -c %Y {gone}) )) -lt 2 ] && exit 3; exit 0"
    stubborn = {"stop": f"touch {gone}", "start": f"rm -f {gone}", "status": status}
    patient = {"stop": f"sleep 3; touch {slow}", "start": f"rm -f {slow}", "status": f"test -e {slow} && exit 3; exit 0"}
    services = {
        "api": {"docker": night.container, "timeout": "20s"},
        "stubborn": {"commands": stubborn, "timeout": "5s"},
        "patient": {"commands": patient, "timeout": "10s", "group": 2},
    }
    with night.services(services):
        night.migrate().refused(TurnedBack, "stubborn ran again after it was stopped", "all is as it was before the window")
    assert not slow.exists(), "what was stopped is started again"
    night.is_as_before(dusk)


def test_one_that_does_not_stop_turns_back_and_the_others_run_again(night: Night, dusk: ServerPrint) -> None:
    deaf = {"commands": {"stop": "true", "start": "true", "status": "true"}, "timeout": "2s", "group": 2}
    with night.services({"api": {"docker": night.container, "timeout": "20s"}, "deaf": deaf}):
        night.migrate().refused(TurnedBack, "deaf did not stop", "all is as it was before the window")
    night.is_as_before(dusk)


@pytest.mark.soak
def test_an_account_that_cannot_be_locked_turns_back(night: Night, dusk: ServerPrint, tmp_path: Path) -> None:
    """The right to it goes after the gates have asked for it."""
    revoking, granting = tmp_path / "revoking", tmp_path / "granting"
    wait = f"touch {revoking}; while ! test -e {granting}; do sleep 0.1; done"
    night.hook("before-silence", f"cat > /dev/null; {wait}", timeout="60s")
    with started(night.case.cloud, "migrate", "--sealed", str(night.sealed)) as process:
        try:
            until(revoking.exists, "the hook runs", 60)
            night.case.server.execute("REVOKE CREATE USER ON *.* FROM thing_a_me@'%'")
            granting.touch()
            done = ended(process, 120)
        finally:
            night.case.server.execute("GRANT CREATE USER ON *.* TO thing_a_me@'%'")
    done.refused(TurnedBack, f"{SERVICE}@% is not ours to change", "GRANT CREATE USER", "all is as it was before the window")
    night.is_as_before(dusk)


def test_a_hook_that_fails_is_a_decision_and_abort_turns_back_in_the_chain(night: Night, dusk: ServerPrint) -> None:
    """The first goes on as was agreed, the second waits for somebody, who says to go on; and thinks better of it."""
    agreed = {"run": "exit 4", "name": "agreed", "on_failure": "go-on"}
    asking = {"run": "exit 5", "name": "asking", "on_failure": "hold"}
    night.case.cloud.rewrite(hooks={"after-snapshot": [agreed, asking]})
    earlier = night.case.runs()
    with started(night.case.cloud, "migrate", "--sealed", str(night.sealed)) as process:
        until(lambda: any((run / "window.json").is_file() for run in night.case.runs() - earlier), "the run begins")
        until(lambda: "  waits   " in thing(night.case.cloud, "status").out, "the second hook asks", 120)
        status = thing(night.case.cloud, "status").out
        assert "turn back by" in status
        assert "stopped api" in status
        assert "  waits   after-snapshot: hook asking: exit code 5" in status
        assert f"thing-a-me proceed {night.run().name} goes on" in status
        assert thing(night.case.cloud, "proceed").code == 0
        until(lambda: any(isinstance(one, StepStarted) for one in night.entries()), "a step begins", 60)
        thing(night.case.cloud, "proceed").refused(NothingToDecide, "waits for nobody: it is in chain")
        assert thing(night.case.cloud, "abort").code == 0
        done = ended(process, 120)
    done.refused(TurnedBack, "abort", "all is as it was before the window")
    night.is_as_before(dusk)
    opened, went_on, turned = [one["what"] for one in night.report()["window"]["decisions"]]
    assert (opened, turned) == ("opened the window", "turned back: abort")
    assert went_on.startswith("went on: after-snapshot: hook asking: exit code 5")
    thing(night.case.cloud, "abort").refused(NothingToDecide, night.run().name)


@pytest.mark.soak
def test_who_wanted_to_hold_finds_everything_as_the_failure_left_it(night: Night, dusk: ServerPrint) -> None:
    night.hook("after-chain", "exit 6")
    night.case.cloud.rewrite(window={"on_failure": "hold"})
    night.migrate().refused(HookFailed, "exit code 6", "changed")
    assert night.service().status != "running"
    assert night.knock() != "in"
    night.migrate().refused(RunUnfinished, "service api is stopped", "accounts of services are locked", "thing-a-me rollback")
    put_back = thing(night.case.cloud, "snapshot", "restore", "--yes", seconds=120)
    assert put_back.code == 0, put_back.err
    assert f"stay so: `thing-a-me rollback {night.run().name}` unlocks them" in put_back.err, "the window is half way"
    assert night.knock() != "in"
    thing(night.case.cloud, "rollback", seconds=240).refused(TurnedBack, "all is as it was before the window")
    night.is_as_before(dusk)


@pytest.fixture
def small_disk(night: Night, tmp_path: Path) -> Iterator[Path]:
    """Eight megabytes for the runs of a test."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", str(tmp_path)], check=True)
    night.case.cloud.rewrite(runs=str(tmp_path))
    try:
        yield tmp_path
    finally:
        night.case.cloud.rewrite(runs="runs")
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_full_disk_ends_the_runner_and_loses_nothing(night: Night, dusk: ServerPrint, small_disk: Path) -> None:
    filler = small_disk / "filler"
    night.hook("after-silence", f"cat > /dev/null; dd if=/dev/zero of={filler} bs=512 2> /dev/null; true")
    night.migrate().refused(JournalBroken, "cannot write hook-ended")
    assert night.service().status != "running", "without a journal nothing is undone"
    assert night.knock() != "in"
    filler.unlink()
    thing(night.case.cloud, "rollback", seconds=240).refused(TurnedBack, "all is as it was before the window")
    night.is_as_before(dusk)


def test_the_windows_own_snapshot_put_back_by_hand_lets_the_services_in(night: Night, dusk: ServerPrint) -> None:
    """It was taken while their accounts were locked."""
    done = thing(night.case.cloud, "snapshot", "restore", "--yes", "--although-connected", seconds=120)
    assert done.code == 0, done.err
    assert "unlocked, as before the window that took it: " in done.out
    assert night.knock() == "in"
    assert night.printed().accounts == dusk.accounts


@pytest.mark.soak
def test_what_does_not_work_turns_back_and_everybody_has_heard_why(night: Night, dusk: ServerPrint, tmp_path: Path) -> None:
    """A check that fails after the roll-out, beside one that holds; and a hook at every point, of which the last fails."""
    points = ("before-silence", "after-silence", "after-snapshot", "after-chain", "roll-out", "validate", "on-roll-back")
    heard = tmp_path / "points"
    hooks = {point: [{"run": f"echo {point} >> {heard}", "name": "ours"}] for point in points}
    hooks["on-roll-back"].append({"run": "exit 3", "name": "ours too"})
    checks = [{"command": "echo no-such-cloud; exit 1"}, {"command": "true"}]
    night.case.cloud.rewrite(hooks=hooks, validate=checks, window={"valid_within": "3s"})
    done = night.migrate()
    done.refused(
        TurnedBack, "no-such-cloud", "all is as it was", "but for what was to be done by hooks that failed: 2. ours too"
    )
    night.is_as_before(dusk)
    assert heard.read_text().split() == list(points)
    told = [one for one in night.report()["proofs"] if one["proof"] == "validation"]
    assert {one["subject"]: one["holds"] for one in told} == {"command echo no-such-cloud; exit 1": False, "command true": True}
    (log,) = [line.removeprefix("it said: ") for one in told for line in one["detail"] if line.startswith("it said: ")]
    assert "no-such-cloud" in (night.run() / log).read_text()


@pytest.mark.soak
def test_abort_ends_what_is_asked_of_the_cloud(night: Night, dusk: ServerPrint) -> None:
    night.case.cloud.rewrite(validate=[{"command": "sleep 600", "timeout": "10m"}])
    earlier = night.case.runs()
    with started(night.case.cloud, "migrate", "--sealed", str(night.sealed)) as process:
        until(lambda: night.case.runs() - earlier, "the run begins")
        until(lambda: "validate" in {getattr(one, "phase", "") for one in night.entries()}, "it validates", 120)
        assert thing(night.case.cloud, "abort").code == 0
        done = ended(process, 60)
    done.refused(TurnedBack, "abort")
    night.is_as_before(dusk)


def test_abort_while_services_stop_stops_no_more_of_them(night: Night, dusk: ServerPrint, tmp_path: Path) -> None:
    begun, later = tmp_path / "begun", tmp_path / "later"
    slow = {"stop": f"touch {begun}; sleep 4", "start": f"rm -f {begun}", "status": f"test -e {begun} && exit 3; exit 0"}
    after = {"stop": f"touch {later}", "start": f"rm -f {later}", "status": f"test -e {later} && exit 3; exit 0"}
    earlier = night.case.runs()
    with night.services({"slow": {"commands": slow, "timeout": "20s"}, "after": {"commands": after, "group": 2}}):
        with started(night.case.cloud, "migrate", "--sealed", str(night.sealed)) as process:
            until(lambda: night.case.runs() - earlier, "the run begins")
            until(begun.exists, "the first is stopped", 60)
            decide(night.run(), "abort")
            done = ended(process, 60)
        done.refused(TurnedBack, "abort", "all is as it was before the window")
    stopping = [one.service for one in night.entries() if isinstance(one, w.ServiceStopping)]
    assert (stopping, begun.exists()) == (["slow"], False)
    night.is_as_before(dusk)


def test_abort_ends_the_snapshot_that_is_being_taken(night: Night, dusk: ServerPrint) -> None:
    earlier = night.case.runs()
    with started(night.case.cloud, "migrate", "--sealed", str(night.sealed)) as process:
        until(lambda: any((run / "window.json").is_file() for run in night.case.runs() - earlier), "the run begins")
        until(lambda: "snapshot" in {getattr(one, "phase", "") for one in night.entries()}, "it takes its snapshot", 60)
        decide(night.run(), "abort")
        done = ended(process, 60)
    done.refused(TurnedBack, "abort", "all is as it was before the window")
    assert not [one for one in night.entries() if isinstance(one, w.SnapshotTaken)]
    night.is_as_before(dusk)


@pytest.mark.soak
def test_databases_only_leaves_services_and_hooks_alone(night: Night, dusk: ServerPrint, tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    night.hook("before-silence", f"touch {heard}")
    assert night.migrate("--databases-only", at="after:phase-began:proof").code == -9
    assert night.service().status == "running", "somebody else's tools stop it"
    assert night.knock() != "in", "and nobody writes all the same"
    thing(night.case.cloud, "rollback", seconds=240).refused(TurnedBack, "all is as it was before the window")
    night.is_as_before(dusk)
    assert not heard.exists()


@pytest.mark.soak
def test_a_service_with_a_read_only_mode_runs_on_in_it(night: Night, dusk: ServerPrint, tmp_path: Path) -> None:
    mode, seen = tmp_path / "read-only", tmp_path / "seen"
    began = night.service().attrs["State"]["StartedAt"]
    night.hook("after-chain", f"cat > /dev/null; ls {mode} > {seen}; exit 3")
    read_only = {"enter": f"touch {mode}", "leave": f"rm {mode}"}
    with night.services({"api": {"docker": night.container, "timeout": "20s", "read_only": read_only}}):
        night.migrate().refused(TurnedBack, "all is as it was before the window")
    assert seen.read_text().strip() == str(mode)
    assert not mode.exists()
    assert night.service().attrs["State"]["StartedAt"] == began
    night.is_as_before(dusk)


@pytest.mark.soak
def test_a_server_that_is_reached_by_sql_only_is_turned_back_by_sql(night: Night) -> None:
    night.hook("after-chain", "exit 3")
    usual = {"container": night.case.nursery.made.name, "keep": 50}
    night.case.cloud.rewrite(snapshots={"method": "logical", "keep": 50})
    night.migrate().refused(RightsMissing, "it lacks SET USER", "untouched")
    night.case.server.execute("GRANT SET USER ON *.* TO thing_a_me@'%'")
    dusk = night.printed()
    try:
        done = night.migrate()
        done.refused(TurnedBack, "all is as it was before the window")
        night.is_as_before(dusk)
        back = thing(night.case.cloud, "snapshot", "restore", "--yes", "--although-connected", seconds=120)
        assert back.code == 0, "the accounts were locked when it was taken, and are not now"
    finally:
        night.case.cloud.rewrite(snapshots=usual)
        night.case.server.execute("REVOKE SET USER ON *.* FROM thing_a_me@'%'")
    assert night.knock() == "in"


# -- secrets ----------------------------------------------------------------------------------------------------------

PLACES = {
    *("arguments", "environment", "process list", "inspect", "logs", "image", "journal", "events", "report", "hook input"),
    *("exceptions", "temporary files"),
}


def test_no_secret_is_anywhere_even_where_a_hook_prints_them(night: Night, tmp_path: Path) -> None:
    lookout = Lookout({"the server's password": ACCOUNT_SECRET, "a service's password": SECRET})
    told = tmp_path / "hook-input.json"
    night.hook("validate", f"cat > {told}; cat {night.case.cloud.file.parent}/documented; exit 1")
    with lookout.watching(night.case.nursery.client, Path(tempfile.gettempdir())):
        done = night.migrate("--json")
    done.refused(TurnedBack)
    *told_events, error = done.err.splitlines()
    asked = {json.loads(line).get("check") for line in told_events}
    assert asked >= {check.NAME for check in CHECKS}, "the gates ask of the server what the rehearsal asked"
    lookout.look("events", "\n".join(told_events))
    lookout.look("exceptions", error)
    lookout.look("hook input", told.read_bytes())
    lookout.look_below("journal", night.run())
    for form in ("markdown", "json", "junit", "html"):
        lookout.look("report", thing(night.case.cloud, "report", night.run().name, "--format", form).out, form)
    look_at_images(lookout, night.case.nursery.client)
    assert lookout.found == set()
    assert {place for place, times in lookout.seen.items() if times} == PLACES
