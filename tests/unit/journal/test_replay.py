import itertools

import pytest
from hypothesis import given

from runner.errors import JournalBroken
from runner.journal.entry import Entry, RunResumed, Stamped, StepEnded, StepIntended, StepSkipped, StepStarted
from runner.journal.replay import StepState, replay
from tests.unit.journal.histories import BEGAN, FAILED, PROVED, STEPS, UNFINISHED, journals, proved, ran, stamp

FIRST = STEPS[0].step


@given(journals())
def test_any_beginning_of_a_journal_has_a_position_and_steps_never_go_back(history: tuple[Stamped, ...]) -> None:
    positions = [replay(history[:length]) for length in range(1, len(history) + 1)]
    for before, after in itertools.pairwise(positions):
        for step in before.steps:
            one, other = before.steps[step], after.steps[step]
            assert (one.attempt, one.state) <= (other.attempt, other.state)
        assert len(after.ahead) <= len(before.ahead)


@given(journals())
def test_the_same_entries_give_the_same_position(history: tuple[Stamped, ...]) -> None:
    assert replay(history) == replay(list(history))


@given(journals())
def test_a_step_is_in_doubt_exactly_from_its_intent_to_its_outcome(history: tuple[Stamped, ...]) -> None:
    said = {entry.entry.step: entry.entry.kind for entry in history if entry.entry.kind.startswith("step-")}  # type: ignore[union-attr]
    doubted = {step for step, kind in said.items() if kind in {"step-intended", "step-started", "step-ended"}}
    assert {step.plan.step for step in replay(history).in_doubt} == doubted


def test_a_run_that_was_killed_holds_what_it_had_borrowed() -> None:
    position = replay(stamp(UNFINISHED))
    assert position.accounts == {"tam_cinder", "tam_glance"}
    assert position.networks == {"tam-qkzt"}
    assert position.outcome is None
    assert position.phase is not None
    assert position.phase.phase == "chain"
    assert [(step.plan.step, step.state, step.exit_code) for step in position.in_doubt] == [
        ("cinder/online@2024.1", StepState.ENDED, 1)
    ]
    assert [step.plan.step for step in position.ahead] == ["cinder/online@2024.1", "cinder/sync@2025.1"]


def test_a_failed_run_may_be_taken_up_and_then_has_no_outcome() -> None:
    failed = replay(stamp(FAILED))
    assert failed.outcome == "failed"
    assert failed.stopped == {"cinder"}
    assert not failed.is_over
    assert failed.steps["cinder/online@2024.1"].state is StepState.FAILED
    resumed = replay(stamp((*FAILED, RunResumed(pid=1, host="h", version="0"))))
    assert resumed.outcome is None
    assert not resumed.stopped


def test_a_proved_run_is_over_and_holds_nothing() -> None:
    position = replay(stamp(PROVED))
    assert position.is_over
    assert not position.ahead + position.in_doubt
    assert not position.accounts | position.networks
    assert position.steps["cinder/online@2024.1"].attempt == 3


@pytest.mark.parametrize(
    ("entries", "why"),
    [
        ((), "holds no entry"),
        ((RunResumed(pid=1, host="h", version="0"),), r"entry 1 .*begins with run-began"),
        ((BEGAN, BEGAN), "the run had begun"),
        ((BEGAN, proved("swift/sync@2024.1")), "the plan has no step swift/sync@2024.1"),
        ((BEGAN, StepStarted(step=FIRST, attempt=1, container="c")), "was waiting"),
        ((BEGAN, *ran(FIRST, 1), StepSkipped(step=FIRST, reason="r")), "was ended"),
        ((BEGAN, proved(FIRST), StepIntended(step=FIRST, attempt=1, labels={})), "was proved"),
        ((BEGAN, StepIntended(step=FIRST, attempt=2, labels={})), "has attempt 2 where 1 is due"),
        ((BEGAN, *ran(FIRST, 1)[:2], StepEnded(step=FIRST, attempt=3, exit_code=0, seconds=0, log="l")), "attempt 3 where 1"),
    ],
)
def test_entries_that_contradict_each_other_are_refused(entries: tuple[Entry, ...], why: str) -> None:
    with pytest.raises(JournalBroken, match=why):
        replay(stamp(entries))
