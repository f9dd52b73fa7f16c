"""Do both ends of every foreign key agree? InnoDB makes none whose ends differ, and refuses to rebuild one that does."""

from collections import defaultdict

from runner.checks.finding import Finding, Severity, listed
from runner.checks.question import Question

NAME = "foreign-key-ends"

_ENDS = """
    SELECT table_schema, table_name, column_name, referenced_table_schema, referenced_table_name, referenced_column_name
    FROM information_schema.key_column_usage WHERE referenced_table_name IS NOT NULL ORDER BY 1, 2, 3"""
_COLLATIONS = """
    SELECT table_schema, table_name, column_name, collation_name
    FROM information_schema.columns WHERE collation_name IS NOT NULL"""


def ask(question: Question) -> tuple[Finding, ...]:
    """Find the foreign keys whose ends differ in collation, and so in charset where that differs too.

    Such a pair comes from tables created, and on older servers also converted, with `foreign_key_checks=0`.
    """
    # Joined here: MariaDB joins two information_schema tables by opening every table once per row.
    collations = {tuple(end): collation for *end, collation in question.server.rows(_COLLATIONS)}
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in question.server.rows(_ENDS):
        ours, theirs = row[:3], row[3:]
        if ours[0] in question.schemas and collations.get(ours) != collations.get(theirs):
            found[ours[0]].append(
                f"{ours[1]}.{ours[2]} ({collations.get(ours)}) -> {theirs[1]}.{theirs[2]} ({collations.get(theirs)})"
            )
    return tuple(
        Finding(
            check=NAME,
            severity=Severity.BLOCKS,
            where=question.schemas[schema].id,
            rows=len(ends),
            says=f"foreign keys whose ends differ: {listed(ends)}",
            breaks="any hop that rebuilds one of these tables (errno 150), and new rows even before that",
            way_out="drop these foreign keys, convert both tables to one charset and collation, add the keys again",
        )
        for schema, ends in found.items()
    )
