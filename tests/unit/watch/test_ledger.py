"""What the ledger writes down implies what was seen, whatever was seen: compared with the plain way over all beats."""

from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from runner.planning.gaps import AnyEntry, Began, Counted, Ended, Entry, WatchRecord, judge
from runner.watch.ledger import Ledger

EVERY = 0.25
ENTRY: TypeAdapter[AnyEntry] = TypeAdapter(Entry)
Beat = tuple[float, bool]

# What became of each due beat: it was good, missed, or nothing can be told of it; a watch may die and another begin.
WATCHES = st.lists(st.lists(st.sampled_from(["good", "good", "missed", "untold"]), max_size=25), min_size=1, max_size=3)


def laid_out(watches: list[list[str]]) -> list[tuple[float, list[Beat]]]:
    """When each watch began, and its beats told of; ten seconds lie between two watches."""
    found, at = [], 1000.0
    for fates in watches:
        began = at
        beats = [(at + place * EVERY, fate == "good") for place, fate in enumerate(fates) if fate != "untold"]
        found.append((began, beats))
        at += len(fates) * EVERY + 10
    return found


def written(watches: list[list[str]]) -> WatchRecord:
    entries: list[AnyEntry] = []
    for (began, beats), fates in zip(laid_out(watches), watches, strict=True):
        known = {"at": began, "utc": began, "boot": "b", "pid": 1, "every": EVERY, "timeout": 1.0, "budget": 0.0}
        entries.append(Began.model_validate({**known, "targets": {"vm": "tcp"}}))
        ledger = Ledger("vm", EVERY)
        told = dict(beats)
        for place in range(len(fates)):
            if (at := began + place * EVERY) in told:
                entries += ledger.take(at, 0.01, None if told[at] else "refused")
            else:
                ledger.miss_time(1, "late")
        entries.append(Counted(at=began, began=began, targets={"vm": ledger.count()}))
    entries.append(Ended(at=entries[-1].at, why="stopped"))  # type: ignore[union-attr]
    lines = [entry.model_dump_json(exclude_none=True) for entry in entries]
    return WatchRecord(tuple(ENTRY.validate_json(line) for line in lines), None, "ended", 9999.0)


def plain_gaps(beats: list[Beat]) -> list[tuple[float, float | None]]:
    gaps: list[tuple[float, float | None]] = []
    last: Beat | None = None
    for at, good in beats:
        if good and last and not last[1]:
            gaps[-1] = (gaps[-1][0], at)
        if not good and (last is None or last[1]):
            gaps.append((last[0] if last else at, None))
        last = (at, good)
    return gaps


def plain_holes(watches: list[tuple[float, list[Beat]]]) -> list[tuple[float, float]]:
    holes = []
    last = None
    for number, (_, beats) in enumerate(watches):
        for place, (at, _good) in enumerate(beats):
            if place == 0 and number > 0:
                holes.append((watches[0][0] if last is None else last, at))
            elif place > 0 and last is not None and at - last >= 2 * EVERY:
                holes.append((last, at))
            last = at
    return holes


@given(WATCHES)
def test_gaps_holes_and_counts_are_those_of_the_beats(watches: list[list[str]]) -> None:
    (sight,) = judge(written(watches))
    laid = laid_out(watches)
    beats = [beat for _, told in laid for beat in told]
    assert [(gap.begins, gap.ends) for gap in sight.gaps] == plain_gaps(beats)
    assert [(hole.begins, hole.ends) for hole in sight.holes if hole.ends is not None] == plain_holes(laid)
    assert any(hole.ends is None for hole in sight.holes) == (beats[-1:] != [] and not beats[-1][1])
    assert sight.beats == len(beats)
    assert sight.missed == sum(not good for _, good in beats)
    assert sight.late == sum(fates.count("untold") for fates in watches)


@given(WATCHES)
def test_it_holds_only_where_every_due_beat_was_good(watches: list[list[str]]) -> None:
    (sight,) = judge(written(watches))
    assert all(0 <= gap.unwatched <= gap.seconds for gap in sight.gaps)
    laid = laid_out(watches)
    if sight.holds:
        assert not any("missed" in fates for fates in watches)
        assert plain_holes(laid) == []
    if sight.holds is False:
        assert any("missed" in fates for fates in watches)


def test_a_machine_that_slept_was_not_watched_though_no_beat_was_late() -> None:
    ledger = Ledger("vm", EVERY)
    ledger.take(10.0, 0.0, None)
    (hole,) = ledger.take(70.0, 0.0, None)
    assert (hole.what, hole.model_dump()["begins"], hole.model_dump()["ends"]) == ("unwatched", 10.0, 70.0)
