"""A process that writes a journal is killed (SIGKILL) at each boundary; what it had been told is written, is."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runner.errors import RunBusy
from runner.journal.entry import RunResumed
from runner.journal.layout import JOURNAL
from runner.journal.lock import find_holder
from runner.journal.reader import read_entries
from runner.journal.replay import StepState, replay
from runner.journal.writer import open_journal

WRITER = """
import sys, time
from pathlib import Path
from runner.journal.entry import PlannedStep, RunBegan, StepEnded, StepIntended, StepProved, StepStarted
from runner.journal.writer import open_journal

NAME = "nova/sync@2024.1"
STEP = PlannedStep(step=NAME, lane="nova", project="nova", start="2023.1", end="2024.1", argv=("nova-manage",))
ENTRIES = (
    RunBegan(run="r", flow="migrate", version="0", cloud="c", pid=1, host="h", steps=(STEP,)),
    StepIntended(step=NAME, attempt=1, labels={}),
    StepStarted(step=NAME, attempt=1, container="c"),
    StepEnded(step=NAME, attempt=1, exit_code=0, seconds=1.0, log="l"),
    StepProved(step=NAME, heads=("a",)),
)
with open_journal(Path(sys.argv[1]), create=True) as journal:
    for entry in ENTRIES[: int(sys.argv[2])]:
        journal.append(entry)
    sys.stdout.write("written\\n")
    sys.stdout.flush()
    time.sleep(600)
"""

BABBLER = """
import sys
from pathlib import Path
from runner.journal.entry import Noted
from runner.journal.writer import open_journal
with open_journal(Path(sys.argv[1]), create=True) as journal:
    while True:
        sys.stdout.write(f"{journal.append(Noted(about='n', text='x' * 300))}\\n")
        sys.stdout.flush()
"""


def _start(code: str, *arguments: object) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True)


def _kill(process: "subprocess.Popen[str]") -> str:
    process.send_signal(signal.SIGKILL)
    assert process.stdout is not None
    # Not communicate(): what a readline() before has buffered would be lost.
    with process.stdout:
        rest = process.stdout.read()
    process.wait(timeout=30)
    assert process.returncode == -signal.SIGKILL
    return rest


@pytest.mark.parametrize(
    ("written", "state"),
    [(1, StepState.WAITING), (2, StepState.INTENDED), (3, StepState.STARTED), (4, StepState.ENDED), (5, StepState.PROVED)],
)
def test_a_runner_killed_after_any_entry_leaves_exactly_that_position(tmp_path: Path, written: int, state: StepState) -> None:
    process = _start(WRITER, tmp_path, written)
    assert process.stdout is not None
    assert process.stdout.readline() == "written\n"
    with pytest.raises(RunBusy, match=f"process {process.pid} on "), open_journal(tmp_path, create=False):
        pass
    _kill(process)
    assert find_holder(tmp_path) is None
    position = replay(read_entries(tmp_path))
    assert [step.state for step in position.steps.values()] == [state]
    with open_journal(tmp_path, create=False) as journal:
        assert journal.append(RunResumed(pid=1, host="h", version="0")) == written + 1
    assert len(read_entries(tmp_path)) == written + 1


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.3])
def test_every_entry_that_was_confirmed_survives_a_kill_in_mid_write(tmp_path: Path, seconds: float) -> None:
    process = _start(BABBLER, tmp_path)
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(seconds)
    confirmed = [line for line in (first + _kill(process)).splitlines(keepends=True) if line.endswith("\n")]
    entries = read_entries(tmp_path)
    # One more may be there: written, and killed before it was confirmed.
    assert len(confirmed) <= len(entries) <= len(confirmed) + 1
    assert [stamped.seq for stamped in entries] == list(range(1, len(entries) + 1))


def test_a_runner_killed_while_it_makes_its_journal_leaves_one_that_can_be_opened(tmp_path: Path) -> None:
    for number in range(12):
        folder = tmp_path / str(number)
        folder.mkdir()
        process = _start(BABBLER, folder)
        deadline = time.monotonic() + 30
        while not (folder / JOURNAL).exists() and time.monotonic() < deadline:
            time.sleep(0.0005)
        time.sleep(number * 0.0005)
        _kill(process)
        with open_journal(folder, create=False) as journal:
            journal.append(RunResumed(pid=1, host="h", version="0"))
        entries = read_entries(folder)
        assert [stamped.seq for stamped in entries] == list(range(1, len(entries) + 1))
