"""Run folders: `<runs>/<run id>/`, holding the journal, the steps' logs, plan.json and the reports."""

import datetime
import os
import re
import secrets
import string
from itertools import count
from pathlib import Path

from runner.errors import JournalBroken, RunMissing
from runner.journal.layout import JOURNAL

_LONGEST = 150
_RUN_ID = re.compile(r"\d{8}-\d{6}-[a-z]{4}")


def new_run(runs: Path) -> Path:
    """Make the folder of a new run: UTC time, so that names sort, and four letters, so that two never meet.

    Raises:
        JournalBroken: the folder cannot be made.
    """
    letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(4))
    folder = runs / f"{datetime.datetime.now(datetime.UTC):%Y%m%d-%H%M%S}-{letters}"
    try:
        (folder / "logs").mkdir(parents=True)
    except OSError as error:
        raise JournalBroken(f"cannot make run folder {folder}: {error.strerror}") from error
    return folder


def list_runs(runs: Path) -> tuple[Path, ...]:
    """List the folders that hold a journal, oldest first; none where `runs` is not there yet."""
    if not runs.is_dir():
        return ()
    return tuple(sorted(path for path in runs.iterdir() if _RUN_ID.fullmatch(path.name) and (path / JOURNAL).is_file()))


def find_run(runs: Path, name: str | None = None) -> Path:
    """Find a run by its id, its last four letters, or its folder wherever that was copied to; without a name, the newest.

    Raises:
        RunMissing: there is none, or the letters fit several; the message names what is there.
    """
    if name is not None and (Path(name) / JOURNAL).is_file():
        return Path(name)
    known = list_runs(runs)
    if not known:
        raise RunMissing(f"there is no run in {runs}")
    if name is None:
        return known[-1]
    fitting = [path for path in known if path.name == name or path.name.endswith(f"-{name}")]
    if len(fitting) != 1:
        said = "several runs are" if fitting else "no run is"
        raise RunMissing(f"{said} called {name}; there are {', '.join(path.name for path in known[-5:])}")
    return fitting[0]


def log_name(step: str, attempt: int) -> str:
    """Name a step's log below its run's folder; safe for every file system, however long the name is."""
    return f"logs/{re.sub(r'[^A-Za-z0-9.-]+', '_', step)[:_LONGEST]}.{attempt}.log"


def keep_log(folder: Path, step: str, attempt: int, log: bytes) -> str:
    """Write a step's log and return its name, for StepEnded: the log is on the disk before the journal names it.

    Raises:
        JournalBroken: it cannot be written.
    """
    name = log_name(step, attempt)
    try:
        with (folder / name).open("wb") as file:
            file.write(log)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise JournalBroken(f"cannot write {folder / name}: {error.strerror}") from error
    return name


def keep_next_log(folder: Path, name: str, log: bytes) -> str:
    """Write what was said under a name that is free, and return it, relative to the run's folder.

    Raises:
        JournalBroken: it cannot be written.
    """
    attempt = next(number for number in count(1) if not (folder / log_name(name, number)).exists())
    return keep_log(folder, name, attempt, log)
