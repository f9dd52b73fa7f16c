"""What a rehearsal takes over from an earlier one: what that did on its way to a checkpoint, and nothing of what came after."""

from runner.journal.entry import (
    AccountsMade,
    Entry,
    IdsTallied,
    LaneStopped,
    PhaseBegan,
    PhaseEnded,
    ProofGiven,
    ReleaseReached,
    RowsCounted,
    RunBegan,
    RunEnded,
    StepFailed,
    StepMeasured,
    StepSkipped,
    StepTakenOver,
    TakenOver,
)
from runner.journal.heritage import inherit
from runner.journal.replay import StepState, replay
from runner.reporting.junit import write_junit
from runner.reporting.markdown import write_markdown
from runner.reporting.report import report_of
from tests.unit.journal.histories import BEGAN, STEPS, proved, ran, stamp

EXPAND, MIGRATE, SYNC, ONLINE, LAST = (step.step for step in STEPS)
AGAIN = BEGAN.model_copy(update={"run": "20261120-130000-next", "flow": "rehearse", "snapshot": "20261120-110000-snap"})


def measured(step: str) -> StepMeasured:
    return StepMeasured(
        step=step,
        seconds=2.5,
        statements=3,
        rows_changed=4,
        longest_lock=0.1,
        definitions=(),
        bytes_before=1,
        bytes_after=2,
        temporary_bytes=0,
    )


COUNTED = RowsCounted(moment="before", tables=())
PROVED_THERE = ProofGiven(proof="schema", subject="cinder at 2024.1", holds=True)
THERE = ReleaseReached(release="2024.1", schemas={"cinder": "sha256:c"})
FIRST: tuple[Entry, ...] = (
    AGAIN.model_copy(update={"run": "20261120-120000-frst"}),
    PhaseBegan(phase="count rows", number=1, of=4),
    COUNTED,
    IdsTallied(tallies=()),
    PhaseEnded(phase="count rows"),
    PhaseBegan(phase="to 2024.1", number=2, of=4),
    AccountsMade(names=("tam_cinder",)),
    *ran(EXPAND, 1),
    proved(EXPAND),
    measured(EXPAND),
    StepSkipped(step=MIGRATE, reason="nothing"),
    *ran(SYNC, 1),
    proved(SYNC),
    measured(SYNC),
    *ran(ONLINE, 1, exit_code=1),
    *ran(ONLINE, 2),
    proved(ONLINE),
    measured(ONLINE),
    PROVED_THERE,
    THERE,
    PhaseEnded(phase="to 2024.1"),
    PhaseBegan(phase="to 2025.1", number=3, of=4),
    *ran(LAST, 1, exit_code=2),
    StepFailed(step=LAST, error="StepFailed", message="no"),
    LaneStopped(lane="cinder", step=LAST),
    ProofGiven(proof="schema", subject="cinder at 2025.1", holds=False),
    RunEnded(outcome="failed", message="no"),
)
HERITAGE = inherit(stamp(FIRST), "2024.1")
SECOND: tuple[Entry, ...] = (AGAIN, TakenOver(run="20261120-120000-frst", release="2024.1", folder="/s/c"), *HERITAGE)


def test_evidence_comes_as_it_was_and_steps_as_done_elsewhere() -> None:
    def taken_over(step: str, seconds: float) -> StepTakenOver:
        return StepTakenOver(step=step, run="20261120-120000-frst", heads=("abc123",), seconds=seconds)

    assert inherit(stamp(FIRST), "2024.1") == (
        COUNTED,
        IdsTallied(tallies=()),
        taken_over(EXPAND, 1.5),
        measured(EXPAND),
        StepSkipped(step=MIGRATE, reason="nothing"),
        taken_over(SYNC, 1.5),
        measured(SYNC),
        taken_over(ONLINE, 3.0),
        measured(ONLINE),
        PROVED_THERE,
        THERE,
    )


def test_there_is_nothing_of_a_release_that_was_not_reached() -> None:
    assert inherit(stamp(FIRST), "2025.1") == ()
    assert inherit(stamp(FIRST[: FIRST.index(THERE)]), "2024.1") == ()


def test_what_was_taken_over_once_can_be_taken_over_again_and_still_names_who_did_it() -> None:
    assert inherit(stamp(SECOND), "2024.1") == HERITAGE


def test_what_was_taken_over_is_behind_the_run() -> None:
    position = replay(stamp(SECOND))
    assert {name for name, step in position.steps.items() if step.state is StepState.TAKEN_OVER} == {EXPAND, SYNC, ONLINE}
    assert [step.plan.step for step in position.ahead] == [LAST]
    assert position.outcome is None
    assert position.accounts == frozenset()


def test_the_report_tells_who_did_what_and_counts_no_container() -> None:
    report = report_of(stamp((*SECOND, *ran(LAST, 1), proved(LAST), measured(LAST), RunEnded(outcome="proved"))))
    assert {step.step: step.outcome for step in report.steps}[SYNC] == "taken-over"
    totals = report.totals
    assert (totals.proved, totals.taken_over, totals.skipped, totals.ahead, totals.containers) == (1, 3, 1, 0, 1)
    assert totals.step_seconds == 7.5
    written = write_markdown(report)
    assert "- begins at the checkpoint at 2024.1 of run `20261120-120000-frst`" in written
    assert f"| `{SYNC}` | taken-over |  | 1.5 s | run 20261120-120000-frst did it |" in written
    assert "1 proved, 3 taken over, 1 with nothing to do" in written
    assert 'tests="7" failures="0" errors="0" skipped="1"' in write_junit(report)


def test_a_run_that_began_at_the_snapshot_says_nothing_of_it() -> None:
    began = FIRST[0]
    assert isinstance(began, RunBegan)
    report = report_of(stamp(FIRST))
    assert report.taken_over is None
    assert "taken" not in write_markdown(report)
