"""Is the database server one that the releases on the way can run on?"""

from runner.checks.finding import Finding, Severity
from runner.checks.question import Question

NAME = "server-version"

OLDEST = (10, 2, 1)
"""CHECK constraints, which neutron's migrations count on: neutron victoria/expand/dfe425060830, "since version 10.2.1"."""

COLLATIONS_CHANGED = (11, 5, 0)
"""utf8 tables get another collation by default: https://jira.mariadb.org/browse/MDEV-25829."""


def ask(question: Question) -> tuple[Finding, ...]:
    """Refuse what is not MariaDB or older than 10.2.1; warn of 11.5 and newer, whose new tables may differ."""
    facts = question.server_facts
    if not facts.is_mariadb:
        return (
            _finding(question, Severity.BLOCKS, "is not MariaDB", "move the databases to MariaDB, or use the vendor's tools"),
        )
    if facts.numbers < OLDEST:
        return (_finding(question, Severity.BLOCKS, "is older than 10.2.1", "upgrade the server first, to 10.11 for one"),)
    if facts.numbers >= COLLATIONS_CHANGED and facts.collations.get("utf8mb3", "").startswith("utf8mb3_uca1400"):
        return (
            _finding(
                question,
                Severity.WARNS,
                f"gives new utf8 tables the collation {facts.collations['utf8mb3']}, old ones have another",
                "set character_set_collations='utf8mb3=utf8mb3_general_ci' on the server",
            ),
        )
    return ()


def _finding(question: Question, severity: Severity, says: str, way_out: str) -> Finding:
    version = question.server_facts.version
    return Finding(check=NAME, severity=severity, where=question.server.name, says=f"{version} {says}", way_out=way_out)
