"""How many rows there are: exactly, never the estimate of information_schema."""

from collections.abc import Callable, Sequence

from runner.mariadb.connection import DatabaseServer, quote

CHUNK = 20
"""Tables counted in one statement: few enough that somebody who wants it to stop is heard."""


def count_rows(
    server: DatabaseServer, schemas: Sequence[str], between: Callable[[], object] = lambda: None
) -> dict[tuple[str, str], int]:
    """Count the rows of every table of these schemas; the keys are (schema, table), in order.

    `between` is called before every few tables; what it raises ends the counting.
    """
    wanted = set(schemas)
    listed = server.rows(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_type = 'BASE TABLE' ORDER BY 1, 2"
    )
    tables = [(schema, table) for schema, table in listed if schema in wanted]
    counted: dict[tuple[str, str], int] = {}
    for start in range(0, len(tables), CHUNK):
        between()
        chunk = tables[start : start + CHUNK]
        selects = [
            f"SELECT {number}, COUNT(*) FROM {quote(schema)}.{quote(table)}"  # noqa: S608
            for number, (schema, table) in enumerate(chunk)
        ]
        counted |= {chunk[number]: rows for number, rows in server.rows(" UNION ALL ".join(selects))}
    return counted


def count(server: DatabaseServer, schema: str, sql: str) -> int:
    """Count with a recipe's own SQL, which names its tables without their schema."""
    return int(server.at(schema).scalar(sql) or 0)
