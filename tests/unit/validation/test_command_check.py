"""A command check: its exit code counts, its output is kept, and no secret is in it."""

import time
from pathlib import Path
from typing import Any

import pytest

from runner.errors import MissingFile
from runner.validation import open_validators
from tests.support.validating import DB_PASSWORD, PASSWORD, ask, read

LOGIN = {"user": "ada", "project": "engines"}


def test_exit_code_0_holds_and_what_it_said_is_kept(tmp_path: Path) -> None:
    said = ask(tmp_path, {"command": "echo fine; echo complaint >&2"})
    assert said.holds is True
    assert said.output == "fine\ncomplaint\n"


def test_another_exit_code_does_not_hold_and_is_told_with_its_last_words(tmp_path: Path) -> None:
    said = ask(tmp_path, {"command": ["sh", "-c", "echo first; echo no quota left; exit 3"]})
    assert (said.holds, said.detail) == (False, ("exit code 3", "no quota left"))
    assert said.output == "first\nno quota left\n"


def test_one_that_does_not_end_cannot_be_told(tmp_path: Path) -> None:
    said = ask(tmp_path, {"command": "echo begun; sleep 60", "timeout": "300ms"})
    assert (said.holds, said.detail) == (None, ("did not end within 0.3 s", "begun"))
    assert said.seconds < 5


def test_it_is_given_no_more_time_than_is_left(tmp_path: Path) -> None:
    began = time.monotonic()
    said = ask(tmp_path, {"command": "sleep 60"}, at_most=0.2)
    assert (said.holds, said.detail[0]) == (None, "did not end within 0.2 s")
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (["no-such-tool", "server", "list"], "cannot be begun: No such file or directory"),
        (["/etc/passwd"], "cannot be begun: Permission denied"),
        ("no-such-tool server list", "could not be run: exit code 127"),
        ("/etc/passwd", "could not be run: exit code 126"),
    ],
)
def test_one_that_is_not_there_or_is_no_command_cannot_be_told(tmp_path: Path, command: Any, why: str) -> None:
    said = ask(tmp_path, {"command": command})
    assert (said.holds, said.detail[0]) == (None, why)


def test_passwords_and_tokens_are_blotted_out_of_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OS_PASSWORD", "canary-of-openrc")
    # As version, time, vector and text make it: keystone's are longer.
    token = "gAAAAABrAjYuF4Ar0_C4JtZy8sRlHIshTCS7CpdhaXFbCP-hRBOrlV8HsYzk9yygJOWO3OyHPqZMAJItCG1XRKnh8yNcqgkbux4T-Q=="
    shown = f"{PASSWORD} {DB_PASSWORD} $OS_PASSWORD {token}"
    said = ask(tmp_path, {"command": f"echo {shown}; echo {shown} >&2; exit 1"}, login=LOGIN)
    assert said.holds is False
    assert said.output == "*** *** *** ***\n" * 2
    for secret in (PASSWORD, DB_PASSWORD, "canary-of-openrc", token):
        assert secret not in repr(said) + said.in_words + said.output


def test_a_secret_in_the_command_itself_is_in_no_name(tmp_path: Path) -> None:
    (validator,) = open_validators(read(tmp_path, {"command": f"openstack --os-password {PASSWORD} token issue"}, login=LOGIN))
    assert validator.name == "command openstack --os-password *** token issue"
    assert PASSWORD not in repr(validator.name)


def test_a_flood_is_kept_in_part(tmp_path: Path) -> None:
    said = ask(tmp_path, {"command": "echo first; yes | head -c 5000000; echo last"})
    assert said.holds is True
    assert said.output.startswith("first\n")
    assert said.output.endswith("last\n")
    assert len(said.output) < 1_000_000


def test_a_password_that_cannot_be_read_is_missed_before_anything_is_run(tmp_path: Path) -> None:
    cloud = read(tmp_path, {"command": f"touch {tmp_path}/ran"}, login=LOGIN)
    (tmp_path / "login.password").unlink()
    with pytest.raises(MissingFile, match=r"cannot read read_back\.keystone\.password_file"):
        open_validators(cloud)
    assert not (tmp_path / "ran").exists()
