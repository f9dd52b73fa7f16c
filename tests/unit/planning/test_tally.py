"""Tallies: nothing is named where the ids are the same, and what differs is named wherever that can be told."""

import importlib.util
import sys
import uuid
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner import recipes
from runner.planning.tally import BUCKETS, NAMED_BYTES, Tally, add, compare, of_numbers, tally

IDS = [str(uuid.UUID(int=number << 64)) for number in range(2000)]


@given(st.lists(st.text(min_size=1), unique=True), st.randoms(use_true_random=False))
def test_the_order_makes_no_difference(ids: list[str], random: object) -> None:
    shuffled = ids[:]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert tally(shuffled) == tally(ids)
    assert compare(tally(ids), tally(shuffled)) == ((), (), 0)


@given(st.sets(st.uuids(), min_size=1, max_size=300), st.data())
def test_one_that_is_gone_is_named_and_one_that_is_new(ids: set[uuid.UUID], data: st.DataObject) -> None:
    names = sorted(map(str, ids))
    lost = data.draw(st.sampled_from(names))
    kept = [name for name in names if name != lost]
    assert compare(tally(names), tally(kept)) == ((lost,), (), 0)
    assert compare(tally(kept), tally(names)) == ((), (lost,), 0)


def test_several_that_are_gone_are_named_where_each_is_alone_in_its_bucket() -> None:
    lost, kept = IDS[:8], IDS[8:]
    gone, new, tangled = compare(tally(IDS), tally(kept))
    assert set(gone) <= set(lost)
    assert not new
    assert len(gone) + 2 * tangled <= len(lost) <= len(gone) + 8 * tangled
    assert len(gone) >= 5


def test_an_id_that_was_replaced_by_another_is_found_even_in_the_same_bucket() -> None:
    one = IDS[0]
    bucket = tally([one]).buckets[0].number
    other = next(name for name in IDS[1:] if tally([name]).buckets[0].number == bucket)
    assert compare(tally([one]), tally([other])) == ((), (), 1)


@given(st.lists(st.text(min_size=1)), st.lists(st.text(min_size=1)))
def test_two_tallies_together_are_the_tally_of_both(ones: list[str], others: list[str]) -> None:
    assert add(tally(ones), tally(others)) == tally([*ones, *others])


def test_an_id_that_is_there_twice_is_new_once() -> None:
    assert compare(tally(IDS), tally([*IDS, IDS[5]])) == ((), (IDS[5],), 0)


def test_a_long_id_is_named_as_far_as_it_is_kept() -> None:
    long = "a" * (NAMED_BYTES + 1)
    assert compare(tally([long]), Tally()) == ((f"{'a' * NAMED_BYTES}...",), (), 0)


def test_there_are_no_more_buckets_than_there_may_be() -> None:
    counted = tally(IDS)
    assert counted.count == len(IDS)
    assert len(counted.buckets) == BUCKETS


@pytest.fixture(scope="module")
def inside() -> ModuleType:
    """What runs inside an image, imported here: it needs nothing of the image's until it connects."""
    path = f"{recipes.__path__[0]}/read_back/reading.py"
    spec = importlib.util.spec_from_file_location("reading_under_test", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@given(ids=st.lists(st.text(min_size=1)))
def test_an_image_counts_as_we_do(inside: ModuleType, ids: list[str]) -> None:
    buckets: dict[int, list[int]] = {}
    for identity in ids:
        inside.count(identity, buckets)
    assert Tally(buckets=tuple(of_numbers(number, *buckets[number]) for number in sorted(buckets))) == tally(ids)
