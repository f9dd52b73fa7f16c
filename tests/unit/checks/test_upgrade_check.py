"""What the answers of projects' own checks become. The commands themselves are asked in tests/integration."""

from types import SimpleNamespace
from typing import Any

import pytest

from runner.checks.finding import Finding, Severity, Unanswered
from runner.checks.upgrade_check import UpgradeChecks
from runner.planning.asked import KnownFailure
from runner.planning.path import Hop
from runner.planning.upgrade_answer import UpgradeAnswer, Verdict
from runner.recipes import load_recipes

RULE = KnownFailure(phrase="old", why="an old cloud", source="s")


def ask(*projects: str, **answers: UpgradeAnswer) -> tuple[Finding | Unanswered, ...]:
    """Ask about projects that move, and about heat, which stays."""
    moving = dict.fromkeys((*projects, *answers), (Hop("2023.1", "2024.1"),))
    asked: Any = SimpleNamespace(recipes=load_recipes(), hops={**moving, "heat": ()}, target="2024.1")
    return UpgradeChecks(lambda projects: {project: answers[project] for project in projects}).ask(asked)


@pytest.mark.parametrize(
    ("verdict", "severity", "says"),
    [
        (Verdict.WARNS, Severity.NOTES, "glance-status of 2024.1 warns: words"),
        (Verdict.NEEDS_SERVICE, Severity.NOTES, "glance-status of 2024.1 needs a live service: words"),
        (Verdict.PARTLY, Severity.NOTES, "glance-status of 2024.1 needs a live service: words"),
        (Verdict.FAILS, Severity.WARNS, "glance-status of 2024.1 fails (exit code 2): words"),
        (Verdict.CRASHES, Severity.WARNS, "glance-status of 2024.1 fails (exit code 2): words"),
    ],
)
def test_an_answer_becomes_a_finding_that_never_blocks(verdict: Verdict, severity: Severity, says: str) -> None:
    (finding,) = ask(glance=UpgradeAnswer(verdict, 2, "words"))
    assert isinstance(finding, Finding)
    assert (finding.severity, finding.where, finding.says) == (severity, "glance", says)
    assert (finding.breaks is not None) == (verdict is Verdict.FAILS)


def test_a_known_failure_is_a_note_that_says_why() -> None:
    (finding,) = ask(keystone=UpgradeAnswer(Verdict.KNOWN, 2, "w", known=(("old roles", RULE),)))
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.NOTES
    assert finding.says.endswith("fails, as is known: old roles (an old cloud)")


def test_one_project_that_is_silent_does_not_hide_the_others() -> None:
    silent, found = ask(
        cinder=UpgradeAnswer(Verdict.SILENT, None, "it has not answered"), glance=UpgradeAnswer(Verdict.FAILS, 2, "words")
    )
    assert silent == Unanswered("upgrade-check", "cinder-status of 2024.1: it has not answered")
    assert isinstance(found, Finding)


def test_nothing_is_found_where_all_passes() -> None:
    assert ask(glance=UpgradeAnswer(Verdict.PASSES, 0, "")) == ()


def test_a_check_that_cannot_read_an_older_schema_is_not_asked_and_that_is_said() -> None:
    (finding,) = ask("nova")
    assert isinstance(finding, Finding)
    assert finding.severity is Severity.NOTES
    assert finding.says == "nova-status of 2024.1 cannot read a schema older than itself; it is not asked before the chain"
    assert finding.way_out == "the proof after the chain asks it"
