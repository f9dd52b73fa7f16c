"""One runner per run, and one that changes a cloud: locks on folders that the kernel takes back when a holder dies."""

import datetime
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import ValidationError

from runner.errors import JournalBroken, RunBusy
from runner.file_lock import try_for
from runner.frozen import Frozen
from runner.journal.layout import LOCK
from runner.journal.runs import list_runs


class Holder(Frozen):
    """Who holds a run, or a cloud."""

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
    with _locked(folder, f"run {folder.name}") as holder:
        yield holder


@contextmanager
def lock_cloud(runs: Path) -> Iterator[Holder]:
    """Hold the cloud whose run folders lie in `runs`: whoever changes its databases does so alone, as far as they tell.

    Raises:
        RunBusy: another process holds it; the message names it.
        JournalBroken: the folder, or the lock's file, cannot be written.
    """
    try:
        runs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise JournalBroken(f"cannot make {runs}: {error.strerror}") from error
    with ExitStack() as stack:
        try:
            holder = stack.enter_context(_locked(runs, f"the cloud of {runs}"))
        except RunBusy as error:
            at_work = ", ".join(folder.name for folder in list_runs(runs) if find_holder(folder))
            raise RunBusy(f"{error.message}{f', at work on run {at_work}' if at_work else ''}") from error
        yield holder


@contextmanager
def _locked(folder: Path, what: str) -> Iterator[Holder]:
    try:
        file = (folder / LOCK).open("a+", encoding="utf-8")
    except OSError as error:
        raise JournalBroken(f"cannot lock {folder}: {error.strerror}") from error
    with file:
        if not try_for(file, fcntl.LOCK_EX):
            raise RunBusy(f"{what} is held by {find_last_holder(folder) or 'another process'}")
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
        return None if try_for(file, fcntl.LOCK_SH, 0) else find_last_holder(folder)


def find_last_holder(folder: Path) -> Holder | None:
    """Find who held the run last, whether or not he still does; None when that was never written."""
    try:
        return Holder.model_validate_json((folder / LOCK).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        # Seen in the instant between taking the lock and writing the name; the lock is what counts.
        return None
