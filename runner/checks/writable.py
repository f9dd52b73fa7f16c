"""Does the server take writes from everybody? An administrator's account may write where the steps' accounts cannot."""

from runner.checks.finding import Finding, Severity
from runner.checks.question import Question

NAME = "writable"


def ask(question: Question) -> tuple[Finding, ...]:
    """Find read_only set: a replica, or somebody protects the server."""
    if not question.server_facts.read_only:
        return ()
    return (
        Finding(
            check=NAME,
            severity=Severity.BLOCKS,
            where=question.server.name,
            says="the server is read-only",
            breaks="every step, and every session after it",
            way_out="point cloud.yaml at the writable server, or SET GLOBAL read_only=OFF if it is the right one",
        ),
    )
