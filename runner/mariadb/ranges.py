"""The ranges that a big table is read in: where each ends, and the sum of its rows.

Between the lowest and the highest of a key that is one number they are divided evenly, which reads nothing. The ends of other
ranges are found by walking through the key, which reads every page twice (measured: half as long again): only a table that
would keep its connection at work when the others have ended is worth that.
"""

from runner.errors import Aftermath, QueryFailed
from runner.mariadb.checksum_sql import UNREADABLE, Boundary, between, boundary, checksum, is_number, literals, span
from runner.mariadb.outline import TableOutline
from runner.mariadb.session import Session

RANGE_BYTES = 8 * 1024**2
"""Of a table's rows in one statement: so few that the pages through which its end was found are still in the server's buffer
when it is read, and enough ranges for every connection."""
WALKED = 0.5
"""Tables are walked through from this part of a connection's share on."""
_LONG = 4 * 1024**3
"""And from this size on: a statement that says nothing for too long loses its connection."""
_SPARSE = 16
"""Where a key has more than so many numbers for each row, most ranges would be empty."""


def is_big(table: TableOutline, share: float) -> bool:
    """Say whether a table is read in ranges; `share` are the bytes of all tables that each connection has to read.

    One without a key for ranges is read whole, however big it is.
    """
    return bool(table.key) and table.size > RANGE_BYTES and (is_number(table.key) or table.size > min(WALKED * share, _LONG))


def divide(session: Session, table: TableOutline) -> tuple[Boundary, ...]:
    """Divide the numbers of a key evenly, and say where all ranges end but the last; empty where that cannot be done well."""
    if not is_number(table.key):
        return ()
    ((low, high),) = session.rows(span(table.source, table.key))
    ranges, rows = table.size // RANGE_BYTES + 1, table.size // max(1, table.row_size)
    if low is None or high - low > _SPARSE * rows:
        return ()
    return tuple(Boundary((str(low + (high - low) * number // ranges),)) for number in range(1, ranges))


def find_end(session: Session, table: TableOutline, after: Boundary | None) -> Boundary | None:
    """Find where the range ends that begins after a boundary, by walking through it; None: it is the last one."""
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
