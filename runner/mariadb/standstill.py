"""Marks that move when something is written, and what moved between two of them.

None of them is moved by looking (tried on 10.11: reading information_schema moves Handler_tmp_write and Handler_commit, on
MySQL Handler_write too): the binary log's position; the server's counters of written rows and of DDL; InnoDB's ids of the
schemas' tables, which DDL changes. Not taken: INNODB_SYS_TABLESTATS.MODIFIED_COUNTER, which goes back to 0 when the server
renews its statistics; Innodb_rows_inserted and the like, which 10.11 does not have.
https://mariadb.com/kb/en/server-status-variables/, https://mariadb.com/kb/en/information-schema-innodb_sys_tables-table/.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runner.mariadb.point import Position
from runner.mariadb.session import Session
from runner.mariadb.unattended import mentions

_COUNTERS = (
    *("Handler_write", "Handler_update", "Handler_delete", "Com_truncate", "Com_rename_table", "Com_alter_table"),
    *("Com_create_db", "Com_create_index", "Com_create_table", "Com_create_trigger", "Com_create_view"),
    *("Com_drop_db", "Com_drop_index", "Com_drop_table", "Com_drop_trigger", "Com_drop_view"),
)
_TABLES = """
    SELECT name, CONCAT_WS('/', table_id, space, n_cols) FROM information_schema.innodb_sys_tables
    WHERE FIND_IN_SET(SUBSTRING_INDEX(name, '/', 1), :folders)"""
_ENDS = ("Gtid", "Gtid_list", "Format_desc", "Xid", "Rotate", "Binlog_checkpoint", "Stop", "Start_encryption", "Intvar", "Rand")
"""Events of the binary log that write nothing by themselves."""


@dataclass(frozen=True)
class Mark:
    """What stood where. `position` None: no binary log, or one that leaves schemas out. `tables`: by name, InnoDB's ids."""

    position: Position | None
    gtid: str
    counters: dict[str, int]
    tables: dict[str, str]


def read_mark(session: Session, schemas: Sequence[str]) -> Mark:
    """Read where everything stands.

    Raises:
        RightsMissing: REPLICATION CLIENT (BINLOG MONITOR) or PROCESS is missing.
    """
    names = ", ".join(f"'{name}'" for name in _COUNTERS)
    status = session.rows("SHOW MASTER STATUS")
    # A log that leaves some schemas out says nothing about those.
    position = Position(file=status[0][0], offset=int(status[0][1])) if status and not any(status[0][2:4]) else None
    encoded = (session.rows("SELECT CAST(CONVERT(:one USING filename) AS BINARY)", one=one)[0][0] for one in schemas)
    folders = ",".join(one.decode() for one in encoded)
    return Mark(
        position,
        str(session.rows("SELECT @@gtid_binlog_pos")[0][0] or ""),
        {name: int(value) for name, value in session.rows(f"SHOW GLOBAL STATUS WHERE Variable_name IN ({names})")},
        dict(session.rows(_TABLES, folders=folders)),
    )


def moved(session: Session, before: Mark, after: Mark, schemas: Sequence[str]) -> tuple[str, ...]:
    """Say what was written in between: to these schemas, or where it cannot be told; nothing: it was quiet.

    With a binary log, what is written elsewhere on the server is told from it, and does no harm.
    """
    names = sorted({name for name, _ in before.tables.items() ^ after.tables.items()})
    reasons = [f"{name.replace('/', '.')} was made, dropped or altered" for name in names]
    counted = [f"{name} went up by {more}" for name, now in after.counters.items() if (more := now - before.counters[name])]
    if before.position is None or after.position is None:
        reasons += [f"no binary log says where: {one}" for one in counted]
    elif before.position == after.position:
        reasons += [f"not in the binary log: {one}" for one in counted]
    else:
        harms = (_harm(type_, info, schemas) for type_, info in _events_between(session, before.position, after.position))
        reasons += filter(None, harms)
    return tuple(dict.fromkeys(reasons))


def _events_between(session: Session, start: Position, end: Position) -> Iterator[tuple[str, str]]:
    """Read the events from one position up to another, over however many files: (type, what the server says of it)."""
    files = [str(row[0]) for row in session.rows("SHOW BINARY LOGS")]
    for file in files[files.index(start.file) : files.index(end.file) + 1]:
        first = f" FROM {start.offset}" if file == start.file else ""
        for _, offset, type_, _, _, info in session.rows(f"SHOW BINLOG EVENTS IN '{file}'{first}"):
            if file == end.file and int(offset) >= end.offset:
                return
            yield str(type_), str(info)


def _harm(type_: str, info: str, schemas: Sequence[str]) -> str | None:
    """Say what an event writes to the schemas; None: nothing."""
    if type_ in _ENDS or type_.startswith(("Write_rows", "Update_rows", "Delete_rows", "Annotate_rows")):
        return None  # rows come after a Table_map that names their table
    if type_ == "Table_map":
        found = re.search(r"\((?P<schema>.+?)\.(?P<table>.+)\)$", info)
        if found is None or found["schema"] in schemas:
            return f"{found['schema']}.{found['table']} was written" if found else f"the binary log has {type_}: {info}"
        return None
    if type_.startswith("Query"):
        if info in ("BEGIN", "COMMIT", "ROLLBACK"):
            return None
        named = mentions(info, schemas)
        return f"a statement on {named} is in the binary log" if named else None
    return f"the binary log has {type_}"
