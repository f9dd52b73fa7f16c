import datetime
from pathlib import Path

from runner.journal.entry import Entry, PhaseBegan, RunBegan
from runner.journal.layout import LOCK
from runner.journal.lock import Holder
from runner.journal.window_entry import Waiting
from runner.journal.writer import open_journal
from runner.reporting.report import report_of
from runner.reporting.status import Status, read_status, say_status, say_status_line
from tests.unit.journal.histories import FAILED, NOON, PROVED, UNFINISHED, stamp
from tests.unit.journal.test_window_position import OPENED

LATER = NOON + datetime.timedelta(seconds=95)
HOLDER = Holder(pid=4711, host="db1", since=NOON)


def _status(entries: tuple[Entry, ...], holder: Holder | None = None) -> Status:
    return Status(report_of(stamp(entries)), holder, LATER)


def test_a_run_at_work_says_who_works_on_what_and_for_how_long() -> None:
    assert (
        say_status(_status(UNFINISHED, HOLDER))
        == """\
20261120-120000-qkzt  migrate   to 2025.1  running     3/5 steps
  by      process 4711 on db1 since 2026-11-20 12:00:00 UTC
  phase   chain
  began   2026-11-20 12:00:00 UTC, 1:35
    glance    2/2    done
    cinder    1/3    online@2024.1  running 1:17"""
    ), "what it holds is not left over"


def test_a_run_that_waits_says_for_what_and_how_to_answer() -> None:
    waiting = (*UNFINISHED, OPENED, Waiting(about="after-chain: hook ours: exit code 1"))
    text = say_status(_status(waiting, HOLDER))
    assert "  waits   after-chain: hook ours: exit code 1\n          thing-a-me proceed 20261120-120000-qkzt goes on, " in text
    assert "waits" not in say_status(_status(waiting)), "nobody is there who would hear it"
    elsewhere = say_status(Status(report_of(stamp(waiting)), None, LATER, "turn back by 02:13", HOLDER))
    assert "  waits   after-chain: hook ours: exit code 1\n          on db1: thing-a-me proceed 2026" in elsewhere
    window = [line for line in text.splitlines() if line.startswith("  window")]
    assert window
    assert set(window) <= set(elsewhere.splitlines()), "the window is told as on the machine that has it"


def test_a_run_that_nobody_ended_and_nobody_works_on_has_died() -> None:
    text = say_status(_status(UNFINISHED))
    assert "  died  " in text
    assert "online@2024.1  in doubt" in text
    assert "still there: tam_cinder, tam_glance, tam-qkzt" in text
    assert text.endswith("next    thing-a-me resume 20261120-120000-qkzt")


def test_a_run_of_another_machine_is_not_said_to_be_dead() -> None:
    text = say_status(Status(report_of(stamp(UNFINISHED)), None, LATER, "turn back by 02:13", HOLDER))
    assert "  elsewhere  " in text
    assert "process 4711 on db1 since 2026-11-20 12:00:00 UTC: whether it still works there cannot be told from here" in text
    assert text.endswith("if that machine is gone:\n  next    thing-a-me resume 20261120-120000-qkzt")
    assert "  proved  " in say_status(Status(report_of(stamp(PROVED)), None, LATER, "", HOLDER))


def test_a_folder_that_was_copied_from_another_machine_is_told_by_its_lock(tmp_path: Path) -> None:
    with open_journal(tmp_path, create=True) as journal:
        for entry in UNFINISHED:
            journal.append(entry)
    assert read_status(tmp_path).word == "died"
    (tmp_path / LOCK).write_text(HOLDER.model_dump_json())
    assert read_status(tmp_path).word == "elsewhere"


def test_a_restore_that_died_is_settled_by_a_restore() -> None:
    begun = RunBegan(run="r", flow="restore", version="1", cloud="/c", pid=1, host="h", snapshot="20261119-010203-abcd")
    text = say_status(_status((begun, PhaseBegan(phase="swap", number=3, of=6))))
    assert text.endswith("next    thing-a-me snapshot restore 20261119-010203-abcd")


def test_a_failed_run_says_why_and_what_is_still_there() -> None:
    text = say_status(_status(FAILED))
    assert "cinder    1/3    online@2024.1  failed: MigrationStuck: 3 rows are left" in text
    assert "still there: tam_cinder, tam_glance, tam-qkzt" in text


def test_one_line_is_enough_for_a_list() -> None:
    assert say_status_line(_status(PROVED)) == "20261120-120000-qkzt  migrate   to 2025.1  proved      5/5 steps"


def test_the_lock_tells_whether_somebody_is_at_work(tmp_path: Path) -> None:
    with open_journal(tmp_path, create=True) as journal:
        for entry in UNFINISHED:
            journal.append(entry)
        assert read_status(tmp_path).word == "running"
    assert read_status(tmp_path).word == "died"
