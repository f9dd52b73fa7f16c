from pathlib import Path

import pytest

from runner import events
from runner.containers.engine import OneShot
from runner.errors import EngineMissing, MigrationStuck, StepFailed, StepInDoubt, StepNotProved, ThingAMeError
from runner.events import Event, StepBegan, StepEnded
from runner.flows import one_step
from runner.flows.one_step import carry_out
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.journal.replay import StepState
from tests.support.engines import PASSWORD, MemoryEngine, Turn, entries_of, only, position_of, sitting, starting_rows
from tests.support.planning import drafted

EXPAND, ONLINE = "keystone/2024.1/expand", "nova/2024.1/online@cell1"
PLAN = only(drafted(), EXPAND, ONLINE)
ONCE = ["step-intended", "step-started", "step-ended"]


def an_engine(*turns: Turn, step: str = EXPAND) -> MemoryEngine:
    return MemoryEngine(PLAN, starting_rows(PLAN) | PLAN.step(ONLINE).finds, {step: list(turns)})


def carry(folder: Path, engine: MemoryEngine, step: str = EXPAND) -> list[Event]:
    """Carry the step out in one sitting; returns what was told."""
    told: list[Event] = []
    with sitting(folder, engine, tell=told.append) as sit:
        carry_out(PLAN.step(step), sit)
    return told


def fail(folder: Path, engine: MemoryEngine, kind: type[ThingAMeError], step: str = EXPAND) -> ThingAMeError:
    with pytest.raises(kind) as failure:
        carry(folder, engine, step)
    return failure.value


def test_a_step_is_intended_started_ended_and_proved(tmp_path: Path) -> None:
    engine = an_engine()
    told = carry(tmp_path / "run", engine)
    assert entries_of(tmp_path / "run", EXPAND) == [*ONCE, "step-proved"]
    assert position_of(tmp_path / "run").steps[EXPAND].state is StepState.PROVED
    assert engine.removed == ["c1"]
    match told:
        case [StepBegan(step=began, adopted=False), StepEnded(step=ended, outcome="proved", exit_code=0)]:
            assert (began, ended) == (EXPAND, EXPAND)
        case _:
            pytest.fail(str(told))


def test_the_intent_is_written_before_the_container_is_created(tmp_path: Path) -> None:
    engine = an_engine()
    seen: list[list[str]] = []
    create = engine.start

    def start(shot: OneShot) -> str:
        seen.append(entries_of(tmp_path / "run", EXPAND))
        return create(shot)

    engine.start = start  # type: ignore[method-assign]
    carry(tmp_path / "run", engine)
    assert seen == [["step-intended"]]


def test_the_log_is_kept_whole_and_without_passwords(tmp_path: Path) -> None:
    log = b"line\n" * 5 + b"connected with " + PASSWORD.encode()
    carry(tmp_path / "run", an_engine(Turn(log=log)))
    (ended,) = [one.entry for one in read_entries(tmp_path / "run") if isinstance(one.entry, e.StepEnded)]
    assert (tmp_path / "run" / ended.log).read_bytes() == log.replace(PASSWORD.encode(), b"***")


def test_a_failure_that_prints_the_password_does_not_pass_it_on(tmp_path: Path) -> None:
    failure = fail(tmp_path / "run", an_engine(Turn(1, log=f"OperationalError: {PASSWORD} refused".encode())), StepFailed)
    assert PASSWORD not in failure.message


def test_rows_already_where_they_belong_need_no_container(tmp_path: Path) -> None:
    engine = an_engine()
    engine.rows.update(PLAN.step(EXPAND).expects)
    told = carry(tmp_path / "run", engine)
    assert not engine.shots
    assert entries_of(tmp_path / "run", EXPAND) == ["step-proved"]
    assert isinstance(told[-1], StepEnded)
    assert told[-1].outcome == "already-done"


