import typing

import pytest

from runner import events
from runner.events import SnapshotProgress
from runner.reporting.words import is_bad, say_bytes, say_count, say_duration, say_event, say_transfer
from tests.unit.reporting.happenings import EVENTS


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (0.44, "0.4 s"), (59.94, "59.9 s"), (59.96, "1:00"), (83, "1:23"), (3599.6, "1:00:00"), (3723, "1:02:03")],
)
def test_durations_read_as_people_say_them(seconds: float, said: str) -> None:
    assert say_duration(seconds) == said


def test_counts_agree_with_their_noun() -> None:
    assert [say_count(1, "step"), say_count(0, "step"), say_count(2, "entry", "entries")] == ["1 step", "0 steps", "2 entries"]


@pytest.mark.parametrize(
    ("size", "said"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (2e9, "2.0 GB"), (3e12, "3.0 TB")],
)
def test_sizes_read_as_disks_are_sold(size: float, said: str) -> None:
    assert say_bytes(size) == said


@pytest.mark.parametrize(
    ("done", "total", "said"),
    [
        (500_000_000, 2_000_000_000, "taking: 500.0 MB of about 2.0 GB, 30.0 s left"),
        (0, 2_000_000_000, "taking: 0 B of about 2.0 GB"),
        (19_000_000, 2_000_000_000, "taking: 19.0 MB of about 2.0 GB"),
        (3_000_000_000, 2_000_000_000, "taking: 3.0 GB of about 3.0 GB, 0.0 s left"),
        (500_000_000, 0, "taking: 500.0 MB"),
    ],
)
def test_how_far_it_is_says_how_long_it_takes_where_that_can_be_told(done: int, total: int, said: str) -> None:
    event = SnapshotProgress(snapshot="s", doing="taking", bytes_done=done, bytes=total, seconds=10.0)
    assert say_transfer(event) == said


def test_every_type_of_event_is_told_in_one_line_of_its_own() -> None:
    types = typing.get_args(typing.get_args(events.Event)[0])
    assert {type(event) for event in EVENTS} == set(types)
    lines = [say_event(event) for event in EVENTS]
    assert len(set(lines)) == len(lines)
    assert not any("\n" in line or line.endswith(".") for line in lines)


def test_a_proof_that_could_not_be_told_is_never_told_as_one_that_holds() -> None:
    untold = next(event for event in EVENTS if isinstance(event, events.ProofGiven) and event.holds is None)
    assert say_event(untold) == "proof upgrade-check of glance could not be told: glance-status gave no answer"


def test_what_must_not_be_missed_is_told_apart() -> None:
    assert [say_event(event) for event in EVENTS if is_bad(event)] == [
        "check charset: 1 finding (0.2 s)",
        "nova/online@2024.1: stuck in 1.0 s, exit code 2",
        "lane nova stops at nova/online@2024.1; 0 steps behind it will not run",
        "proof heads of nova DOES NOT HOLD: abc where def is due",
        "hook roll-out: deploy: ran out of time after 10:00",
        "TURNING BACK, by the runner: heat/2024.1/sync ended with exit code 1",
        "run 20261120-120000-qkzt failed in 1:01",
    ]
