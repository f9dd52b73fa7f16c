import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from runner.errors import JournalBroken, RunMissing
from runner.journal.entry import Noted
from runner.journal.layout import JOURNAL
from runner.journal.reader import read_entries
from runner.journal.writer import open_journal


def _write(folder: Path) -> None:
    with open_journal(folder, create=True) as journal:
        journal.append(Noted(about="n", text="x"))


def test_a_folder_without_a_journal_holds_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunMissing, match="holds no journal"):
        read_entries(tmp_path)


def test_a_journal_that_was_only_created_is_a_run_that_never_began(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).touch()
    with pytest.raises(RunMissing, match="nothing was begun"):
        read_entries(tmp_path)
    with open_journal(tmp_path, create=False):
        pass
    with pytest.raises(RunMissing, match="nothing was begun"):
        read_entries(tmp_path)


def test_a_copied_folder_is_as_good_even_while_a_writer_is_at_work(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    with open_journal(folder, create=True) as journal:
        journal.append(Noted(about="n", text="x"))
        shutil.copytree(folder, tmp_path / "copy")
    assert read_entries(tmp_path / "copy") == read_entries(folder)


def test_a_copy_on_a_read_only_disk_is_read(tmp_path: Path) -> None:
    """Both shapes a journal can have there: with SQLite's WAL beside it, and closed."""
    folder, disk = tmp_path / "run", tmp_path / "disk"
    folder.mkdir()
    disk.mkdir()
    with open_journal(folder, create=True) as journal:
        journal.append(Noted(about="n", text="x"))
        shutil.copytree(folder, tmp_path / "open")
        (tmp_path / "open" / f"{JOURNAL}-shm").unlink()
    for source in (folder, tmp_path / "open"):
        if subprocess.run(["mount", "--bind", source, disk], check=False, capture_output=True).returncode:
            pytest.skip("only root may mount")
        try:
            subprocess.run(["mount", "-o", "remount,ro,bind", disk], check=True)
            assert [stamped.seq for stamped in read_entries(disk)] == [1]
        finally:
            subprocess.run(["umount", disk], check=True)


def test_another_versions_layout_is_told_from_a_file_that_cannot_be_read_now(tmp_path: Path) -> None:
    _write(tmp_path)
    with sqlite3.connect(tmp_path / JOURNAL) as connection:
        connection.execute("pragma user_version = 2")
    connection.close()
    with pytest.raises(JournalBroken, match=r"another version of thing-a-me wrote .* layout 2") as caught:
        read_entries(tmp_path)
    assert "version that wrote it" in caught.value.advice
    (tmp_path / JOURNAL).write_bytes(b"no database" * 1000)
    with pytest.raises(JournalBroken, match=r"cannot read .* now"):
        read_entries(tmp_path)


def test_an_entry_of_a_kind_we_do_not_know_is_another_versions(tmp_path: Path) -> None:
    _write(tmp_path)
    with sqlite3.connect(tmp_path / JOURNAL) as connection:
        connection.execute("""insert into entries (at, body) values ('2026-11-20T10:00:00Z', '{"kind": "teleported"}')""")
    connection.close()
    with pytest.raises(JournalBroken, match="does not know"):
        read_entries(tmp_path)


def test_sql_readers_find_kind_and_step_in_columns_of_their_own(tmp_path: Path) -> None:
    _write(tmp_path)
    connection = sqlite3.connect(tmp_path / JOURNAL)
    assert connection.execute("select seq, kind, step from entries").fetchall() == [(1, "noted", None)]
    connection.close()
