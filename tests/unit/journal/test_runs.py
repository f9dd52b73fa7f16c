from pathlib import Path

import pytest

from runner.errors import JournalBroken, RunMissing
from runner.journal.layout import JOURNAL
from runner.journal.runs import find_run, keep_log, list_runs, log_name, new_run


def _begun(runs: Path, name: str) -> Path:
    (runs / name).mkdir(parents=True)
    (runs / name / JOURNAL).touch()
    return runs / name


def test_a_new_run_has_a_folder_for_logs_and_a_name_that_sorts(tmp_path: Path) -> None:
    folder = new_run(tmp_path / "runs")
    assert (folder / "logs").is_dir()
    date, time, letters = folder.name.split("-")
    assert (len(date), len(time), len(letters)) == (8, 6, 4)


def test_a_run_without_a_journal_is_not_listed(tmp_path: Path) -> None:
    new_run(tmp_path)
    assert list_runs(tmp_path) == ()
    assert list_runs(tmp_path / "nowhere") == ()


def test_runs_are_found_by_id_by_letters_and_by_age(tmp_path: Path) -> None:
    old, new = _begun(tmp_path, "20261120-104512-qkzt"), _begun(tmp_path, "20261121-000000-abcd")
    assert find_run(tmp_path) == new
    assert find_run(tmp_path, "20261120-104512-qkzt") == find_run(tmp_path, "qkzt") == old


def test_a_run_is_found_by_its_folder_wherever_it_was_copied_to(tmp_path: Path) -> None:
    copy = _begun(tmp_path / "from-another-host", "copied")
    assert find_run(tmp_path / "nowhere", str(copy)) == copy


def test_a_run_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(RunMissing, match="there is no run"):
        find_run(tmp_path)
    _begun(tmp_path, "20261120-104512-qkzt")
    with pytest.raises(RunMissing, match="no run is called zzzz; there are 20261120-104512-qkzt"):
        find_run(tmp_path, "zzzz")
    _begun(tmp_path, "20261121-104512-qkzt")
    with pytest.raises(RunMissing, match="several runs"):
        find_run(tmp_path, "qkzt")


def test_a_log_is_kept_under_a_name_that_every_file_system_takes(tmp_path: Path) -> None:
    name = keep_log(new_run(tmp_path), "nova.cell1/db sync@2024.1", 2, b"\xff done\n")
    assert name == log_name("nova.cell1/db sync@2024.1", 2) == "logs/nova.cell1_db_sync_2024.1.2.log"


def test_a_log_that_cannot_be_written_stops_the_run(tmp_path: Path) -> None:
    with pytest.raises(JournalBroken, match=r"cannot write .*No such file"):
        keep_log(tmp_path / "gone", "s", 1, b"")
