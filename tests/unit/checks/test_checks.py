"""The registry, and what is made of the answers. Each check itself is tested against a real server."""

from pathlib import Path

import pytest

from runner import checks
from runner.checks import CHECKS, Answers
from runner.checks.finding import Finding, Severity, Unanswered, listed
from runner.errors import CheckCouldNotRun, ChecksBlock


def finding(severity: Severity) -> Finding:
    return Finding(check="c", severity=severity, where="nova", says="it hurts", way_out="mend it")


def test_every_check_is_a_module_and_every_module_is_registered() -> None:
    modules = {path.stem for path in Path(checks.__file__).parent.glob("*.py")} - {"__init__", "finding", "question"}
    assert {check.NAME.replace("-", "_") for check in CHECKS} <= modules
    assert len({check.NAME for check in CHECKS}) == len(CHECKS)


def test_warnings_and_notes_let_pass() -> None:
    Answers((finding(Severity.WARNS), finding(Severity.NOTES)), ()).demand()


def test_what_blocks_is_refused() -> None:
    with pytest.raises(ChecksBlock, match="nova: it hurts"):
        Answers((finding(Severity.BLOCKS), finding(Severity.WARNS)), ()).demand()


def test_could_not_tell_is_not_no() -> None:
    with pytest.raises(CheckCouldNotRun, match="free-space could not tell: lost connection"):
        Answers((finding(Severity.WARNS),), (Unanswered("free-space", "lost connection"),)).demand()


def test_what_blocks_is_said_first_and_what_could_not_be_told_with_it() -> None:
    with pytest.raises(ChecksBlock, match="; free-space could not tell: lost connection"):
        Answers((finding(Severity.BLOCKS),), (Unanswered("free-space", "lost connection"),)).demand()


def test_a_long_list_is_cut_and_counted() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(list("abcdefg")) == "a, b, c, d, e and 2 more"
