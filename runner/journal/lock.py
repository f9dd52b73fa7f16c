"""One runner per run: an exclusive lock on the run's folder that the kernel takes back when its holder dies."""

import datetime
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from runner.errors import JournalBroken, RunBusy
from runner.file_lock import try_for
from runner.frozen import Frozen
from runner.journal.layout import LOCK


class Holder(Frozen):
    """Who holds a run."""

    pid: int
    host: str
    since: datetime.datetime

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host} since {self.since:%Y-%m-%d %H:%M:%S} UTC"


@contextmanager
def lock_run(folder: Path) -> Iterator[Holder]:
    """Hold the run's lock for the length of the block.

    Raises:
        RunBusy: another process, or another part of this one, holds it; the message names it.
        JournalBroken: the lock's file cannot be written.
    """
    try:
        file = (folder / LOCK).open("a+", encoding="utf-8")
    except OSError as error:
        raise JournalBroken(f"cannot lock {folder}: {error.strerror}") from error
    with file:
        if not try_for(file, fcntl.LOCK_EX):
            raise RunBusy(f"run {folder.name} is held by {_read(folder) or 'another process'}")
        holder = Holder(pid=os.getpid(), host=socket.gethostname(), since=datetime.datetime.now(datetime.UTC))
        try:
            file.truncate(0)
            file.write(holder.model_dump_json())
            file.flush()
        except OSError as error:
            raise JournalBroken(f"cannot write {folder / LOCK}: {error.strerror}") from error
        yield holder


def find_holder(folder: Path) -> Holder | None:
    """Find who holds the run now; None when nobody does."""
    try:
        file = (folder / LOCK).open(encoding="utf-8")
    except OSError:
        return None
    with file:
        return None if try_for(file, fcntl.LOCK_SH, 0) else _read(folder)


def _read(folder: Path) -> Holder | None:
    try:
        return Holder.model_validate_json((folder / LOCK).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        # Seen in the instant between taking the lock and writing the name; the lock is what counts.
        return None
