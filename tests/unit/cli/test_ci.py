"""`thing-a-me ci` in front of its flow: what it refuses, and whose reports it writes."""

import fcntl
from pathlib import Path

import pytest
from click.testing import CliRunner

from runner import cli
from runner.cli.ci_reports import REPORTS, reporting
from runner.errors import MissingFile, RunBusy
from runner.journal.entry import RunBegan, RunEnded
from runner.journal.layout import JOURNAL
from runner.journal.writer import open_journal


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--override", "nova=a", "--override", "nova=b"), "nova is given twice"),
        (("--baseline", "b.json", "--update-baseline", "--at-most", "3"), "and not written anew"),
        (("--at-most", "3"), "--at-most needs a --baseline FILE"),
        (("--update-baseline",), "--update-baseline needs --baseline FILE"),
        (("--override", "nova"), "is not PROJECT=PATH"),
    ],
)
def test_what_contradicts_itself_is_refused_before_anything_is_done(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    every = ("ci", "--from", "2023.1", "--to", "2024.1", "--folder", str(tmp_path / "new"), *words)
    done = CliRunner().invoke(cli.cli, every)
    assert done.exit_code == 2
    assert said in done.output
    assert not (tmp_path / "new").exists()


def run(folder: Path, name: str, flow: str, outcome: str) -> None:
    """Leave a run's folder, as a flow does."""
    there = folder / "runs" / name
    there.mkdir(parents=True)
    with open_journal(there, create=True) as journal:
        journal.append(RunBegan.model_validate({**BEGAN, "run": name, "flow": flow}))
        journal.append(RunEnded.model_validate({"outcome": outcome}))
    assert (there / JOURNAL).is_file()


BEGAN = {"run": "r", "flow": "ci", "version": "1", "cloud": "/c", "pid": 1, "host": "h", "target": "2024.1"}


def test_the_chains_reports_are_written_whatever_the_checks_run_is_called(tmp_path: Path) -> None:
    with reporting(tmp_path):
        run(tmp_path, "20261123-120000-zzzz", "check", "proved")
        run(tmp_path, "20261123-120000-aaaa", "ci", "failed")
    assert '"flow": "ci"' in (tmp_path / "report.json").read_text(encoding="utf-8")


def test_where_the_block_fails_before_a_run_there_are_no_reports_of_another(tmp_path: Path) -> None:
    for name in REPORTS:
        (tmp_path / name).write_text("of yesterday", encoding="utf-8")
    with pytest.raises(MissingFile, match="its own"), reporting(tmp_path):
        raise MissingFile("its own")
    assert not [name for name in REPORTS if (tmp_path / name).exists()]


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    with (tmp_path / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RunBusy, match="another `thing-a-me ci` is at work"), reporting(tmp_path):
            pass


def test_a_folder_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MissingFile, match=r"--folder .*/file: File exists"), reporting(tmp_path / "file"):
        pass
