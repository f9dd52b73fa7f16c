"""The boot clock: exact within one boot whatever the wall clock says, and honest about every other case."""

import datetime
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runner import boot_clock
from runner.boot_clock import Instant, elapsed_since, now

NOW = datetime.datetime.now(datetime.UTC)
needs_boot_id = pytest.mark.skipif(not boot_clock.BOOT_ID.is_file(), reason="this kernel does not name its boots")


def wall(**ago: float) -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC) - datetime.timedelta(**ago)


@pytest.mark.parametrize("jump", [-365, -1, 0, 1, 365], ids="{} days".format)
def test_within_a_boot_the_wall_clock_may_say_what_it_likes(jump: int) -> None:
    began = now()
    time.sleep(0.05)
    passed = elapsed_since(began, wall(days=jump))
    assert passed.exact
    assert 0.05 <= passed.seconds < 5


def test_it_never_goes_back() -> None:
    seconds = [now().seconds for _ in range(1000)]
    assert seconds == sorted(seconds)


def test_an_instant_of_another_boot_is_measured_by_the_wall_clock_and_said_to_be() -> None:
    passed = elapsed_since(Instant("another boot", 5.0), wall(minutes=30))
    assert not passed.exact
    assert 1800 <= passed.seconds < 1805


def test_a_wall_clock_that_was_set_back_over_a_boot_makes_no_time_negative() -> None:
    assert elapsed_since(Instant("another boot", 5.0), wall(hours=-2)) == (0.0, False)


def test_an_instant_in_the_clocks_future_was_not_this_clocks() -> None:
    ahead = Instant(now().boot_id, now().seconds + 1000)
    passed = elapsed_since(ahead, wall(seconds=60))
    assert not passed.exact
    assert 60 <= passed.seconds < 65


def test_the_wall_clocks_zone_makes_no_difference() -> None:
    east = wall(minutes=1).astimezone(datetime.timezone(datetime.timedelta(hours=9)))
    assert 60 <= elapsed_since(Instant("another boot", 0.0), east).seconds < 65


@needs_boot_id
def test_another_process_of_this_boot_has_the_same_clock() -> None:
    before = now()
    script = "from runner.boot_clock import now; print(now().boot_id, now().seconds)"
    boot_id, seconds = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout.split()
    assert boot_id == before.boot_id
    assert before.seconds <= float(seconds) <= now().seconds


@needs_boot_id
def test_it_counts_from_the_boot() -> None:
    assert now().seconds == pytest.approx(float(Path("/proc/uptime").read_text().split()[0]), abs=1.0)


def test_where_no_boot_has_a_name_a_clock_is_trusted_within_one_process_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(boot_clock, "BOOT_ID", tmp_path / "none")
    monkeypatch.delattr(time, "CLOCK_BOOTTIME", raising=False)
    began = now()
    assert began.boot_id.startswith("process-")
    assert began.seconds == pytest.approx(time.monotonic(), abs=1.0)
    assert elapsed_since(began, wall(days=1)).exact
    assert not elapsed_since(Instant("process-of-another", began.seconds), NOW).exact
