"""A run's timetable beside its journal, so that any terminal, and any machine with the folder, reckons as the runner does."""

import os
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from runner.errors import JournalBroken
from runner.planning.timetable import Timetable

FILE = "timetable.json"
_FORM = TypeAdapter(Timetable)


def write_timetable(folder: Path, table: Timetable) -> None:
    """Write it whole, or not at all.

    Raises:
        JournalBroken: it cannot be written.
    """
    fresh = folder / f".{FILE}"
    try:
        fresh.write_bytes(_FORM.dump_json(table, indent=1))
        os.replace(fresh, folder / FILE)  # noqa: PTH105 - Path.replace returns what nobody needs
    except OSError as error:
        raise JournalBroken(f"cannot write {folder / FILE}: {error.strerror}") from error


def read_timetable(folder: Path) -> Timetable | None:
    """Read it; None for a run without a window, or one that died before it was laid out."""
    try:
        return _FORM.validate_json((folder / FILE).read_bytes())
    except (OSError, ValidationError):
        return None
