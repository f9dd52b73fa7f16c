from runner.events import Event, ProjectAnswered, ProofGiven, RunBegan, StepBegan, StepEnded
from runner.reporting.progress import Asking, LaneState, Progress, advance
from tests.unit.reporting.happenings import EVENTS


def _after(*events: Event) -> Progress:
    progress = Progress(began=0.0)
    for second, event in enumerate(events, start=1):
        progress = advance(progress, event, float(second))
    return progress


def test_a_whole_run_adds_up() -> None:
    progress = _after(*EVENTS)
    assert (progress.done, progress.total, progress.skipped) == (2, 3, 1)
    assert (progress.asked, progress.findings) == (2, 1)
    assert (progress.proofs, progress.held_proofs) == (3, 1)
    assert progress.outcome == "failed"
    assert {name: lane.state.value for name, lane in progress.lanes.items()} == {
        "nova": "stopped",
        "glance": "done",
        "heat": "done",
    }
    assert not progress.images_at_work


def test_a_running_step_counts_from_its_own_beginning() -> None:
    progress = _after(RunBegan(run="r", steps=1, skipped=0, lanes={"nova": 1}), StepBegan(step="nova/sync", lane="nova"))
    assert progress.lanes["nova"].seconds(7.0) == 5.0


def test_online_migrations_that_run_again_are_not_counted_as_done() -> None:
    again = StepEnded(step="nova/online", lane="nova", outcome="again", exit_code=1, seconds=3.0)
    progress = _after(
        RunBegan(run="r", steps=1, skipped=0, lanes={"nova": 1}), StepBegan(step="nova/online", lane="nova"), again
    )
    lane = progress.lanes["nova"]
    assert lane.state is LaneState.WAITING
    assert (lane.done, lane.spent, lane.note) == (0, 3.0, "again")


def test_a_lane_that_nobody_announced_is_shown_all_the_same() -> None:
    assert _after(StepBegan(step="nova/sync", lane="nova")).lanes["nova"].state is LaneState.RUNNING


def test_projects_are_counted_as_they_answer_one_question_and_then_the_next() -> None:
    answers = [
        ProjectAnswered(question=question, project=project, of=2, seconds=1.0)
        for question in ("upgrade-check", "read-back")
        for project in ("nova", "heat")
    ]
    assert _after(*answers[:2]).asking == Asking("upgrade-check", 2, 2)
    assert _after(*answers[:3]).asking == Asking("read-back", 1, 2)
    assert _after(*answers, ProofGiven(proof="heads", subject="nova", holds=True)).asking is None
