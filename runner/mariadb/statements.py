"""What a step's statements were, read from the slow log of a server that logs every statement into its table.

A rehearsal's clone is started so (`--log-output=TABLE --slow-query-log --long-query-time=0`); production never is.
Facts: https://mariadb.com/kb/en/mysqlslow_log-table/.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from runner.mariadb.connection import DatabaseServer

SHOWN = 500
"""Characters kept of a statement."""

_OF_STEP = "user_host LIKE CONCAT(:account, '[%') AND start_time BETWEEN FROM_UNIXTIME(:begins) AND FROM_UNIXTIME(:ends)"
_WHOSE = " AND FIND_IN_SET(db, :schemas)"
_CHANGES = "'^[[:space:]]*(insert|update|delete|replace)'"
_DEFINES = "'^[[:space:]]*(alter|create|drop|rename|truncate)'"


@dataclass(frozen=True)
class Span:
    """Who sent a step's statements, from when to when (seconds since the epoch), and with which current schemas."""

    account: str
    begins: float
    ends: float
    schemas: tuple[str, ...]


@dataclass(frozen=True)
class Definition:
    """One DDL statement and the seconds it took; the text is cut."""

    text: str
    seconds: float


@dataclass(frozen=True)
class Statements:
    """A step's statements: how many, the rows they changed, and the DDL among them.

    `longest_lock` are seconds: the longest that a statement waited for a lock or that a DDL statement, which holds one
    on its table, took.
    """

    count: int
    rows_changed: int
    longest_lock: float
    definitions: tuple[Definition, ...]


def read_statements(server: DatabaseServer, span: Span) -> Statements:
    """Read what was logged of one step.

    Raises:
        QueryFailed
    """
    asked: dict[str, object] = {
        "account": span.account,
        "begins": span.begins,
        "ends": span.ends,
        "schemas": ",".join(span.schemas),
    }
    ((count, changed, waited),) = server.rows(
        f"SELECT COUNT(*), SUM(IF(LOWER(CONVERT(sql_text USING utf8mb4)) REGEXP {_CHANGES}, rows_affected, 0)),"  # noqa: S608
        f" MAX(TIME_TO_SEC(lock_time)) FROM mysql.slow_log WHERE {_OF_STEP}{_WHOSE}",
        **asked,
    )
    definitions = _read_definitions(server, asked)
    longest = max((float(waited or 0), *(one.seconds for one in definitions)))
    return Statements(int(count), int(changed or 0), round(longest, 3), tuple(definitions))


def _read_definitions(server: DatabaseServer, asked: dict[str, object]) -> Sequence[Definition]:
    rows = server.rows(
        f"SELECT LEFT(CONVERT(sql_text USING utf8mb4), {SHOWN}), TIME_TO_SEC(query_time) FROM mysql.slow_log"  # noqa: S608
        f" WHERE {_OF_STEP}{_WHOSE} AND LOWER(CONVERT(sql_text USING utf8mb4)) REGEXP {_DEFINES} ORDER BY start_time",
        **asked,
    )
    return [Definition(" ".join(text.split()), round(float(seconds), 3)) for text, seconds in rows]
