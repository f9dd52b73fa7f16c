"""Which mend of text was left half way: what its journal says of how far it is."""

from pathlib import Path

import pytest

from runner.errors import RunUnfinished
from runner.flows.text_left import demand_none_left, find_left
from runner.journal import entry as e
from runner.journal.runs import new_run
from runner.journal.text_entry import TextEntry, TextMendTried, TextStatementBegan, TextStatementDone, TextStep
from runner.journal.writer import open_journal

BEGAN = e.RunBegan(run="r", flow="text", version="1", cloud="cloud.yaml", pid=1, host="h")
STEP = TextStep(schema_name="keystone", table="user", sql="ALTER ...", says="to UTF-8", before="a", after="b", seconds=1.0)
TRIED = TextMendTried(snapshot="s", steps=(STEP, STEP), columns=(), before=(), after=())
FAILED, PROVED, UNDONE = (e.RunEnded(outcome=outcome) for outcome in ("failed", "proved", "undone"))


def begins(number: int) -> TextStatementBegan:
    return TextStatementBegan(number=number)


def ends(number: int) -> TextStatementDone:
    return TextStatementDone(number=number, seconds=1.0)


def written(runs: Path, *entries: TextEntry | e.RunEnded) -> Path:
    folder = new_run(runs)
    with open_journal(folder, create=True) as journal:
        for entry in (BEGAN, *entries):
            journal.append(entry)
    return folder


@pytest.mark.parametrize(
    ("entries", "done", "in_doubt"),
    [
        ((TRIED, begins(0)), 0, True),
        ((TRIED, begins(0), ends(0)), 1, False),
        ((TRIED, begins(0), FAILED), 0, True),
        ((TRIED, begins(0), ends(0), begins(1), FAILED, begins(1)), 1, True),
        ((TRIED, begins(0), ends(0), begins(1), ends(1)), 2, False),
    ],
)
def test_one_that_was_begun_and_has_no_end(
    tmp_path: Path, entries: tuple[TextEntry | e.RunEnded, ...], done: int, in_doubt: bool
) -> None:
    folder = written(tmp_path, *entries)
    left = find_left(tmp_path)
    assert left is not None
    assert (left.folder, left.tried, left.done, left.is_in_doubt) == (folder, TRIED, done, in_doubt)
    with pytest.raises(RunUnfinished, match=f"{done} of 2 statements done{', one in doubt' if in_doubt else ''}$"):
        demand_none_left(tmp_path)


@pytest.mark.parametrize(
    "entries",
    [
        (),
        (TRIED, PROVED),
        (TRIED, FAILED),
        (TRIED, begins(0), ends(0), begins(1), ends(1), PROVED),
        (TRIED, begins(0), ends(0), begins(1), ends(1), FAILED),
        (TRIED, begins(0), UNDONE),
    ],
)
def test_one_that_is_over_or_never_touched_production(tmp_path: Path, entries: tuple[TextEntry | e.RunEnded, ...]) -> None:
    written(tmp_path, *entries)
    assert find_left(tmp_path) is None
    demand_none_left(tmp_path)


def test_there_are_no_runs_yet(tmp_path: Path) -> None:
    assert find_left(tmp_path / "runs") is None
