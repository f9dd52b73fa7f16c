import threading
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runner.errors import EngineMissing, StepFailed
from runner.events import Event, LaneStopped, StepBegan, StepEnded, StepSkipped
from runner.flows.chain import run_chain
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.journal.replay import StepState
from runner.planning.plan import Plan
from tests.support.engines import MemoryEngine, Turn, entries_of, only, position_of, sitting, starting_rows
from tests.support.planning import drafted

PLAN = drafted()
EXPAND, MIGRATE, SYNC = "keystone/2024.1/expand", "keystone/2024.1/migrate", "heat/2024.1/sync"


def an_engine(plan: Plan = PLAN, **more: dict[str, list[Turn]]) -> MemoryEngine:
    return MemoryEngine(plan, starting_rows(plan), **more)  # type: ignore[arg-type]


def run(folder: Path, engine: MemoryEngine, *, jobs: int = 2, tell: Callable[[Event], None] = lambda _: None) -> None:
    with sitting(folder, engine, tell=tell) as sit:
        run_chain(engine.plan, sit, jobs=jobs)


def test_the_whole_plan_runs_to_its_end(tmp_path: Path) -> None:
    engine = an_engine()
    run(tmp_path / "run", engine)
    assert engine.rows == {one.id: one.ends for one in PLAN.databases}
    states = {name: step.state for name, step in position_of(tmp_path / "run").steps.items()}
    assert states == {s.id: StepState.SKIPPED if s.skip else StepState.PROVED for s in PLAN.steps}
    assert set(engine.removed) == set(engine.shots)


def test_a_skipped_step_is_written_down_with_its_reason_and_told(tmp_path: Path) -> None:
    told: list[Event] = []
    run(tmp_path / "run", an_engine(), tell=told.append)
    reasons = {
        one.entry.step: one.entry.reason for one in read_entries(tmp_path / "run") if isinstance(one.entry, e.StepSkipped)
    }
    assert reasons == {step.id: step.skip for step in PLAN.steps if step.skip}
    assert {one.step for one in told if isinstance(one, StepSkipped)} == set(reasons)


@st.composite
def graphs(draw: st.DrawFn) -> Plan:
    """A plan whose steps wait for any of those before them."""
    names = [f"s{number}" for number in range(draw(st.integers(1, 8)))]
    online = PLAN.step("nova/2024.1/online@cell1")
    steps = tuple(
        online.model_copy(
            update={
                "id": name,
                "lane": name,
                "skip": draw(st.sampled_from([None, None, "nothing to do"])),
                "after": tuple(draw(st.sets(st.sampled_from(names[:number]), max_size=3))) if number else (),
            }
        )
        for number, name in enumerate(names)
    )
    return PLAN.model_copy(update={"steps": steps})


@settings(max_examples=40, deadline=None)
@given(graphs(), st.integers(1, 4))
def test_no_step_begins_before_those_it_waits_for_are_proved(plan: Plan, jobs: int) -> None:
    engine = MemoryEngine(plan, starting_rows(PLAN) | PLAN.step("nova/2024.1/online@cell1").finds)
    with TemporaryDirectory() as folder:
        run(Path(folder) / "run", engine, jobs=jobs)
        entries = [stamped.entry for stamped in read_entries(Path(folder) / "run")]
    over = {entry.step: n for n, entry in enumerate(entries) if isinstance(entry, e.StepProved | e.StepSkipped)}
    begun = {entry.step: n for n, entry in enumerate(entries) if isinstance(entry, e.StepIntended)}
    assert set(over) == {step.id for step in plan.steps}
    assert set(begun) == {step.id for step in plan.to_run}
    assert all(over[other] < begun[step.id] for step in plan.to_run for other in step.after)
    assert engine.most_at_once <= jobs


def test_lanes_run_side_by_side(tmp_path: Path) -> None:
    engine = an_engine(only(PLAN, EXPAND, SYNC))
    both_began = threading.Event()
    engine.holding = {EXPAND: both_began, SYNC: both_began}
    told: list[Event] = []

    def tell(event: Event) -> None:
        told.append(event)
        if len(told) == 2:
            both_began.set()

    run(tmp_path / "run", engine, tell=tell)
    assert {event.step for event in told[:2] if isinstance(event, StepBegan)} == {EXPAND, SYNC}


def test_one_job_runs_one_step_at_a_time(tmp_path: Path) -> None:
    engine = an_engine()
    run(tmp_path / "run", engine, jobs=1)
    assert engine.most_at_once == 1


