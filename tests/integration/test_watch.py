"""The watch as it is used: a process of its own, on real sockets, under load, killed, found again."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from runner.errors import WatchFailed
from runner.planning.gaps import judge, verdict
from runner.watch.layout import LOG, NOW, RECORD
from runner.watch.process import find_watch, start_watch, stop_watch
from runner.watch.reading import read_watch
from tests.support.watched import open_door, settings_from, settings_of, sight, wait_for

pytestmark = pytest.mark.alone

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
EVERY = 0.1


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A run's folder; whatever still watches is ended."""
    run = tmp_path / "run"
    run.mkdir()
    yield run
    if run.is_dir() and (running := find_watch(run)):
        os.kill(running.pid, signal.SIGKILL)


def burn(until: float) -> None:
    while time.monotonic() < until:
        pass


def test_a_server_that_is_down_for_a_known_time_has_one_gap_of_that_length(folder: Path) -> None:
    with open_door(OK) as door:
        at = f"127.0.0.1:{door.port}"
        start_watch(settings_of(vm={"tcp": at}, web={"http": f"http://{at}/"}, host={"command": "true"}), folder)
        time.sleep(1)
        began = time.monotonic()
        door.shut()
        time.sleep(1.5)
        door.open()
        down = time.monotonic() - began
        time.sleep(1)
        stop_watch(folder)
    record = read_watch(folder)
    assert record.state == "ended"
    for target in ("vm", "web"):
        (gap,) = sight(record, target).gaps
        assert abs(gap.seconds - down) <= 2 * EVERY, (gap, down)
        assert sight(record, target).holds is False
    assert (sight(record, "host").gaps, sight(record, "host").holds) == ((), True)
    assert verdict(judge(record)) is False
    assert (folder / LOG).read_text() == ""


def test_one_that_accepts_and_never_answers_is_a_gap(folder: Path) -> None:
    with open_door() as door:
        start_watch(settings_of(web={"http": f"http://127.0.0.1:{door.port}/"}, vm={"tcp": f"127.0.0.1:{door.port}"}), folder)
        wait_for(folder, lambda record: bool(record.now) and sight(record, "web").missed > 10)
        stop_watch(folder)
    record = read_watch(folder)
    web, vm = sight(record, "web"), sight(record, "vm")
    assert (web.gaps[0].why, web.missed, web.late) == ("no answer within 0.5 s", web.beats, 0)
    # Each beat waited five times as long as the next is apart, and none made another wait.
    assert abs(web.beats - vm.beats) <= 1
    assert vm.gaps == ()


def test_killed_it_tells_what_was_seen_and_that_nobody_watched_since(folder: Path) -> None:
    with open_door() as door:
        running = start_watch(settings_of(vm={"tcp": f"127.0.0.1:{door.port}"}), folder)
        time.sleep(3)
        assert read_watch(folder).state == "running"
        killed = time.time()
        os.kill(running.pid, signal.SIGKILL)
        record = wait_for(folder, lambda record: record.state == "died")
        seen = sight(record, "vm")
        assert (seen.gaps, seen.holds) == ((), None)
        assert seen.beats >= 15
        assert killed - 1.7 <= seen.holes[0].begins <= killed
        assert "not watched since" in seen.aloud
        assert find_watch(folder) is None
        again = start_watch(settings_of(vm={"tcp": f"127.0.0.1:{door.port}"}), folder)
        assert again != running
        time.sleep(1.5)
        stop_watch(folder)
    seen = sight(read_watch(folder), "vm")
    assert [hole.ends is None for hole in seen.holes] == [False]
    assert seen.holds is None
    assert seen.beats >= 25


def test_the_runner_dies_the_watch_goes_on_and_is_found_and_stopped(folder: Path) -> None:
    with open_door() as door:
        settings = settings_of(vm={"tcp": f"127.0.0.1:{door.port}"}, secret={"command": "test canary-4711"})
        script = (
            "import os, signal, sys; from pathlib import Path\n"
            "from runner.watch.process import start_watch; from runner.window_settings import WatchSettings\n"
            "print(start_watch(WatchSettings.model_validate_json(sys.stdin.read()), Path(sys.argv[1])).pid, flush=True)\n"
            "os.kill(0, signal.SIGKILL)\n"
        )
        runner = subprocess.run(
            [sys.executable, "-c", script, str(folder)],
            input=settings.model_dump_json(),
            capture_output=True,
            text=True,
            start_new_session=True,
            check=False,
        )
        assert runner.returncode == -signal.SIGKILL
        before = sight(wait_for(folder, lambda record: bool(record.now)), "vm").beats
        running = find_watch(folder)
        assert running
        assert running.pid == int(runner.stdout)
        assert start_watch(settings, folder) == running
        assert "canary" not in Path(f"/proc/{running.pid}/cmdline").read_text()
        record = wait_for(folder, lambda record: sight(record, "vm").beats > before + 10)
        assert (record.state, sight(record, "vm").holds) == ("running", True)
        stop_watch(folder)
        assert find_watch(folder) is None
        stop_watch(folder)
    assert read_watch(folder).state == "ended"
    assert "canary" not in "".join(path.read_text() for path in folder.iterdir())


