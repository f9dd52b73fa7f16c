"""The window's arithmetic: what fits, when it ends, until when it can be turned back, and how that is said."""

import datetime
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import WindowTooShort
from runner.planning.forecast import Course, schedule
from runner.planning.seal import Spread
from runner.planning.window import Forecast, Moment, demand_fit, look_ahead, reckon, say_clock, say_forecast
from tests.support.timetables import BRIEFLY, MEDIANS, PLAN, part

NIGHT = datetime.datetime(2026, 11, 22, 1, 12, tzinfo=datetime.timezone(datetime.timedelta(hours=1)))

ARITHMETIC = """\
  stop              0:10
  silence           0:05
  snapshot          2:30  measured 3 times
  chain             0:12  p95 of 2 rehearsals
  proof             0:40
  roll out          0:20
  validate          0:10
  restore in case   3:10  measured once
  start             0:10
  margin           10:00
  together         17:27  of 15:00"""


def test_the_arithmetic_has_a_line_for_every_term() -> None:
    assert str(reckon(replace(BRIEFLY, length=900))) == ARITHMETIC


def test_a_window_too_short_is_refused_with_the_whole_arithmetic() -> None:
    with pytest.raises(WindowTooShort) as refusal:
        demand_fit(replace(BRIEFLY, length=900))
    assert refusal.value.message == f"the window is too short by 2:27:\n{ARITHMETIC}"


def test_one_that_just_fits_is_taken_and_one_second_less_is_not() -> None:
    assert demand_fit(replace(BRIEFLY, length=1047)).spare == 0
    with pytest.raises(WindowTooShort, match=r"^the window is too short by 0:01:"):
        demand_fit(replace(BRIEFLY, length=1046))


def test_terms_are_rounded_up_so_that_what_is_read_adds_up() -> None:
    uneven = replace(
        BRIEFLY, ahead=(part("stop", 0.4), part("silence", 0.4)), restore=part("restore", 0.4), start=part("s", 0.4)
    )
    assert [term.seconds for term in reckon(uneven).terms] == [1, 1, 1, 1, 600]
    with pytest.raises(WindowTooShort, match=r"together\s+10:04  of 10:03"):
        demand_fit(replace(uneven, length=603.9))


def test_once_more_before_the_chain_what_is_behind_counts_as_it_was() -> None:
    before_chain = Moment(
        400, begun={"stop": 0, "silence": 10, "snapshot": 20}, behind=frozenset({"stop", "silence", "snapshot"})
    )
    reckoning = demand_fit(replace(BRIEFLY, length=1282), before_chain)
    assert [term.name for term in reckoning.terms][:3] == ["until now", "chain", "proof"]
    assert reckoning.spare == 0
    with pytest.raises(WindowTooShort, match=r"until now +6:40"):
        demand_fit(replace(BRIEFLY, length=1281), before_chain)


def test_at_the_opening_the_end_is_what_was_planned() -> None:
    ahead = look_ahead(BRIEFLY, Moment(0))
    assert ahead.end == Spread(median=228, p95=247)
    assert (ahead.ahead, ahead.phase, ahead.done, ahead.steps) == (0, "", 0, 6)


def in_chain(elapsed: float, *over: str, **running: float) -> Moment:
    """The chain began at 200, sooner than planned or later as `elapsed` has it."""
    begun = {"stop": 0.0, "silence": 10.0, "snapshot": 12.0, "chain": 200.0}
    names = {name.replace("_", "/"): began for name, began in running.items()}
    return Moment(elapsed, begun, frozenset({"stop", "silence", "snapshot"}), frozenset(over), names)


def test_lanes_side_by_side_do_not_add_up() -> None:
    """Left are 3 steps of 1 s beside 3 of 2 s, then proof, roll out and validation; planned were 152 s until here."""
    ahead = look_ahead(BRIEFLY, in_chain(200))
    assert ahead.end == Spread(median=6 + 70, p95=12 + 70)
    assert ahead.ahead == -48


def test_a_step_at_work_counts_for_what_is_left_of_it() -> None:
    ahead = look_ahead(BRIEFLY, in_chain(203, "lane0/0", "lane0/1", "lane1/0", lane1_1=202, lane0_2=202.5))
    assert (ahead.done, ahead.steps) == (3, 6)
    assert ahead.end == Spread(median=1 + 2 + 70, p95=3 + 4 + 70)
    assert ahead.slow == ()


def test_what_runs_longer_than_ever_is_named_and_puts_the_window_behind() -> None:
    ahead = look_ahead(BRIEFLY, in_chain(263, "lane0/0", "lane0/1", "lane0/2", "lane1/0", "lane1/1", lane1_2=203))
    assert ahead.slow == ("lane1/2",)
    assert ahead.end == Spread(median=70, p95=70)
    assert ahead.ahead == 228 - 263 - 70
    stopping = look_ahead(BRIEFLY, Moment(11, {"stop": 0}))
    assert stopping.slow == ("stop",)


