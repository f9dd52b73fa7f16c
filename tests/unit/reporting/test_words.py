import typing

import pytest

from runner import events
from runner.reporting.words import is_bad, say_count, say_duration, say_event
from tests.unit.reporting.happenings import EVENTS


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (0.44, "0.4 s"), (59.94, "59.9 s"), (59.96, "1:00"), (83, "1:23"), (3599.6, "1:00:00"), (3723, "1:02:03")],
)
def test_durations_read_as_people_say_them(seconds: float, said: str) -> None:
    assert say_duration(seconds) == said


def test_counts_agree_with_their_noun() -> None:
    assert [say_count(1, "step"), say_count(0, "step"), say_count(2, "entry", "entries")] == ["1 step", "0 steps", "2 entries"]


def test_every_type_of_event_is_told_in_one_line_of_its_own() -> None:
    types = typing.get_args(typing.get_args(events.Event)[0])
    assert {type(event) for event in EVENTS} == set(types)
    lines = [say_event(event) for event in EVENTS]
    assert len(set(lines)) == len(lines)
    assert not any("\n" in line or line.endswith(".") for line in lines)


def test_what_must_not_be_missed_is_told_apart() -> None:
    assert [say_event(event) for event in EVENTS if is_bad(event)] == [
        "check charset: 1 finding (0.2 s)",
        "nova/online@2024.1: stuck in 1.0 s, exit code 2",
        "lane nova stops at nova/online@2024.1; 0 steps behind it will not run",
        "proof heads of nova DOES NOT HOLD: abc where def is due",
        "run 20261120-120000-qkzt failed in 1:01",
    ]
