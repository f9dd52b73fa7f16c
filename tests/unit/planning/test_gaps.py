"""From a record to gaps, holes and a verdict."""

import pytest

from runner.planning.gaps import AnyEntry, Began, Changed, Count, Counted, Ended, Sight, Unwatched, WatchRecord, judge, verdict

UTC = 1_700_000_000.0


def began(at: float = 100.0, boot: str = "b1", utc: float = UTC, budget: float = 1.0) -> Began:
    return Began(at=at, utc=utc, boot=boot, pid=1, every=0.25, timeout=1.0, budget=budget, targets={"vm": "tcp"})


def turned(at: float, before: float | None, to: str, why: str | None = None) -> Changed:
    return Changed(target="vm", at=at, before=before, to=to, why=why)  # type: ignore[arg-type]


def counted(until: float, of: float = 100.0, beats: int = 40, missed: int = 0) -> Counted:
    return Counted(at=until, began=of, targets={"vm": Count(until=until, beats=beats, missed=missed)})


def seen(*entries: AnyEntry, state: str = "ended", now: Counted | None = None) -> Sight:
    return judge(WatchRecord(entries, now, state, UTC + 1000))[0]  # type: ignore[arg-type]


FINE = (began(), turned(100.0, None, "good"))
STOPPED = Ended(at=110.0, why="stopped")


def test_a_target_that_was_always_well_has_no_gap_and_holds() -> None:
    sight = seen(*FINE, counted(110.0), STOPPED)
    assert (sight.beats, sight.gaps, sight.holes, sight.longest, sight.total, sight.holds) == (40, (), (), None, 0.0, True)
    assert sight.aloud == "vm (tcp): 40 beats, no gap seen: within the budget of 1 s"


def test_a_gap_runs_from_the_last_good_beat_to_the_next_good_one() -> None:
    sight = seen(*FINE, turned(103.0, 102.75, "missed", "refused"), turned(105.25, 105.0, "good"), counted(110.0), STOPPED)
    (gap,) = sight.gaps
    assert (gap.begins, gap.ends, gap.seconds, gap.unwatched, gap.why) == (UTC + 2.75, UTC + 5.25, 2.5, 0.0, "refused")
    assert sight.holds is False
    assert "1 gap of 2.50 s at 22:13:22 UTC (refused): over the budget of 1 s" in sight.aloud


def test_a_gap_within_the_budget_is_told_and_holds() -> None:
    sight = seen(*FINE, turned(103.0, 102.75, "missed"), turned(103.25, 103.0, "good"), counted(110.0), STOPPED)
    assert (sight.total, sight.holds) == (0.5, True)


def test_the_longest_of_several_is_named_and_all_are_added_up() -> None:
    first = (turned(101.0, 100.75, "missed"), turned(101.25, 101.0, "good"))
    second = (turned(103.0, 102.75, "missed", "no answer"), turned(103.75, 103.5, "good"))
    sight = seen(*FINE, *first, *second, counted(110.0), STOPPED)
    assert (len(sight.gaps), sight.total) == (2, 1.5)
    assert sight.longest == sight.gaps[1]


def test_a_gap_that_lasts_runs_to_the_last_beat_told_of() -> None:
    sight = seen(*FINE, turned(103.0, 102.75, "missed"), state="running", now=counted(109.0))
    assert (sight.gaps[0].ends, sight.gaps[0].seconds, sight.holds) == (None, 6.25, False)
    assert "lasts since" in sight.aloud


def test_a_target_that_was_never_well_has_a_gap_from_its_first_miss() -> None:
    sight = seen(began(), turned(100.5, None, "missed"), counted(110.0, missed=40), STOPPED)
    assert (sight.gaps[0].begins, sight.gaps[0].seconds) == (UTC + 0.5, 9.5)


def test_a_hole_longer_than_the_budget_is_could_not_tell() -> None:
    hole = Unwatched(target="vm", begins=102.0, ends=104.0, why="late")
    sight = seen(*FINE, hole, counted(110.0), STOPPED)
    assert (sight.gaps, sight.holds) == ((), None)
    assert "not watched 1 times, 2.00 s in all" in sight.aloud


