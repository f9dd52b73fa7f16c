"""The graph of steps: the order and the counts that the standard library, or plain recursion, would find."""

from graphlib import TopologicalSorter

from hypothesis import given
from hypothesis import strategies as st

from runner.planning.graph import Graph
from tests.support.schedules import Timed, timed_plans


@given(timed_plans())
def test_each_comes_behind_all_that_it_waits_for(timed: Timed) -> None:
    after = {step.id: step.after for step in timed.plan.steps}
    ordered = Graph.of(after).in_order
    assert sorted(ordered) == sorted(TopologicalSorter(after).static_order())
    for name, others in after.items():
        assert all(ordered.index(other) < ordered.index(name) for other in others)


@given(timed_plans(), st.data())
def test_those_behind_are_counted_once_directly_or_through_others(timed: Timed, data: st.DataObject) -> None:
    after = {step.id: set(step.after) for step in timed.plan.steps}
    counting = data.draw(st.sets(st.sampled_from(sorted(after))))

    def waits_for(name: str) -> set[str]:
        return after[name].union(*(waits_for(other) for other in after[name]))

    found = Graph.of(after).count_behind(counting)
    assert found == {name: len([other for other in counting if name in waits_for(other)]) for name in after}


def test_what_is_named_twice_is_waited_for_once() -> None:
    assert Graph.of({"a": (), "b": ("a", "a")}).waits == {"a": 0, "b": 1}
