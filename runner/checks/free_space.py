"""Is there room to rebuild tables?

An ALTER that cannot be done in place writes the whole table anew before the old one goes, so the largest table has to fit
twice (https://mariadb.com/kb/en/innodb-online-ddl-overview/). SQL knows the disk only through the DISKS plugin, which is
seldom installed and answers nobody without the FILE right; where it does not, that is said, never guessed.
"""

from pathlib import PurePosixPath

from runner.checks.finding import Finding, Severity
from runner.checks.question import Question

NAME = "free-space"

MEGABYTE = 1024**2
SPARE = 100 * MEGABYTE
"""Room for undo, redo and whatever else grows meanwhile."""


def ask(question: Question) -> tuple[Finding, ...]:
    """Compare the free space under the data directory with the largest table; note it where it cannot be known."""
    if (found := _largest_table(question)) is None:
        return ()
    table, size = found
    needed = size + SPARE
    free = _free_space(question)
    if free is None:
        return (
            _finding(
                question,
                Severity.NOTES,
                "free space cannot be read by SQL (no DISKS plugin, or no FILE right)",
                f"look on the server: {question.server_facts.datadir} needs {needed // MEGABYTE} MB free",
            ),
        )
    if free >= needed:
        return ()
    says = f"{free // MEGABYTE} MB free, {needed // MEGABYTE} MB needed to rebuild {table}"
    return (_finding(question, Severity.BLOCKS, says, "free some space in the data directory, or enlarge it"),)


def _largest_table(question: Question) -> tuple[str, int] | None:
    rows = question.server.rows(
        "SELECT table_schema, table_name, data_length + index_length FROM information_schema.tables"
        " WHERE table_type = 'BASE TABLE' AND data_length IS NOT NULL ORDER BY 3 DESC"
    )
    return next(((f"{schema}.{table}", int(size)) for schema, table, size in rows if schema in question.schemas), None)


def _free_space(question: Question) -> int | None:
    """Read the bytes free on the file system that holds the data directory."""
    active = "SELECT 1 FROM information_schema.plugins WHERE plugin_name = 'DISKS' AND plugin_status = 'ACTIVE'"
    if not question.server.rows(active):
        return None
    disks = question.server.rows("SELECT path, available * 1024 FROM information_schema.disks")
    datadir = PurePosixPath(question.server_facts.datadir)
    holding = [(len(path), int(free)) for path, free in disks if datadir.is_relative_to(path)]
    return max(holding)[1] if holding else None


def _finding(question: Question, severity: Severity, says: str, way_out: str) -> Finding:
    return Finding(check=NAME, severity=severity, where=question.server.name, says=says, way_out=way_out)
