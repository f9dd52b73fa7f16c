"""The ranges that a big table is read in: where each ends, and the sum of its rows."""

from runner.errors import Aftermath, QueryFailed
from runner.mariadb.checksum_sql import UNREADABLE, Boundary, between, boundary, checksum, literals
from runner.mariadb.outline import TableOutline
from runner.mariadb.session import Session

RANGE_BYTES = 8 * 1024**2
"""Of a table's rows in one statement: so few that the pages through which its end was found are still in the server's buffer
when it is read, and enough ranges for every connection."""


def is_big(table: TableOutline) -> bool:
    """Say whether a table is read in ranges; one without a key for them is read whole, however big it is."""
    return bool(table.key) and table.size > RANGE_BYTES


def find_end(session: Session, table: TableOutline, after: Boundary | None) -> Boundary | None:
    """Find where the range ends that begins after a boundary; None: it is the last one."""
    rows = max(1, RANGE_BYTES // max(1, table.row_size))
    found = session.rows(boundary(table.source, table.key, after, rows))
    return literals(table.key, found[0]) if found else None


def sum_rows(
    session: Session, table: TableOutline, after: Boundary | None = None, until: Boundary | None = None
) -> tuple[int, int]:
    """Count the rows of a range and sum their numbers.

    Raises:
        QueryFailed: a row has no number; its sum would say nothing of it.
    """
    ((rows, total),) = session.rows(checksum(table.source, table.columns, between(table.key, after, until)))
    if total is not None and total >= UNREADABLE:
        message = f"{session.server.name}: {table.schema}.{table.name} has rows without a checksum"
        raise QueryFailed(message, aftermath=Aftermath.UNTOUCHED)
    return int(rows), int(total or 0)