def test_the_step_that_most_others_wait_for_begins_first(tmp_path: Path) -> None:
    engine = an_engine()
    run(tmp_path / "run", engine, jobs=1)
    began = [name for what, name in engine.history if what == "began"]
    assert began.index("nova/2024.1/api-sync") < began.index(EXPAND) < began.index(SYNC)


def test_a_failure_keeps_what_waits_for_a_free_place_from_beginning(tmp_path: Path) -> None:
    turns = {EXPAND: [Turn(1, moves=False)], SYNC: [Turn(1, moves=False)]}
    engine = an_engine(only(PLAN, EXPAND, SYNC), turns=turns)
    with pytest.raises(StepFailed):
        run(tmp_path / "run", engine, jobs=1)
    assert len(engine.shots) == 1


def test_a_failure_keeps_what_waits_for_a_decision_from_beginning(tmp_path: Path) -> None:
    plan = only(PLAN, EXPAND, SYNC)
    engine = an_engine(plan, turns={EXPAND: [Turn(1, moves=False)], SYNC: [Turn(1, moves=False)]})
    asked = dict[int, None]()
    both = threading.Barrier(2)
    patience = time.monotonic() + 20

    def demand() -> bool:
        """Let the lane begin that asks first, and the other one wait."""
        if (lane := threading.get_ident()) not in asked:
            asked[lane] = None
            both.wait(20)
        return lane == next(iter(asked)) or time.monotonic() > patience

    with sitting(tmp_path / "run", engine) as sit, pytest.raises(StepFailed):
        run_chain(plan, sit, jobs=2, demand=demand)
    assert len(engine.shots) == 1
    assert time.monotonic() < patience


# -- failure ----------------------------------------------------------------------------------------------------------


def fail_beside_a_running_step(folder: Path, told: list[Event]) -> MemoryEngine:
    """Heat's sync fails while keystone's expand still runs."""
    plan = only(PLAN, EXPAND, MIGRATE, SYNC, "heat/2025.1/sync")
    engine = an_engine(plan, turns={SYNC: [Turn(1, b"DBError: no\n", moves=False)]})
    gate = threading.Event()
    engine.holding = {EXPAND: gate}

    def tell(event: Event) -> None:
        told.append(event)
        if isinstance(event, LaneStopped):
            gate.set()

    with pytest.raises(StepFailed, match="DBError: no"):
        run(folder, engine, tell=tell)
    return engine


def test_a_failure_lets_running_steps_finish_and_begins_nothing_new(tmp_path: Path) -> None:
    engine = fail_beside_a_running_step(tmp_path / "run", [])
    position = position_of(tmp_path / "run")
    assert position.steps[EXPAND].state is StepState.PROVED
    assert position.steps[SYNC].state is StepState.FAILED
    assert {name for _, name in engine.history} == {EXPAND, SYNC}
    assert position.steps[MIGRATE].state is StepState.WAITING
    assert position.stopped == {"heat"}


def test_a_failure_is_written_down_and_told_with_what_waits_behind_it(tmp_path: Path) -> None:
    told: list[Event] = []
    fail_beside_a_running_step(tmp_path / "run", told)
    assert entries_of(tmp_path / "run", SYNC) == ["step-intended", "step-started", "step-ended", "step-failed"]
    (failed,) = [one.entry for one in read_entries(tmp_path / "run") if isinstance(one.entry, e.StepFailed)]
    assert failed.error == "StepFailed"
    # Heat's second sync has nothing to do, so nothing that would run waits.
    assert [one for one in told if isinstance(one, LaneStopped)] == [LaneStopped(lane="heat", step=SYNC, waiting=0)]
    assert [one.outcome for one in told if isinstance(one, StepEnded) and one.step == SYNC] == ["failed"]


def test_what_waits_is_counted_through_every_step_in_between(tmp_path: Path) -> None:
    told: list[Event] = []
    engine = an_engine(turns={"nova/2024.1/api-sync": [Turn(1, moves=False)]})
    with pytest.raises(StepFailed):
        run(tmp_path / "run", engine, tell=told.append)
    (stopped,) = [one for one in told if isinstance(one, LaneStopped)]
    behind = [step for step in PLAN.to_run if step.project == "nova" and step.id != stopped.step]
    assert stopped.waiting == len(behind) == 6


