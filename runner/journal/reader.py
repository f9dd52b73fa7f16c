"""Read a journal: while its runner writes, after it died, or from a copy of the folder on a read-only disk."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import ValidationError

from runner.errors import JournalBroken, RunMissing
from runner.journal.entry import Stamped
from runner.journal.layout import JOURNAL, LAYOUT

# The document around each body, so that one parse in JSON mode makes the frozen value.
_ROWS = "select json_object('seq', seq, 'at', at, 'entry', json(body)) from entries order by seq"


def read_entries(folder: Path) -> tuple[Stamped, ...]:
    """Read all entries, oldest first. Takes no lock and changes nothing.

    Raises:
        RunMissing: there is no journal, or nothing was begun in it.
        JournalBroken: another version of thing-a-me wrote it, or it cannot be read now; the message says which.
    """
    path = folder / JOURNAL
    if not path.is_file():
        raise RunMissing(f"{folder} holds no journal")
    try:
        with _connected(path) as connection:
            _recognise(connection, path)
            rows = [body for (body,) in connection.execute(_ROWS)]
    except (sqlite3.Error, OSError) as error:
        raise JournalBroken(f"cannot read {path} now: {error}") from error
    if not rows:
        raise RunMissing(f"nothing was begun in {folder}")
    return tuple(_parse(row, path) for row in rows)


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=30)) as connection:
            connection.execute("select 1 from sqlite_master")
            yield connection
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode not in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY_CANTINIT}:
            raise
        # SQLite needs to write beside a WAL database even to read it, which a read-only disk forbids.
        with _copied(path) as copy, closing(sqlite3.connect(copy)) as connection:
            yield connection


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    with TemporaryDirectory(prefix="thing-a-me-") as directory:
        for file in path.parent.glob(f"{JOURNAL}*"):
            if not file.name.endswith("-shm"):
                shutil.copy(file, directory)
        yield Path(directory) / JOURNAL


def _recognise(connection: sqlite3.Connection, path: Path) -> None:
    (layout,) = connection.execute("pragma user_version").fetchone()
    (tables,) = connection.execute("select count(*) from sqlite_master").fetchone()
    if not layout and not tables:
        raise RunMissing(f"nothing was begun in {path.parent}")
    if layout != LAYOUT:
        raise _other_version(path, f"layout {layout}, and this version reads layout {LAYOUT}")


def _parse(row: str, path: Path) -> Stamped:
    try:
        return Stamped.model_validate_json(row)
    except ValidationError as error:
        fault = error.errors()[0]
        raise _other_version(path, f"an entry this version does not know: {fault['msg']}") from error


def _other_version(path: Path, what: str) -> JournalBroken:
    return JournalBroken(
        f"another version of thing-a-me wrote {path}: it has {what}",
        hint="read it with the version that wrote it; nothing is wrong with the file itself",
    )
