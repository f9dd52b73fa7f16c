import json
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from runner.cli import boundary
from runner.errors import Aftermath, NothingToResume, StepFailed


def raising(error: BaseException) -> Callable[[], object]:
    def command() -> object:
        raise error

    return command


@pytest.fixture(autouse=True)
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def end(command: Callable[[], object], *, as_json: bool = False) -> object:
    with pytest.raises(SystemExit) as ended:
        boundary.run(command, as_json=lambda: as_json)
    return ended.value.code


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (lambda: None, 0),
        (lambda: "an answer", 0),
        (raising(StepFailed("m")), 70),
        (raising(NothingToResume("m")), 93),
        (raising(click.UsageError("m")), 2),
        (raising(KeyboardInterrupt()), 130),
        (raising(click.Abort()), 130),
        (raising(BrokenPipeError()), 0),
        (raising(RuntimeError("m")), 1),
        (raising(AssertionError()), 1),
    ],
)
def test_every_ending_has_its_exit_code(command: Callable[[], object], code: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)  # a broken pipe replaces it
    assert end(command) == code


@pytest.mark.parametrize(
    ("aftermath", "words"),
    [
        (Aftermath.UNTOUCHED, "untouched by this command"),
        (Aftermath.CHANGED, "changed; what is where stands in the run's journal"),
        (Aftermath.UNKNOWN, "unknown: look before you go on"),
    ],
)
def test_a_failure_is_said_in_three_lines(aftermath: Aftermath, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    end(raising(StepFailed("the sync failed", hint="read the log", aftermath=aftermath)))
    out, err = capsys.readouterr()
    assert out == ""
    first, second, third = err.splitlines()
    assert (first, second) == ("error: the sync failed", "hint: read the log")
    assert third.startswith(f"databases: {words}")


def test_a_failure_as_json_is_one_line_of_data(capsys: pytest.CaptureFixture[str]) -> None:
    end(raising(StepFailed("the sync failed", aftermath=Aftermath.UNTOUCHED)), as_json=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert json.loads(err) == {
        "error": "StepFailed",
        "exit_code": 70,
        "message": "the sync failed",
        "hint": StepFailed.hint,
        "databases": "untouched",
    }
    assert err.count("\n") == 1


def test_whether_to_speak_json_is_asked_when_it_is_needed() -> None:
    def ask() -> bool:
        pytest.fail("nothing was to be said")

    with pytest.raises(SystemExit):
        boundary.run(lambda: None, as_json=ask)


def test_an_interrupt_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    end(raising(KeyboardInterrupt()))
    assert "thing-a-me resume" in capsys.readouterr().err


def test_a_bug_leaves_a_log_to_send_in(logs: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["thing-a-me", "plan", "--to", "2026.1"])
    assert end(raising(ZeroDivisionError("by zero"))) == 1
    err = capsys.readouterr().err
    assert "bug: ZeroDivisionError('by zero')" in err
    assert "databases: unknown" in err
    named = re.search(r"please send us (\S+)", err)
    assert named
    (log,) = logs.iterdir()
    assert Path(named[1]) == log
    text = log.read_text(encoding="utf-8")
    assert "arguments: ['plan', '--to', '2026.1']" in text
    assert "ZeroDivisionError: by zero" in text
    assert "Traceback" in text
    assert text.startswith("thing-a-me ")


def test_a_failure_of_ours_leaves_no_log(logs: Path) -> None:
    end(raising(StepFailed("m")))
    assert list(logs.iterdir()) == []