def test_rows_that_somebody_else_moved_stop_the_step_before_it_begins(tmp_path: Path) -> None:
    engine = an_engine()
    engine.rows["keystone"] = ("c9", "e9")
    failure = fail(tmp_path / "run", engine, StepInDoubt)
    assert "found keystone at c9, e9; the plan has keystone at c1, e1" in failure.message
    assert not engine.shots


def test_a_failure_names_step_code_last_words_and_log(tmp_path: Path) -> None:
    failure = fail(tmp_path / "run", an_engine(Turn(1, b"DBError: use_quota\n", moves=False)), StepFailed)
    log = tmp_path / "run" / "logs/keystone_2024.1_expand.1.log"
    assert failure.message == f"{EXPAND} ended with exit code 1: DBError: use_quota (log: {log})"
    assert log.read_bytes() == b"DBError: use_quota\n"
    assert entries_of(tmp_path / "run", EXPAND) == ONCE


def test_a_container_killed_for_its_memory_is_said_to_be(tmp_path: Path) -> None:
    failure = fail(tmp_path / "run", an_engine(Turn(137, b"working\n", oom=True)), StepFailed)
    assert "it used more memory than a step may" in failure.message


def test_a_command_that_lied_is_not_proved(tmp_path: Path) -> None:
    failure = fail(tmp_path / "run", an_engine(Turn(0, moves=False)), StepNotProved)
    assert "ended well, but keystone is at c1, e1, not at c1, e2" in failure.message
    assert position_of(tmp_path / "run").steps[EXPAND].state is StepState.ENDED


# -- online: again and stuck ------------------------------------------------------------------------------------------


def test_again_runs_again_until_it_is_done(tmp_path: Path) -> None:
    engine = an_engine(Turn(1), Turn(1), Turn(0), step=ONLINE)
    carry(tmp_path / "run", engine, ONLINE)
    assert entries_of(tmp_path / "run", ONLINE) == [*ONCE * 3, "step-proved"]
    assert position_of(tmp_path / "run").steps[ONLINE].attempt == 3
    assert engine.removed == ["c1", "c2", "c3"]
    assert [shot.labels["thing-a-me.attempt"] for shot in engine.shots.values()] == ["1", "2", "3"]


def test_stuck_is_not_run_again(tmp_path: Path) -> None:
    engine = an_engine(Turn(1), Turn(2, b"1 row failed\n"), step=ONLINE)
    failure = fail(tmp_path / "run", engine, MigrationStuck, ONLINE)
    assert failure.message.startswith(f"{ONLINE} ended with exit code 2: rows are left that it cannot move: 1 row failed")
    assert engine.ran(ONLINE) == 2


def test_a_migration_that_turns_in_a_circle_is_stuck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_step, "_ENOUGH", 3)
    engine = an_engine(*[Turn(1)] * 5, step=ONLINE)
    failure = fail(tmp_path / "run", engine, MigrationStuck, ONLINE)
    assert f"{ONLINE} asked to be run again 3 times" in failure.message
    assert engine.ran(ONLINE) == 3


def test_the_last_permitted_attempt_may_succeed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(one_step, "_ENOUGH", 3)
    carry(tmp_path / "run", an_engine(Turn(1), Turn(1), Turn(0), step=ONLINE), ONLINE)


# -- taking up --------------------------------------------------------------------------------------------------------


class KilledError(BaseException):
    """The runner dies: nothing of ours may run any more."""


def kill_at(folder: Path, engine: MemoryEngine, kind: str, step: str = EXPAND) -> None:
    """Carry the step out until the entry of this kind is on the disk, and die there."""
    with pytest.raises(KilledError), sitting(folder, engine) as sit:
        write = sit.journal.append

        def append(entry: e.Entry) -> int:
            number = write(entry)
            if entry.kind == kind:
                raise KilledError
            return number

        sit.journal.append = append  # type: ignore[method-assign]
        carry_out(PLAN.step(step), sit)


