"""The live picture where there are more lanes than lines."""

import io

import pytest
from rich.console import Console

from runner.reporting.progress import LaneProgress, LaneState, Progress
from runner.reporting.terminal import draw

STATES = [LaneState.DONE] * 40 + [LaneState.RUNNING] * 8 + [LaneState.WAITING] * 51 + [LaneState.STOPPED]
LANES = {f"lane{number:03}": LaneProgress(10, 5, state, step="s") for number, state in enumerate(STATES)}


def picture(height: int | None, lanes: dict[str, LaneProgress] = LANES) -> list[str]:
    console = Console(file=io.StringIO(), width=100)
    console.print(draw(Progress(0.0, lanes=lanes), 62.0, height=height))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


@pytest.mark.parametrize("height", [4, 12, 50, 101])
def test_it_is_never_higher_than_the_terminal_and_ends_with_its_foot(height: int) -> None:
    lines = picture(height)
    assert len(lines) == height
    assert "500/1000 steps" in lines[-1]


def test_what_stopped_and_what_runs_is_shown_first_in_the_plans_order_and_the_rest_is_summed_up() -> None:
    lines = picture(12)
    assert [line.split()[0] for line in lines[1:10]] == [f"lane{number:03}" for number in (*range(40, 48), 99)]
    assert lines[10].split() == ["91", "more", "51", "waiting,", "40", "done"]


def test_where_all_have_room_all_are_shown() -> None:
    few = dict(list(LANES.items())[:10])
    assert picture(12, few) == picture(None, few)
    assert len(picture(102)) == len(picture(None)) == 102


def test_a_lane_that_waits_does_not_name_the_step_that_it_has_behind_it() -> None:
    def words(note: str) -> list[str]:
        lane = LaneProgress(5, 4, LaneState.WAITING, step="nova.cell2/2025.1/online@cell2", note=note)
        return picture(None, {"nova.cell2": lane})[1].split()[2:]

    assert words("") == ["4/5", "waiting"]
    assert words("again") == ["4/5", "waiting", "2025.1/online@cell2", "again"]