def test_a_hole_shorter_than_the_budget_cannot_hide_what_matters() -> None:
    hole = Unwatched(target="vm", begins=102.0, ends=102.9, why="late")
    assert seen(*FINE, hole, counted(110.0), STOPPED).holds is True


@pytest.mark.parametrize(("miss_at", "holds"), [(102.5, None), (103.25, False)])
def test_a_gap_with_a_hole_in_it_is_over_the_budget_only_where_somebody_looked(miss_at: float, holds: bool | None) -> None:
    entries = (turned(miss_at, 102.0, "missed"), Unwatched(target="vm", begins=miss_at, ends=108.0, why="late"))
    sight = seen(*FINE, *entries, turned(108.0, miss_at, "good"), counted(110.0), STOPPED)
    assert (sight.gaps[0].seconds, sight.holds) == (6.0, holds)


@pytest.mark.parametrize(("state", "last"), [("died", ()), ("silent", ()), ("ended", (Ended(at=110.0, why="time is up"),))])
def test_from_when_nobody_watches_it_could_not_tell(state: str, last: tuple[Ended, ...]) -> None:
    sight = seen(*FINE, counted(110.0), *last, state=state)
    assert (sight.holes[-1].begins, sight.holes[-1].ends, sight.holds) == (UTC + 10, None, None)
    assert "not watched since" in sight.aloud


def test_a_gap_that_the_watch_was_stopped_in_may_be_longer_than_what_was_seen_of_it() -> None:
    sight = seen(*FINE, turned(109.75, 109.5, "missed"), counted(110.0), STOPPED)
    assert (sight.gaps[0].seconds, sight.holds) == (0.5, None)
    assert "the watch was stopped in a gap" in sight.aloud


def test_without_a_budget_one_miss_is_over_it() -> None:
    sight = seen(began(budget=0.0), turned(100.0, None, "missed"), counted(100.0, beats=1, missed=1), STOPPED)
    assert (sight.gaps[0].seconds, sight.holds) == (0.0, False)


def test_no_beat_is_no_verdict() -> None:
    assert seen(began(), state="running").holds is None
    assert judge(WatchRecord((), None, "none", UTC)) == ()


def test_between_one_watch_and_the_next_is_a_hole_by_the_boot_clock_whatever_the_wall_clock_says() -> None:
    again = (began(at=130.0, utc=UTC - 5000), turned(130.0, None, "good"), counted(140.0, of=130.0, beats=41))
    sight = seen(*FINE, counted(110.0), *again, Ended(at=140.0, why="stopped"))
    assert [(hole.begins, hole.ends, hole.seconds) for hole in sight.holes] == [(UTC + 10, UTC + 30, 20.0)]
    assert (sight.beats, sight.holds) == (81, None)


def test_after_a_reboot_the_wall_clock_is_what_is_left() -> None:
    again = (began(at=7.0, utc=UTC + 300, boot="b2"), turned(8.0, None, "missed"), turned(9.0, 8.75, "good"))
    sight = seen(*FINE, counted(110.0), *again, counted(10.0, of=7.0), Ended(at=10.0, why="stopped"))
    assert (sight.holes[0].begins, sight.holes[0].ends) == (UTC + 10, UTC + 301)
    assert (sight.gaps[0].begins, sight.gaps[0].ends, sight.gaps[0].unwatched) == (UTC + 10, UTC + 302, 291.0)


def test_one_that_does_not_hold_decides_before_one_that_cannot_be_told() -> None:
    fine = seen(*FINE, counted(110.0), STOPPED)
    over = seen(*FINE, turned(103.0, 102.75, "missed"), counted(110.0), STOPPED)
    dark = seen(*FINE, counted(110.0), state="died")
    assert verdict((fine, over, dark)) is False
    assert verdict((fine, dark)) is None
    assert verdict((fine, fine)) is True
    assert verdict(()) is None
