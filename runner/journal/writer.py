"""The one way into a journal: locked, append-only, on the disk when `append` returns."""

import datetime
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from runner.errors import JournalBroken, RunMissing
from runner.journal.entry import Entry
from runner.journal.layout import JOURNAL, LAYOUT, TABLES
from runner.journal.lock import lock_run


@dataclass
class Journal:
    """An open journal. Lanes share it between their threads."""

    folder: Path
    _connection: sqlite3.Connection
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _broken: str = ""

    def append(self, entry: Entry) -> int:
        """Write one entry and return its number. When this returns, the entry survives a power cut.

        After one failure every further entry is refused: history must not go on behind a hole.

        Raises:
            JournalBroken: the entry is not written; what it announces must not be done.
        """
        body = entry.model_dump_json()
        with self._turn:
            if self._broken:
                raise JournalBroken(f"the journal of {self.folder.name} failed before: {self._broken}")
            at = datetime.datetime.now(datetime.UTC).isoformat(timespec="microseconds")
            try:
                cursor = self._connection.execute("insert into entries (at, body) values (?, ?)", (at, body))
            except sqlite3.Error as error:
                self._broken = str(error)
                raise JournalBroken(f"cannot write {entry.kind} to {self.folder / JOURNAL}: {error}") from error
            assert cursor.lastrowid is not None
            return cursor.lastrowid


@contextmanager
def open_journal(folder: Path, *, create: bool) -> Iterator[Journal]:
    """Open the journal of a run for writing and hold the run's lock until the block ends.

    Raises:
        RunMissing: there is no folder, or no journal in it and none is to be created.
        RunBusy: another runner holds the run; the message names it.
        JournalBroken: the journal is of another layout, cannot be written now, or is there where one is to be created.
    """
    path = folder / JOURNAL
    if not folder.is_dir():
        raise RunMissing(f"there is no run folder {folder}")
    with lock_run(folder):
        if create and path.exists():
            raise JournalBroken(f"{folder} already holds a journal", hint="take it up with `thing-a-me resume`")
        if not create and not path.exists():
            raise RunMissing(f"{folder} holds no journal")
        with _connected(path) as connection:
            yield Journal(folder, connection)


@contextmanager
def _connected(path: Path) -> Iterator[sqlite3.Connection]:
    try:
        # Threads take turns in Journal.append, which sqlite3 cannot know.
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
    except sqlite3.Error as error:
        raise JournalBroken(f"cannot open {path}: {error}") from error
    with closing(connection):
        try:
            _prepare(connection, path)
        except (sqlite3.Error, OSError) as error:
            raise JournalBroken(f"cannot write {path} now: {error}") from error
        yield connection


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the layout, or recognise it; after this the file and its name are durable."""
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = full")
    (layout,) = connection.execute("pragma user_version").fetchone()
    (tables,) = connection.execute("select count(*) from sqlite_master").fetchone()
    if not layout and not tables:
        # Also where a runner was killed between creating the file and laying it out: nothing was begun yet.
        connection.executescript(TABLES)
        for directory in (path.parent, path.parent.parent):
            _sync(directory)
    elif layout != LAYOUT:
        raise JournalBroken(
            f"{path} has layout {layout}; this version of thing-a-me writes layout {LAYOUT}",
            hint="resume with the version that began the run (`thing-a-me report` names it)",
        )


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
