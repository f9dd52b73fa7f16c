"""What a build says is put together again: the engine cuts and colours lines anywhere."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from runner.containers.blueprint import Blueprint
from runner.containers.build_log import BuildLog
from runner.errors import DiskFull


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[BuildLog]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with closing(BuildLog(Blueprint(name="some/image", suite="bookworm"))) as opened:
        yield opened


def test_lines_that_were_cut_are_whole_again(log: BuildLog) -> None:
    for piece in ("Step 1/2 : RUN x\n", "\x1b[91mFailed to ", "\x1b[0m\x1b[91mfetch\n\x1b[0m"):
        log.hear(piece)
    assert log.lines == ["Step 1/2 : RUN x", "Failed to fetch"]


def test_the_last_line_needs_no_end(log: BuildLog) -> None:
    log.hear("downloading\n")
    log.hear("no space left on device")
    log.hear("\n")
    assert log.lines == ["downloading", "no space left on device"]
    assert isinstance(log.verdict(), DiskFull)


def test_passwords_stay_out_even_when_they_were_cut(log: BuildLog, tmp_path: Path) -> None:
    log.hear("at https://me:sec")
    log.hear("ret@index.example/simple\n")
    assert log.lines == ["at https://***@index.example/simple"]
    (written,) = tmp_path.rglob("*.log")
    assert written.read_text().endswith("at https://***@index.example/simple\n")