def test_before_the_chain_turning_back_takes_no_restore_and_after_close_nothing_leads_back() -> None:
    behind = frozenset({"stop"})
    assert look_ahead(BRIEFLY, Moment(20, {"stop": 0, "silence": 10}, behind)).turn_back_by == 1200 - 600 - 10
    assert look_ahead(BRIEFLY, in_chain(200)).turn_back_by == 1200 - 600 - 10 - 190
    waiting = Moment(260, {"chain": 200, "close": 250}, frozenset({"chain"}))
    assert look_ahead(BRIEFLY, waiting).turn_back_by == 1200 - 600 - 10 - 190, "nobody has passed the gate yet"
    closed = look_ahead(BRIEFLY, replace(waiting, is_past_return=True))
    assert (closed.turn_back_by, closed.turn_back_left, closed.is_deadline) == (None, None, False)


def test_the_deadline_is_the_moment_itself_and_whatever_comes_after_it() -> None:
    assert [look_ahead(BRIEFLY, in_chain(elapsed)).is_deadline for elapsed in (399.9, 400, 400.1)] == [False, True, True]


def test_a_window_without_services_and_without_a_restore_to_fear_is_its_phases_and_its_margin() -> None:
    bare = replace(BRIEFLY, ahead=(part("chain", 6, 12),), restore=part("restore", 0), start=part("start", 0), margin=0)
    assert reckon(bare).needed == 12
    assert look_ahead(bare, Moment(0)).turn_back_by == 1200


@given(st.lists(st.floats(0, 5000), min_size=4, max_size=4), st.floats(0, 3000), st.floats(0, 20000))
def test_what_fits_can_still_be_turned_back_when_all_of_it_was_slow(slow: list[float], margin: float, length: float) -> None:
    first, last, restore, start = slow
    table = replace(
        BRIEFLY,
        ahead=(part("stop", 0, first), part("chain", 6, 12), part("validate", 0, last)),
        restore=part("restore", 0, restore),
        start=part("start", 0, start),
        margin=margin,
        length=length,
    )
    if reckon(table).spare >= 0:
        after = first + 12 + last
        left = look_ahead(table, Moment(after, {"chain": first}, frozenset({"stop", "chain", "validate"}))).turn_back_left
        assert left is not None
        assert left >= -1e-6


@given(st.integers(0, 228))
def test_while_all_goes_as_planned_it_is_on_time_and_the_end_does_not_move(elapsed: int) -> None:
    begins, begun, behind = 0.0, {}, set()
    for one in BRIEFLY.ahead:
        if begins <= elapsed:
            begun[one.phase] = begins
        begins += one.seconds.median
        if begins <= elapsed:
            behind.add(one.phase)
    slots = schedule(Course.of(PLAN), MEDIANS, 2)
    at = {name: (152 + slot.begins, 152 + slot.ends) for name, slot in slots.items()}
    over = frozenset(name for name, (_, ends) in at.items() if ends <= elapsed)
    running = {name: began for name, (began, ends) in at.items() if began <= elapsed < ends}
    ahead = look_ahead(BRIEFLY, Moment(elapsed, begun, frozenset(behind), over, running))
    assert (ahead.ahead, ahead.end.median) == (0, 228 - elapsed)
    assert ahead.end.p95 >= ahead.end.median


FORECAST = Forecast(
    elapsed=4320,
    length=4 * 3600,
    phase="chain",
    done=34,
    steps=51,
    end=Spread(median=41 * 60, p95=52 * 60),
    ahead=190,
    turn_back_by=4320 + 3680,
    slow=(),
)


def test_it_is_said_in_one_line() -> None:
    assert say_forecast(FORECAST, NIGHT) == (
        "1:12:00 in, 2:48:00 left; chain 34/51; end expected 41:00 to 52:00 from now; 3 min ahead;"
        " turn back by 02:13 (1:01:20 left)"
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"phase": "snapshot"}, "left; snapshot; end"),
        ({"phase": ""}, "left; end"),
        ({"end": Spread(median=40.2, p95=40.9)}, "end expected 0:41 from now;"),
        ({"end": Spread(median=9000, p95=10081)}, "end expected 2:30:00 to 2:48:01 from now, past the window's end;"),
        ({"ahead": 4.9}, "; on time;"),
        ({"ahead": -45.0}, "; 45 s behind;"),
        ({"ahead": -4000.0}, "; 1:06:40 behind;"),
        ({"turn_back_by": None}, "; past the point of no return"),
        ({"turn_back_by": 4320 - 100.5}, "; turn back was due at 01:10, 1:40 ago"),
        ({"turn_back_by": 4320.9}, "; turn back by 01:12 (0:00 left)"),
        ({"elapsed": 4 * 3600 + 90.0}, "4:01:30 in, 1:30 past the window's end;"),
        ({"slow": ("nova/2025.1/online@cell1",)}, "; slower than ever before: nova/2025.1/online@cell1;"),
    ],
)
def test_each_part_of_the_line_says_what_is(change: dict[str, object], said: str) -> None:
    line = say_forecast(replace(FORECAST, **change), NIGHT)  # type: ignore[arg-type]
    assert said in f"{line};" or line.endswith(said)
    assert "\n" not in line


@pytest.mark.parametrize(("seconds", "said"), [(0, "0:00"), (5.9, "0:05"), (600, "10:00"), (3599, "59:59"), (3680, "1:01:20")])
def test_durations_are_said_as_a_clock_says_them(seconds: float, said: str) -> None:
    assert say_clock(seconds) == said
