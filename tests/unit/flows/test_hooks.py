"""A hook on its own: what it is given, what is kept of it, and what it cannot do to us."""

import json
import time
from pathlib import Path

import pytest

from runner.errors import JournalBroken
from runner.flows.hooks import HookEnd, run_hook
from runner.window_settings import Command, Hook

FACTS = {"run": "20261122-001122-abcd", "target": "2026.1", "phase": "after-chain", "folder": Path("/runs/x")}
SECRETS = ("canary-of-the-server", "canary")


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path / "logs"


def run(logs: Path, command: Command, *, name: str | None = None, timeout: float = 30) -> HookEnd:
    return run_hook(Hook(run=command, name=name, timeout=timeout), FACTS, secrets=SECRETS, log_folder=logs)


def kept(logs: Path, end: HookEnd) -> str:
    return (logs.parent / end.log).read_text(encoding="utf-8")


def test_it_is_given_the_facts_as_json_and_its_output_is_kept(logs: Path) -> None:
    end = run(logs, "cat; echo done >&2", name="tell the office")
    assert (end.name, end.exit_code, end.last_words) == ("tell the office", 0, "done")
    assert end.log == "logs/hook-tell_the_office.1.log"
    assert end.said == kept(logs, end).strip()
    told, done = kept(logs, end).splitlines()
    assert json.loads(told) == {**FACTS, "folder": "/runs/x"}
    assert done == "done"


def test_each_run_of_it_has_a_log_of_its_own(logs: Path) -> None:
    ends = [run(logs, ("echo", word), name="twice") for word in ("first", "second")]
    assert [kept(logs, end) for end in ends] == ["first\n", "second\n"]


def test_one_without_a_name_has_its_commands(logs: Path) -> None:
    assert run(logs, ("echo", "a/b", "x" * 100)).name == f"echo a/b {'x' * 31}"
    assert [path.parent for path in logs.iterdir()] == [logs]


def test_one_that_fails_is_told_with_its_last_words(logs: Path) -> None:
    end = run(logs, "echo first; echo no inventory; exit 4", name="ansible")
    assert (end.exit_code, end.last_words) == (4, "no inventory")
    assert end.in_words.startswith("hook ansible: exit code 4 after 0.")
    assert end.in_words.endswith(" s: no inventory; its output is in logs/hook-ansible.1.log")


def test_one_that_hangs_is_ended_and_what_it_said_is_kept(logs: Path) -> None:
    began = time.monotonic()
    end = run(logs, "echo begun; sleep 600", name="slow", timeout=0.4)
    assert time.monotonic() - began < 5
    assert end.exit_code is None
    assert kept(logs, end) == "begun\n"
    assert "ran out of time" in end.in_words


def test_one_that_floods_is_kept_in_part(logs: Path) -> None:
    end = run(logs, "echo first; yes | head -c 5000000; echo last", name="flood")
    assert (end.exit_code, end.last_words) == (0, "last")
    assert kept(logs, end).startswith("first\n")
    assert (logs.parent / end.log).stat().st_size < 1_000_000
    assert len(end.said) <= 2000
    assert end.said.splitlines()[0] == "y", "no line is cut in two"
    assert end.said.endswith("y\nlast")


def test_a_secret_that_it_prints_is_in_nothing_that_is_kept(logs: Path) -> None:
    end = run(logs, "echo canary-of-the-server canary; echo canary-of-the-server >&2; exit 1")
    assert kept(logs, end) == "*** ***\n***\n"
    assert end.said == "*** ***\n***"
    assert "canary" not in repr(end) + end.in_words + "".join(path.name for path in logs.iterdir())


@pytest.mark.parametrize(
    ("command", "exit_code", "says"),
    [
        (("/no/such/hook",), 127, "cannot be begun: No such file or directory"),
        (("/etc/passwd",), 126, "cannot be begun: Permission denied"),
        ("/no/such/hook", 127, "not found"),
        ("/etc/passwd", 126, "Permission denied"),
    ],
)
def test_one_that_is_not_there_or_no_command_is_told_as_a_shell_tells_it(
    logs: Path, command: Command, exit_code: int, says: str
) -> None:
    end = run(logs, command)
    assert end.exit_code == exit_code
    assert says in end.last_words
    assert says in kept(logs, end)


def test_one_that_does_not_read_the_facts_is_no_failure(logs: Path) -> None:
    assert run(logs, ("true",)).exit_code == 0


def test_output_that_is_no_text_is_kept_as_well_as_it_can_be(logs: Path) -> None:
    assert kept(logs, run(logs, r"printf 'a\377b\n'")) == "a\ufffdb\n"


def test_a_log_that_cannot_be_written_is_told(logs: Path) -> None:
    logs.rmdir()
    with pytest.raises(JournalBroken, match=r"cannot write .*/logs/hook-true\.1\.log"):
        run(logs, ("true",))
