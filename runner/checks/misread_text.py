"""Is text what its column says? UTF-8 that was written through a latin1 connection is not, in a latin1 column or in any other.

Such a client reads back what it wrote, so that nobody notices; OpenStack's own has said utf8 for years. What then looks wrong
is made worse by ALTER TABLE ... CONVERT TO CHARACTER SET, which encodes it a second time (https://mariadb.com/kb/en/alter-table/).
"""

from collections import defaultdict

from runner.checks.finding import Finding, Severity, listed
from runner.checks.question import Question
from runner.mariadb.text_bytes import Misread, find_misread, read_text_columns

NAME = "misread-text"


def ask(question: Question) -> tuple[Finding, ...]:
    """Count the rows of latin1 columns that are UTF-8, and the names and descriptions that were encoded twice."""
    found: defaultdict[str, list[Misread]] = defaultdict(list)
    for one in find_misread(question.server, read_text_columns(question.server, question.schemas)):
        found[one.column.schema].append(one)
    return tuple(
        finding
        for schema, misread in found.items()
        for finding in (*_hidden(question.schemas[schema].id, misread), *_twice(question.schemas[schema].id, misread))
    )


def _hidden(where: str, misread: list[Misread]) -> tuple[Finding, ...]:
    hidden = [one for one in misread if one.hidden]
    if not hidden:
        return ()
    mixed = [f"{one.column.table}.{one.column.name}" for one in hidden if one.beside]
    beside = f"; beside text that is latin1: {listed(mixed)}" if mixed else ""
    return (
        Finding(
            check=NAME,
            severity=Severity.WARNS,
            where=where,
            rows=sum(one.hidden for one in hidden),
            says=f"UTF-8 in latin1 columns: {_named(hidden, [one.hidden for one in hidden])}{beside}",
            breaks="whatever converts such a table to UTF-8: it encodes this text a second time, as some hops do by themselves",
            way_out=(
                "on a copy first: ALTER TABLE ... MODIFY the column to VARBINARY or BLOB, then to what it was with CHARACTER"
                " SET utf8mb3: no byte changes. Not CONVERT TO"
            ),
            mend="text",
        ),
    )


def _twice(where: str, misread: list[Misread]) -> tuple[Finding, ...]:
    twice = [one for one in misread if one.twice]
    if not twice:
        return ()
    return (
        Finding(
            check=NAME,
            severity=Severity.WARNS,
            where=where,
            rows=sum(one.twice for one in twice),
            says=f"text that was encoded twice: {_named(twice, [one.twice for one in twice])}",
            breaks="no hop; people read it as in \u00c3\u00a9 for \u00e9, and names are not found by what they are",
            way_out=(
                "on a copy first, row by row: UPDATE ... SET column ="
                " CONVERT(CAST(CONVERT(column USING latin1) AS BINARY) USING utf8mb3)"
            ),
            mend="text",
        ),
    )


def _named(misread: list[Misread], rows: list[int]) -> str:
    return listed([f"{one.column.table}.{one.column.name} ({count})" for one, count in zip(misread, rows, strict=True)])
