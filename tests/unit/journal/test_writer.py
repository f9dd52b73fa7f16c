import resource
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from runner.errors import JournalBroken, RunBusy, RunMissing
from runner.journal.entry import Noted
from runner.journal.layout import JOURNAL
from runner.journal.lock import find_holder, lock_cloud
from runner.journal.reader import read_entries
from runner.journal.runs import new_run
from runner.journal.writer import open_journal


def test_what_is_appended_is_read_back_in_order(tmp_path: Path) -> None:
    with open_journal(tmp_path, create=True) as journal:
        assert [journal.append(Noted(about="n", text=str(number))) for number in range(3)] == [1, 2, 3]
        # Read while the writer is at work.
        assert [stamped.seq for stamped in read_entries(tmp_path)] == [1, 2, 3]
    with open_journal(tmp_path, create=False) as journal:
        journal.append(Noted(about="n", text="later"))
    entries = read_entries(tmp_path)
    assert entries[-1].entry == Noted(about="n", text="later")
    assert entries[0].at.tzinfo is not None


def test_lanes_may_append_from_their_threads(tmp_path: Path) -> None:
    with open_journal(tmp_path, create=True) as journal:
        lanes = [
            threading.Thread(target=lambda: [journal.append(Noted(about="n", text="x")) for _ in range(25)]) for _ in range(4)
        ]
        for lane in lanes:
            lane.start()
        for lane in lanes:
            lane.join()
    assert [stamped.seq for stamped in read_entries(tmp_path)] == list(range(1, 101))


def test_every_entry_is_synced_to_the_disk(tmp_path: Path) -> None:
    with open_journal(tmp_path, create=True) as journal:
        assert journal._connection.execute("pragma synchronous").fetchone() == (2,)
        assert journal._connection.execute("pragma journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize("statement", ["update entries set body = '{}'", "delete from entries"])
def test_history_cannot_be_rewritten(tmp_path: Path, statement: str) -> None:
    with open_journal(tmp_path, create=True) as journal:
        journal.append(Noted(about="n", text="x"))
    with sqlite3.connect(tmp_path / JOURNAL) as connection, pytest.raises(sqlite3.IntegrityError, match="only grows"):
        connection.execute(statement)
    connection.close()


def test_a_second_runner_is_told_who_holds_the_run(tmp_path: Path) -> None:
    with open_journal(tmp_path, create=True):
        holder = find_holder(tmp_path)
        assert holder is not None
        with pytest.raises(RunBusy, match=f"held by process {holder.pid} on "), open_journal(tmp_path, create=False):
            pass
    assert find_holder(tmp_path) is None


def test_a_second_one_at_the_cloud_is_told_who_holds_it_and_at_which_run_he_is(tmp_path: Path) -> None:
    run = new_run(tmp_path / "runs")
    with lock_cloud(tmp_path / "runs") as holder, open_journal(run, create=True):
        told = rf"the cloud of .*runs is held by process {holder.pid} on .*, at work on run {run.name}"
        with pytest.raises(RunBusy, match=told), lock_cloud(tmp_path / "runs"):
            pass
    with lock_cloud(tmp_path / "runs"):
        pass


def test_a_journal_is_neither_made_twice_nor_found_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(RunMissing, match="holds no journal"), open_journal(tmp_path, create=False):
        pass
    with pytest.raises(RunMissing, match="no run folder"), open_journal(tmp_path / "nowhere", create=True):
        pass
    with open_journal(tmp_path, create=True):
        pass
    with pytest.raises(JournalBroken, match="already holds"), open_journal(tmp_path, create=True):
        pass


def test_another_layout_is_not_written_to(tmp_path: Path) -> None:
    with open_journal(tmp_path, create=True) as journal:
        journal._connection.execute("pragma user_version = 7")
    with pytest.raises(JournalBroken, match="has layout 7"), open_journal(tmp_path, create=False):
        pass


def test_a_full_disk_stops_the_run_and_what_was_written_stays(tmp_path: Path) -> None:
    """A child that may write no file beyond 256 kB stands for the full disk: the kernel refuses, not we."""
    child = """
import signal, sys
from pathlib import Path
from runner.errors import JournalBroken
from runner.journal.entry import Noted
from runner.journal.writer import open_journal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
with open_journal(Path(sys.argv[1]), create=True) as journal:
    written = 0
    try:
        while True:
            written = journal.append(Noted(about="n", text="x" * 2000))
    except JournalBroken as error:
        assert "cannot write noted" in error.message, error.message
    try:
        journal.append(Noted(about="n", text="small"))
    except JournalBroken as error:
        assert "failed before" in error.message, error.message
    else:
        raise AssertionError("history went on behind a hole")
sys.stdout.write(str(written))
"""
    limit = 256 * 1024
    done = subprocess.run(
        [sys.executable, "-c", child, str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 0, done.stderr
    assert len(read_entries(tmp_path)) == int(done.stdout) > 0
