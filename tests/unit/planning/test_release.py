import datetime

import pytest

from runner.errors import BadDocument
from runner.planning.release import Calendar, Release
from runner.recipes import load_calendar
from tests.support.planning import CALENDAR

REAL = load_calendar()


def test_releases_are_ordered_by_date_whatever_order_they_were_given_in() -> None:
    assert Calendar.of(reversed(CALENDAR.releases)) == CALENDAR
    assert [release.series for release in CALENDAR] == ["zed", "2023.1", "2023.2", "2024.1", "2024.2", "2025.1", "2025.2"]


def test_a_series_that_is_given_twice_is_refused() -> None:
    twice = Release(series="zed", name="zed", date=datetime.date(2030, 1, 1), slurp=False)
    with pytest.raises(BadDocument, match="the calendar holds zed twice"):
        Calendar.of((*CALENDAR, twice))


@pytest.mark.parametrize(
    ("start", "moves"),
    [
        ("zed", ("2023.1",)),
        ("2023.1", ("2023.2", "2024.1")),
        ("2023.2", ("2024.1",)),
        ("2024.1", ("2024.2", "2025.1")),
        ("2025.1", ("2025.2",)),
        ("2025.2", ()),
    ],
)
def test_a_move_leads_to_the_next_release_or_from_slurp_to_slurp(start: str, moves: tuple[str, ...]) -> None:
    assert CALENDAR.moves_from(start) == moves


def test_a_slurp_right_after_a_slurp_is_named_once() -> None:
    two = Calendar(tuple(release for release in CALENDAR if release.slurp))
    assert two.moves_from("2023.1") == ("2024.1",)


def test_before_2023_1_no_release_may_be_skipped() -> None:
    marked = Calendar.of(release.model_copy(update={"slurp": True}) for release in REAL)
    for release in REAL.slice(None, "zed"):
        assert len(marked.moves_from(release)) == 1


def test_every_release_of_the_real_calendar_leads_to_the_newest() -> None:
    newest = REAL.releases[-1].series
    for release in REAL.releases[:-1]:
        assert REAL.moves_from(release.series)
        assert not REAL.is_later(release.series, newest)


def test_a_slice_includes_both_ends_and_an_open_end_reaches_all() -> None:
    assert CALENDAR.slice("2023.1", "2024.1") == ("2023.1", "2023.2", "2024.1")
    assert CALENDAR.slice("2025.1", None) == ("2025.1", "2025.2")
    assert CALENDAR.slice(None, "2023.1") == ("zed", "2023.1")
    assert len(CALENDAR.slice(None, None)) == 7


def test_a_release_that_does_not_exist_is_refused_with_those_that_do() -> None:
    assert "2024.1" in CALENDAR
    assert "2024.3" not in CALENDAR
    with pytest.raises(BadDocument, match=r"there is no release '2024\.3'") as refusal:
        CALENDAR.find("2024.3")
    assert refusal.value.advice.startswith("known releases: zed, 2023.1")


def test_later_means_later_in_the_calendar_not_in_the_alphabet() -> None:
    assert CALENDAR.is_later("2023.1", "zed")
    assert not CALENDAR.is_later("zed", "2023.1")
    assert not CALENDAR.is_later("zed", "zed")


def test_without_leaps_every_move_is_to_the_next_release() -> None:
    stepwise = REAL.without_leaps()
    assert [one.series for one in stepwise] == [one.series for one in REAL]
    for one, after in zip(REAL.releases, REAL.releases[1:], strict=False):
        assert stepwise.moves_from(one.series) == (after.series,)