def test_two_failures_are_both_written_down_and_the_first_is_raised(tmp_path: Path) -> None:
    plan = only(PLAN, EXPAND, SYNC)
    engine = an_engine(plan, turns={EXPAND: [Turn(1, moves=False)], SYNC: [Turn(1, moves=False)]})
    gate = threading.Event()
    engine.holding = {EXPAND: gate}
    with pytest.raises(StepFailed, match=SYNC):
        run(tmp_path / "run", engine, tell=lambda event: gate.set() if isinstance(event, LaneStopped) else None)
    assert position_of(tmp_path / "run").stopped == {"keystone", "heat"}


def test_after_a_failure_is_mended_only_what_is_left_runs(tmp_path: Path) -> None:
    engine = an_engine(turns={SYNC: [Turn(1, moves=False)]})
    with pytest.raises(StepFailed):
        run(tmp_path / "run", engine)
    before = list(engine.history)
    run(tmp_path / "run", engine)
    assert engine.rows == {one.id: one.ends for one in PLAN.databases}
    assert engine.ran(SYNC) == 2
    proved = {name for what, name in before if what == "ended"} - {SYNC}
    assert not proved & {name for what, name in engine.history[len(before) :] if what == "began"}
    assert not position_of(tmp_path / "run").ahead


def test_an_engine_that_goes_away_does_not_make_a_running_step_a_failed_one(tmp_path: Path) -> None:
    engine = an_engine(only(PLAN, EXPAND), turns={EXPAND: [Turn(raises=EngineMissing("gone"))]})
    with pytest.raises(EngineMissing):
        run(tmp_path / "run", engine)
    assert position_of(tmp_path / "run").steps[EXPAND].state is StepState.STARTED
    assert position_of(tmp_path / "run").stopped == {"keystone"}
    run(tmp_path / "run", engine)
    assert engine.ran(EXPAND) == 1


def test_what_may_still_run_decides_how_a_chain_ends_whatever_failed_before_it(tmp_path: Path) -> None:
    """Whoever gives accounts and network back goes by the error that is raised."""
    expand_waits = threading.Event()
    engine = an_engine(turns={SYNC: [Turn(exit_code=1, moves=False)], EXPAND: [Turn(raises=EngineMissing("gone"))]})
    engine.holding = {EXPAND: expand_waits}

    def tell(event: Event) -> None:
        if isinstance(event, LaneStopped):
            expand_waits.set()

    with pytest.raises(EngineMissing):
        run(tmp_path / "run", engine, tell=tell)
    states = position_of(tmp_path / "run").steps
    assert (states[SYNC].state, states[EXPAND].state) == (StepState.FAILED, StepState.STARTED)


# -- interrupt --------------------------------------------------------------------------------------------------------


def interrupt_while_expand_runs(folder: Path, engine: MemoryEngine) -> None:
    expand_runs = threading.Event()
    engine.signals = {EXPAND: expand_runs}
    engine.holding = {EXPAND: threading.Event(), SYNC: expand_runs}

    def tell(event: Event) -> None:
        if isinstance(event, StepEnded):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(folder, engine, tell=tell)


def test_an_interrupt_leaves_the_running_container_for_resume_to_adopt(tmp_path: Path) -> None:
    engine = an_engine(only(PLAN, EXPAND, SYNC, MIGRATE))
    interrupt_while_expand_runs(tmp_path / "run", engine)
    assert position_of(tmp_path / "run").steps[EXPAND].state is StepState.STARTED
    (left,) = set(engine.shots) - set(engine.removed)
    assert engine.shots[left].labels["thing-a-me.step"] == EXPAND
    assert engine.history[-1] == ("ended", SYNC)
    engine.holding = {}
    run(tmp_path / "run", engine)
    assert engine.ran(EXPAND) == 1
    assert engine.ran(MIGRATE) == 1
    assert not position_of(tmp_path / "run").ahead


def test_a_bug_in_one_lane_is_raised_at_once_and_no_step_is_called_failed(tmp_path: Path) -> None:
    engine = an_engine(only(PLAN, EXPAND, SYNC), turns={SYNC: [Turn(raises=RuntimeError("bug"))]})
    engine.holding = {EXPAND: threading.Event()}
    with pytest.raises(RuntimeError, match="bug"):
        run(tmp_path / "run", engine)
    states = {step.state for step in position_of(tmp_path / "run").steps.values()}
    assert StepState.FAILED not in states
