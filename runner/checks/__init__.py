"""Questions asked before a chain: one module each, all asked, every finding reported at once."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from runner.checks import (
    blockers,
    charset,
    default_collation,
    failed_jump,
    foreign_key_ends,
    free_space,
    long_transactions,
    misread_text,
    orphan_mappings,
    pending_online,
    rights,
    row_format,
    server_settings,
    server_version,
    soft_deleted,
    storage_engine,
    stored_logins,
    stored_urls,
    writable,
)
from runner.checks.finding import Finding, Severity, Unanswered
from runner.checks.question import Check, Question
from runner.errors import CheckCouldNotRun, ChecksBlock, ThingAMeError
from runner.events import CheckAnswered, Tell

CHECKS: tuple[Check, ...] = (
    blockers,
    pending_online,
    failed_jump,
    storage_engine,
    row_format,
    charset,
    misread_text,
    foreign_key_ends,
    default_collation,
    server_version,
    server_settings,
    free_space,
    long_transactions,
    soft_deleted,
    stored_urls,
    stored_logins,
    orphan_mappings,
    writable,
    rights,
)
"""In the order they are asked and reported."""

OF_A_CLONE = tuple(check for check in CHECKS if check is not stored_logins)
"""A clone's stored URLs are rewritten to lead to the clone, by a name that only its steps know."""


@dataclass(frozen=True)
class Answers:
    """What all checks found, worst first, and which of them could not tell."""

    findings: tuple[Finding, ...]
    unanswered: tuple[Unanswered, ...]

    def joined(self, others: "Answers") -> "Answers":
        """These and others, worst first."""
        order = tuple(Severity)
        findings = sorted((*self.findings, *others.findings), key=lambda finding: order.index(finding.severity))
        return Answers(tuple(findings), (*self.unanswered, *others.unanswered))

    def demand(self) -> None:
        """Let pass what only warns or notes.

        Raises:
            ChecksBlock: a finding would make the chain fail.
            CheckCouldNotRun: a check could not be asked.
        """
        unclear = [f"{one.check} could not tell: {one.why}" for one in self.unanswered]
        blocking = [f"{one.where}: {one.says}" for one in self.findings if one.severity is Severity.BLOCKS]
        if blocking:
            raise ChecksBlock("; ".join((*blocking, *unclear)))
        if unclear:
            raise CheckCouldNotRun("; ".join(unclear))


def ask_all(question: Question, tell: Tell, checks: Sequence[Check] = CHECKS) -> Answers:
    """Ask every check, whatever the ones before it answered."""
    findings: list[Finding] = []
    unanswered: list[Unanswered] = []
    for check in checks:
        began = time.monotonic()
        answers = _ask(check, question)
        found = [answer for answer in answers if isinstance(answer, Finding)]
        findings += found
        unanswered += [answer for answer in answers if isinstance(answer, Unanswered)]
        tell(CheckAnswered(check=check.NAME, findings=len(found), seconds=time.monotonic() - began))
    return Answers((), ()).joined(Answers(tuple(findings), tuple(unanswered)))


def _ask(check: Check, question: Question) -> tuple[Finding | Unanswered, ...]:
    try:
        return check.ask(question)
    except ThingAMeError as error:
        return (Unanswered(check.NAME, error.message),)