def test_a_container_that_outlived_its_runner_is_adopted_not_repeated(tmp_path: Path) -> None:
    engine = an_engine()
    kill_at(tmp_path / "run", engine, "step-started")
    told = carry(tmp_path / "run", engine)
    assert engine.ran(EXPAND) == 1
    assert entries_of(tmp_path / "run", EXPAND) == [
        "step-intended",
        "step-started",
        "step-started",
        "step-ended",
        "step-proved",
    ]
    assert position_of(tmp_path / "run").steps[EXPAND].attempt == 1
    assert told[0] == StepBegan(step=EXPAND, lane="keystone", adopted=True)


def test_a_runner_that_died_between_intent_and_container_begins_again(tmp_path: Path) -> None:
    engine = an_engine()
    kill_at(tmp_path / "run", engine, "step-intended")
    carry(tmp_path / "run", engine)
    assert entries_of(tmp_path / "run", EXPAND) == ["step-intended", *ONCE, "step-proved"]
    assert position_of(tmp_path / "run").steps[EXPAND].attempt == 2


def test_a_runner_that_died_between_end_and_proof_proves_without_a_container(tmp_path: Path) -> None:
    engine = an_engine()
    kill_at(tmp_path / "run", engine, "step-ended")
    carry(tmp_path / "run", engine)
    assert engine.ran(EXPAND) == 1
    assert entries_of(tmp_path / "run", EXPAND) == [*ONCE, "step-proved"]


@pytest.mark.parametrize(("code", "containers"), [(0, 1), (1, 2), (2, 2)])
def test_an_online_step_is_run_again_unless_it_was_seen_to_succeed(tmp_path: Path, code: int, containers: int) -> None:
    engine = an_engine(Turn(code), step=ONLINE)
    kill_at(tmp_path / "run", engine, "step-ended", ONLINE)
    carry(tmp_path / "run", engine, ONLINE)
    assert engine.ran(ONLINE) == containers
    assert position_of(tmp_path / "run").steps[ONLINE].state is StepState.PROVED


def test_a_command_that_lied_before_its_runner_died_is_still_found_out(tmp_path: Path) -> None:
    engine = an_engine(Turn(0, moves=False))
    kill_at(tmp_path / "run", engine, "step-ended")
    fail(tmp_path / "run", engine, StepNotProved)
    assert engine.ran(EXPAND) == 1


def test_no_container_is_left_behind_by_a_runner_that_died_after_its_end(tmp_path: Path) -> None:
    engine = an_engine()
    kill_at(tmp_path / "run", engine, "step-ended")
    carry(tmp_path / "run", engine)
    assert set(engine.shots) <= set(engine.removed)


def test_a_failed_step_may_stand_half_way_and_is_tried_again(tmp_path: Path) -> None:
    engine = an_engine(Turn(1, moves=False))
    fail(tmp_path / "run", engine, StepFailed)
    engine.rows["keystone"] = ("c1", "e1half")
    carry(tmp_path / "run", engine)
    assert engine.ran(EXPAND) == 2
    assert position_of(tmp_path / "run").steps[EXPAND].state is StepState.PROVED


def test_an_adopted_container_that_asks_for_more_is_followed_by_another(tmp_path: Path) -> None:
    engine = an_engine(Turn(1), Turn(0), step=ONLINE)
    kill_at(tmp_path / "run", engine, "step-started", ONLINE)
    told = carry(tmp_path / "run", engine, ONLINE)
    assert engine.ran(ONLINE) == 2
    assert isinstance(told[-1], events.StepEnded)
    assert told[-1].outcome == "proved"


def test_an_engine_that_goes_away_leaves_the_step_to_be_adopted(tmp_path: Path) -> None:
    engine = an_engine(Turn(raises=EngineMissing("the engine went away")))
    fail(tmp_path / "run", engine, EngineMissing)
    assert position_of(tmp_path / "run").steps[EXPAND].state is StepState.STARTED
    carry(tmp_path / "run", engine)
    assert engine.ran(EXPAND) == 1
