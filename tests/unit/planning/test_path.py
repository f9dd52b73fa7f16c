"""The numbered properties of `find_path`, against a search that tries every way there is."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner.errors import BeyondTarget, ImageNotDefined, MoveImpossible
from runner.planning.path import Hop, Permitted, find_path, find_start
from runner.planning.release import FIRST_SLURP, Calendar, Release
from tests.support.planning import CALENDAR


@dataclass(frozen=True)
class Way:
    """What a path is asked for."""

    calendar: Calendar
    start: str
    target: str
    defined: frozenset[str]
    must_stop: frozenset[str] = frozenset()

    @property
    def permitted(self) -> Permitted:
        return Permitted(self.calendar, self.defined, self.must_stop)

    def find(self) -> tuple[str, ...]:
        """The releases on the way, both ends included."""
        hops = find_path("nova", self.start, self.target, self.permitted)
        assert all(one.end == other.start for one, other in pairwise(hops))
        return (self.start, *(hop.end for hop in hops))

    def permits(self, here: int, there: int) -> bool:
        releases = self.calendar.releases
        slurps = [
            number for number, release in enumerate(releases) if release.slurp and number >= self.calendar.index(FIRST_SLURP)
        ]
        is_next_slurp = here in slurps and slurps[slurps.index(here) + 1 :][:1] == [there]
        passes = {release.series for release in releases[here + 1 : there]}
        return (there == here + 1 or is_next_slurp) and releases[there].series in self.defined and not passes & self.must_stop

    def every_way(self) -> Iterator[tuple[int, ...]]:
        """All ways that begin at the start and go no further than the target, by number."""
        last = self.calendar.index(self.target)
        ways: list[tuple[int, ...]] = [(self.calendar.index(self.start),)]
        while ways:
            way = ways.pop()
            yield way
            ways += [(*way, there) for there in range(way[-1] + 1, last + 1) if self.permits(way[-1], there)]


@st.composite
def ways(draw: st.DrawFn) -> Way:
    before, after = draw(st.integers(0, 3)), draw(st.integers(1, 6))
    names = [*(f"b{n}" for n in range(before)), FIRST_SLURP, *(f"a{n}" for n in range(after))]
    day = datetime.date(2020, 1, 1)
    releases = [
        Release(series=name, name=name, date=day + datetime.timedelta(days=number), slurp=draw(st.booleans()))
        for number, name in enumerate(names)
    ]
    start = draw(st.integers(0, len(names) - 1))
    target = draw(st.integers(start, len(names) - 1))
    absent = draw(st.sets(st.sampled_from(names), max_size=2))
    must_stop = draw(st.sets(st.sampled_from(names), max_size=2))
    return Way(
        Calendar.of(releases), names[start], names[target], frozenset(names) - absent | {names[target]}, frozenset(must_stop)
    )


@given(ways())
def test_a_path_is_the_latest_ending_of_the_shortest_permitted_ways(way: Way) -> None:
    last = way.calendar.index(way.target)
    arriving = [one for one in way.every_way() if one[-1] == last]
    if not arriving:
        with pytest.raises(MoveImpossible):
            way.find()
        return
    fewest = min(len(one) for one in arriving)
    latest = max(one for one in arriving if len(one) == fewest)
    assert tuple(way.calendar.index(series) for series in way.find()) == latest


@given(ways())
def test_an_impossible_move_names_the_farthest_release_in_reach(way: Way) -> None:
    reached = {one[-1] for one in way.every_way()}
    if way.calendar.index(way.target) in reached:
        return
    farthest = way.calendar.releases[max(reached)].series
    with pytest.raises(MoveImpossible) as refusal:
        way.find()
    if farthest == way.start:
        permitted = " and ".join(way.calendar.moves_from(way.start))
        assert refusal.value.message.endswith(f": the permitted moves from {way.start} are to {permitted}")
    else:
        assert refusal.value.message.endswith(f": from {way.start} it can go as far as {farthest}")


@given(ways())
def test_the_order_in_which_images_are_named_changes_nothing(way: Way) -> None:
    def answer(defined: list[str]) -> object:
        try:
            return find_path("p", way.start, way.target, Permitted(way.calendar, defined, way.must_stop))
        except MoveImpossible as refusal:
            return refusal.message, refusal.advice

    names = sorted(way.defined)
    assert answer(names) == answer(names[::-1])


SLURPS = Way(CALENDAR, "2023.1", "2025.1", frozenset({"2024.1", "2025.1"}))


def test_from_slurp_to_slurp_a_release_in_between_is_passed_over() -> None:
    assert SLURPS.find() == ("2023.1", "2024.1", "2025.1")
    assert replace(SLURPS, defined=SLURPS.defined | {"2023.2", "2024.2"}).find() == ("2023.1", "2024.1", "2025.1")


def test_a_release_that_may_not_be_passed_over_is_stopped_at() -> None:
    stopping = replace(SLURPS, defined=SLURPS.defined | {"2023.2"}, must_stop=frozenset({"2023.2"}))
    assert stopping.find() == ("2023.1", "2023.2", "2024.1", "2025.1")


def test_who_is_there_has_no_way_to_go() -> None:
    assert replace(SLURPS, start="2025.1", defined=frozenset()).find() == ("2025.1",)


def test_a_target_behind_the_database_is_refused() -> None:
    with pytest.raises(BeyondTarget, match=r"^nova stands at 2025\.1, which is newer than 2023\.1$"):
        replace(SLURPS, start="2025.1", target="2023.1").find()


def test_a_target_without_an_image_definition_is_refused_with_those_that_have_one() -> None:
    with pytest.raises(ImageNotDefined, match=r"^no image is defined for 2025\.2; images/ defines 2024\.1, 2025\.1$"):
        replace(SLURPS, target="2025.2").find()


def test_a_gap_in_the_images_names_the_last_legal_move_and_what_to_define() -> None:
    with pytest.raises(MoveImpossible) as refusal:
        replace(SLURPS, start="2023.2", target="2025.2", defined=frozenset({"2024.1", "2025.2"})).find()
    assert refusal.value.message == "nova cannot go from 2023.2 to 2025.2: from 2023.2 it can go as far as 2024.1"
    assert refusal.value.advice == "define an image for 2024.2 or 2025.1 (docs/add-a-release.md)"


def test_where_not_even_the_first_move_is_defined_the_permitted_ones_are_named() -> None:
    with pytest.raises(MoveImpossible, match=r": the permitted moves from 2023\.1 are to 2023\.2 and 2024\.1$"):
        replace(SLURPS, defined=frozenset({"2025.1"})).find()


def test_the_farthest_release_in_reach_is_never_one_beyond_the_target() -> None:
    wide = Calendar(tuple(CALENDAR.find(series) for series in ("2023.1", "2023.2", "2024.2", "2025.1")))
    with pytest.raises(MoveImpossible, match=r": the permitted moves from 2023\.1 are to 2023\.2 and 2025\.1$"):
        replace(SLURPS, calendar=wide, target="2024.2", defined=frozenset({"2024.2", "2025.1"})).find()


def test_the_farthest_release_in_reach_is_the_latest_not_the_last_that_was_tried() -> None:
    named = ("2023.1", "2023.2", "2024.2", "2025.1", "2025.2")
    wide = Calendar((*(CALENDAR.find(series) for series in named), CALENDAR.find("zed")))
    with pytest.raises(MoveImpossible, match=r": from 2023\.1 it can go as far as 2025\.1$"):
        replace(SLURPS, calendar=wide, target="zed", defined=frozenset(named[:4]) | {"zed"}).find()


def test_a_hop_reads_as_an_arrow() -> None:
    assert str(Hop("2023.1", "2024.1")) == "2023.1 -> 2024.1"


# -- where to set out -------------------------------------------------------------------------------------------------

NAMES = [release.series for release in CALENDAR]
IMAGED = Permitted(CALENDAR, frozenset({"2023.1", "2024.1", "2025.1"}))


def begins(chosen: str, first: str, last: str, target: str, permitted: Permitted = IMAGED) -> str:
    """Where a project sets out whose rows fit every release from `first` to `last`."""
    return find_start("heat", chosen, NAMES[NAMES.index(first) : NAMES.index(last) + 1], target, permitted)


OLD = Calendar(
    tuple(
        Release(series=series, name=series, date=datetime.date(2000 + number, 1, 1), slurp=not series.isalpha())
        for number, series in enumerate(("wallaby", "xena", "yoga", "zed", "2023.1", "2024.1"))
    )
)
FITS = ("xena", "yoga", "zed", "2023.1")
HEADED = Permitted(OLD, frozenset({"2023.1", "2024.1"}))


def test_a_project_sets_out_from_the_release_chosen_for_it_where_a_way_leads_from_there() -> None:
    assert [begins(chosen, "zed", "2024.1", "2025.1") for chosen in NAMES[:4]] == NAMES[:4]
    assert begins("2025.1", "2024.1", "2025.1", "2025.1") == "2025.1"


def test_where_none_does_it_sets_out_from_the_oldest_candidate_with_a_way() -> None:
    assert find_start("placement", "xena", FITS, "2024.1", HEADED) == "zed"
    assert find_start("placement", "2023.1", FITS, "2024.1", HEADED) == "2023.1"


def test_a_floor_rules_a_candidate_out_too() -> None:
    floored = replace(HEADED, floors={"2023.1": "2023.1"})
    assert find_start("placement", "xena", FITS, "2024.1", floored) == "2023.1"


def test_no_candidate_is_taken_behind_a_release_that_may_not_be_passed_over() -> None:
    """Rows that both sides share do not tell whether it was stopped at."""
    stopping = replace(HEADED, must_stop=frozenset({"zed"}))
    with pytest.raises(MoveImpossible):
        find_start("placement", "xena", FITS, "2024.1", stopping)
    assert find_start("placement", "xena", FITS, "2024.1", replace(HEADED, must_stop=frozenset({"2023.1"}))) == "zed"


def test_the_target_is_no_place_to_set_out_from() -> None:
    """Nothing would run, and nobody has seen that everything did."""
    with pytest.raises(MoveImpossible):
        find_start("placement", "xena", ("xena", "2024.1"), "2024.1", HEADED)


def test_where_no_candidate_will_do_the_refusal_is_the_chosen_ones_and_names_the_others() -> None:
    with pytest.raises(MoveImpossible) as refusal:
        find_start("placement", "xena", ("wallaby", "xena", "yoga"), "2024.1", HEADED)
    assert refusal.value.message == (
        "placement cannot go from xena to 2024.1: the permitted moves from xena are to yoga; "
        "its version rows also fit wallaby, yoga, which will not do either"
    )
    assert refusal.value.advice == "define an image for yoga (docs/add-a-release.md)"
    with pytest.raises(MoveImpossible, match=r"xena are to yoga$"):
        find_start("placement", "xena", ("xena",), "2024.1", HEADED)


def test_a_project_beyond_the_target_is_refused_although_an_older_candidate_would_do() -> None:
    """The cloud says that it is there; an older release's code has nothing to do with its rows."""
    with pytest.raises(BeyondTarget):
        begins("2025.1", "2023.2", "2025.1", "2024.1")


