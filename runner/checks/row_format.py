"""Are there tables in a row format of old, whose rows are too wide for a new column?

Servers up to MariaDB 10.1 made InnoDB tables Compact; such a table stays so until it is rebuilt. A VARCHAR(255) lies whole in
its page then, and where all columns together are wider than half a page, ALTER TABLE ... ADD COLUMN is refused: 1118, row size
too large. Nothing else shows it: what is there is read and written as ever. Tried on 10.5.29, 10.11.19 and 11.8.6.
"""

from runner.checks.finding import Finding, Severity, listed
from runner.checks.question import Question
from runner.mariadb.connection import quote
from runner.planning.cloud import Database
from runner.planning.recipe import Span

NAME = "row-format"

WIDEST = 8000
"""Bytes of a row that are safe: half a page of 16 KiB, less what InnoDB keeps there itself (8126)."""

WIDENED: dict[tuple[str, str], dict[str, int]] = {
    ("nova", "instances"): {"train": 1, "2023.2": 8},
    ("nova", "shadow_instances"): {"train": 1, "2023.2": 8},
    ("nova", "block_device_mapping"): {"queens": 109, "stein": 109, "zed": 1286},
    ("nova", "shadow_block_device_mapping"): {"queens": 109, "stein": 109, "zed": 1286},
    ("cinder", "volumes"): {"queens": 110, "xena": 1},
    ("cinder", "backups"): {"queens": 109},
    ("ironic", "nodes"): {"queens": 767, "rocky": 3091, "stein": 2353, "ussuri": 1558, "victoria": 790, "xena": 50}
    | {"2023.1": 767, "2023.2": 1666, "2025.1": 1, "2026.1": 864},
}
"""The releases whose sync adds columns to a table that may be too wide in that format, and the bytes they add. Read in: nova's
374, 391, 399, ccb0fa1a2252 and 1acf2c98e646, cinder's 114, 115, 117 and 145,
all of ironic's that add a column to nodes, 405cfe08f18d to 9f8c7d6e5b4a."""

_WIDTHS = """
SELECT t.table_schema, t.table_name, t.row_format, SUM(
  CASE WHEN c.data_type IN ('varchar', 'char')
       THEN LEAST(c.character_octet_length, 788) + IF(c.character_octet_length > 255, 2, 1)
       WHEN c.data_type IN ('tinytext', 'tinyblob') THEN 256
       WHEN c.data_type LIKE '%text' OR c.data_type LIKE '%blob' THEN 790
       WHEN c.data_type IN ('bigint', 'double') THEN 8
       WHEN c.data_type = 'datetime' THEN 5
       WHEN c.data_type IN ('tinyint', 'enum') THEN 1
       ELSE 4 END) AS width
FROM information_schema.tables t JOIN information_schema.columns c USING (table_schema, table_name)
WHERE t.engine = 'InnoDB' AND t.row_format IN ('Compact', 'Redundant')
GROUP BY 1, 2, 3 ORDER BY 1, 2
"""


def ask(question: Question) -> tuple[Finding, ...]:
    """Find such tables; of those that a hop widens say so, of the others that one might."""
    strict = question.server.scalar("SELECT @@GLOBAL.innodb_strict_mode")
    findings: list[Finding] = []
    others: dict[Database, list[str]] = {}
    for schema, table, _, width in question.server.rows(_WIDTHS):
        database = question.schemas.get(schema)
        if database is None:
            continue
        if hop := _too_wide_at(question, database, table, int(width)):
            # Without the strict mode InnoDB warns, and takes it.
            severity = Severity.BLOCKS if strict else Severity.WARNS
            breaks = f"{database.project} {hop}: its sync adds a column, and fails with 1118, row size too large"
            findings.append(_finding(database, severity, [table], breaks))
        elif width > WIDEST:
            others.setdefault(database, []).append(table)
    warned = "any hop that adds a column to one of them: 1118"
    return (*findings, *(_finding(database, Severity.WARNS, tables, warned) for database, tables in others.items()))


def _too_wide_at(question: Question, database: Database, table: str, width: int) -> str | None:
    """Name the first hop on the way that makes a table wider than it may be."""
    for series, added in WIDENED.get((database.project, table), {}).items():
        if hop := question.crossing(database.project, Span(since=series, until=series)):
            width += added
            if width > WIDEST:
                return str(hop)
    return None


def _finding(database: Database, severity: Severity, tables: list[str], breaks: str) -> Finding:
    return Finding(
        check=NAME,
        severity=severity,
        where=database.id,
        rows=len(tables),
        says=f"tables in a row format of old, too wide for a new column: {listed(tables)}",
        breaks=breaks,
        way_out=f"ALTER TABLE {quote(database.schema)}.{quote(tables[0])} ROW_FORMAT=DYNAMIC rebuilds it; no row changes",
    )
