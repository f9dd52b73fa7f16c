"""What a mending command's failure says, and what its journal keeps. The commands themselves run in tests/integration."""

from pathlib import Path

import pytest

from runner.errors import Aftermath, EngineMissing, JournalBroken, MigrationStuck, StepFailed, StepInDoubt, ThingAMeError
from runner.flows.mend import _run_anew
from runner.flows.record import ending
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.journal.writer import open_journal
from tests.unit.journal.histories import UNFINISHED


def last_words_of(folder: Path, raised: BaseException | None) -> e.Entry:
    """The last entry of a record whose block ends so."""
    with open_journal(folder, create=True) as journal:
        journal.append(UNFINISHED[0])
        if raised is None:
            with ending(journal):
                pass
        else:
            with pytest.raises(type(raised)), ending(journal):
                raise raised
    return read_entries(folder)[-1].entry


@pytest.mark.parametrize(
    ("raised", "end"),
    [
        (None, e.RunEnded(outcome="proved")),
        (StepFailed("m"), e.RunEnded(outcome="failed", message="m")),
        (KeyboardInterrupt(), e.RunEnded(outcome="interrupted")),
    ],
)
def test_a_record_ends_as_its_block_does(tmp_path: Path, raised: BaseException | None, end: e.RunEnded) -> None:
    assert last_words_of(tmp_path, raised) == end


def test_a_bug_leaves_a_record_without_an_end(tmp_path: Path) -> None:
    assert last_words_of(tmp_path, ZeroDivisionError()) == UNFINISHED[0]


@pytest.mark.parametrize("kind", [StepFailed, MigrationStuck, StepInDoubt, JournalBroken])
def test_a_mend_that_failed_is_run_again_and_not_resumed(kind: type[ThingAMeError]) -> None:
    said = kind("m", hint="mend it, then `thing-a-me resume`")
    with pytest.raises(kind), _run_anew():
        raise said
    assert said.advice == "mend the cause named above, and run the same command again"
    assert said.left_behind is kind.aftermath


def test_a_hint_that_fits_a_mend_stays() -> None:
    with pytest.raises(EngineMissing) as caught, _run_anew():
        raise EngineMissing("m")
    assert (caught.value.advice, caught.value.left_behind) == (EngineMissing.hint, Aftermath.UNTOUCHED)