@given(ways(), st.data())
def test_a_start_is_the_chosen_one_or_the_oldest_candidate_before_the_target_with_a_way(way: Way, data: st.DataObject) -> None:
    names = [release.series for release in way.calendar]
    candidates = names[
        data.draw(st.integers(0, names.index(way.start))) : data.draw(st.integers(names.index(way.start), 20)) + 1
    ]
    before = [one for one in candidates if way.calendar.is_later(way.target, one)]
    leading = {one for one in before if any(names[w[-1]] == way.target for w in replace(way, start=one).every_way())}
    past = {one for one in before if set(way.calendar.slice(way.start, one)[1:]) & way.must_stop}
    right = [one for one in before if one in leading - past]
    if way.start == way.target or way.start in leading:
        right = [way.start]
    if not right:
        with pytest.raises(MoveImpossible):
            find_start("p", way.start, candidates, way.target, way.permitted)
        return
    assert find_start("p", way.start, candidates, way.target, way.permitted) == right[0]


# -- releases that may be passed over ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("defined", "expected"),
    [
        ({"2023.1", "2023.2", "2024.1"}, ("2023.1", "2023.2", "2024.1")),
        ({"2023.1", "2024.1"}, ("2023.1", "2024.1")),
    ],
    ids=["it is defined", "it is not"],
)
def test_a_release_that_may_be_passed_over_is_where_it_has_no_definition(defined: set[str], expected: tuple[str, ...]) -> None:
    permitted = Permitted(CALENDAR, defined, may_pass=["2023.2"])
    calendar = CALENDAR.without_leaps()
    hops = find_path("glance", "zed", "2024.1", replace(permitted, calendar=calendar))
    assert tuple(hop.end for hop in hops) == expected


def test_one_that_may_not_be_passed_over_stands_in_the_way() -> None:
    permitted = Permitted(CALENDAR.without_leaps(), {"2023.1", "2024.1"})
    with pytest.raises(MoveImpossible, match=r"as far as 2023\.1"):
        find_path("glance", "zed", "2024.1", permitted)


def test_what_must_not_be_passed_over_is_not_because_it_has_no_definition() -> None:
    permitted = Permitted(CALENDAR.without_leaps(), {"2023.1", "2024.1"}, must_stop=["2023.2"], may_pass=["2023.2"])
    with pytest.raises(MoveImpossible):
        find_path("glance", "zed", "2024.1", permitted)