@pytest.mark.soak
def test_with_both_cores_burnt_no_beat_is_lost(folder: Path, record_testsuite_property: Callable[[str, object], None]) -> None:
    """Four busy processes on every core, 20 targets at 4/s; what was measured is in the report (`--junitxml`)."""
    with open_door(OK) as door:
        at = f"127.0.0.1:{door.port}"
        targets: dict[str, dict[str, object]] = {f"vm{number}": {"tcp": at} for number in range(17)}
        targets |= {"web": {"http": f"http://{at}/"}, "ssh": {"command": "true"}}
        targets |= {"us": {"icmp": "127.0.0.1"} if os.geteuid() == 0 else {"tcp": at}}
        until = time.monotonic() + 22
        spawn = multiprocessing.get_context("spawn")
        burning = [spawn.Process(target=burn, args=(until,)) for _ in range(4 * (os.cpu_count() or 1))]
        for process in burning:
            process.start()
        time.sleep(1)
        start_watch(settings_from(targets, every=0.25, timeout=1.0), folder)
        began = time.monotonic()
        time.sleep(max(0.0, until - time.monotonic()))
        stop_watch(folder)
        seconds = time.monotonic() - began
        for process in burning:
            process.join()
    sights = judge(read_watch(folder))
    record_testsuite_property("beats", sum(one.beats for one in sights))
    record_testsuite_property("latest", max(one.latest for one in sights))
    record_testsuite_property("slowest", max(one.slowest for one in sights))
    for one in sights:
        assert (one.missed, one.late, one.gaps, one.holes, one.holds) == (0, 0, (), (), True), one.aloud
        assert one.beats >= int(seconds / 0.25) - 4


def test_a_watch_that_stood_still_says_so_and_blames_nobody(folder: Path) -> None:
    with open_door(OK) as door:
        running = start_watch(settings_of(web={"http": f"http://127.0.0.1:{door.port}/"}), folder)
        time.sleep(1)
        os.kill(running.pid, signal.SIGSTOP)
        time.sleep(2)
        os.kill(running.pid, signal.SIGCONT)
        time.sleep(1)
        stop_watch(folder)
    seen = sight(read_watch(folder), "web")
    assert (seen.missed, seen.gaps, seen.holds) == (0, (), None)
    assert 17 <= seen.late <= 21
    assert [1.9 < hole.seconds < 2.4 for hole in seen.holes] == [True]


def test_it_ends_with_its_folder(folder: Path) -> None:
    running = start_watch(settings_of(host={"command": "true"}), folder)
    shutil.rmtree(folder)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{running.pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{running.pid}").exists()


@pytest.mark.parametrize(("how", "why"), [("longest", "time is up"), ("terminated", "terminated")])
def test_ended_by_somebody_else_it_could_not_tell_from_then_on(folder: Path, how: str, why: str) -> None:
    running = start_watch(settings_of(host={"command": "true"}), folder, longest=1.0 if how == "longest" else 60.0)
    if how == "terminated":
        time.sleep(1)
        os.kill(running.pid, signal.SIGTERM)
    seen = sight(wait_for(folder, lambda record: record.state == "ended"), "host")
    assert (seen.gaps, seen.holds, seen.holes[0].why) == ((), None, f"the watch ended: {why}")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a disk of its own")
def test_on_a_full_disk_it_goes_on_and_writes_down_later_what_it_saw(tmp_path: Path) -> None:
    tmp_path = tmp_path / "disk"
    tmp_path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(tmp_path)], check=True)
    try:
        folder = tmp_path / "run"
        folder.mkdir()
        with open_door() as door:
            # So many that what they have to say does not fit into the page that the record has left.
            many: dict[str, dict[str, object]] = {f"vm{number}": {"tcp": f"127.0.0.1:{door.port}"} for number in range(50)}
            start_watch(settings_from(many, budget=5.0), folder)
            time.sleep(1.5)
            with (tmp_path / "filler").open("wb", buffering=0) as filler, pytest.raises(OSError, match="No space"):
                while True:
                    filler.write(b"x" * 4096)
            door.shut()
            time.sleep(1)
            door.open()
            assert verdict(judge(wait_for(folder, lambda record: record.state == "silent"))) is None
            (tmp_path / "filler").unlink()
            wait_for(folder, lambda record: record.state == "running")
            stop_watch(folder)
        sights = judge(read_watch(folder))
        assert verdict(sights) is True
        for seen in sights:
            assert [0.8 < gap.seconds < 1.6 for gap in seen.gaps] == [True]
            assert (seen.late, seen.holes) == (0, ())
    finally:
        stop_watch(tmp_path / "run")
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_what_was_torn_by_a_kill_is_left_out_and_then_taken_away(folder: Path) -> None:
    start_watch(settings_of(host={"command": "true"}), folder)
    time.sleep(0.5)
    stop_watch(folder)
    whole = read_watch(folder)
    with (folder / RECORD).open("a") as record:
        record.write('{"what":"chan')
    assert read_watch(folder).entries == whole.entries
    (folder / NOW).write_text("")
    start_watch(settings_of(host={"command": "true"}), folder)
    time.sleep(0.5)
    stop_watch(folder)
    assert read_watch(folder).entries[: len(whole.entries)] == whole.entries


def test_what_cannot_be_watched_is_refused_before_anything_is_started(folder: Path) -> None:
    for wrong in ({"vm": {"tcp": "nowhere"}}, {"every": 0.0, "host": {"command": "true"}}):
        with pytest.raises((WatchFailed, ValidationError)):
            start_watch(settings_of(**wrong), folder)
    with pytest.raises(WatchFailed, match="does not start"):
        start_watch(settings_of(host={"command": "true"}), folder / "missing")
    assert read_watch(folder).state == "none"
    (folder / RECORD).write_text("no entry\n")
    with pytest.raises(WatchFailed, match="cannot read"):
        read_watch(folder)
