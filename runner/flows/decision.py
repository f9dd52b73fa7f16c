"""A decision from another terminal: turn back now, or go on. One small file in the run's folder, written whole."""

import datetime
import getpass
import socket
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from runner.containers.cache import write_whole
from runner.errors import JournalBroken, NothingToDecide
from runner.frozen import Frozen
from runner.journal.lock import find_holder
from runner.journal.reader import read_entries
from runner.journal.window_position import replay_window

FILE = "decision.json"


class Decision(Frozen):
    """What somebody wants, and who. `abort`: turn back now; `proceed`: pass what the run waits at."""

    what: Literal["abort", "proceed"]
    by: str
    at: datetime.datetime


def who() -> str:
    """Whoever runs this command: `user@host`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "somebody"
    return f"{user}@{socket.gethostname()}"


def decide(folder: Path, what: Literal["abort", "proceed"]) -> Decision:
    """Leave a decision for the runner that holds the run.

    Raises:
        NothingToDecide: nobody holds it, it has no window, it is past the point of no return, or does not wait.
        JournalBroken, RunMissing
    """
    position = replay_window(read_entries(folder))
    if position.opened is None:
        raise NothingToDecide(f"run {folder.name} has no window: nothing waits for a decision")
    if position.is_past_return and what == "abort":
        raise NothingToDecide(f"run {folder.name} is past the point of no return")
    if find_holder(folder) is None:
        raise NothingToDecide(
            f"nobody is at work on run {folder.name}", hint="`thing-a-me rollback` turns it back, `thing-a-me resume` goes on"
        )
    if what == "proceed" and not position.waiting:
        raise NothingToDecide(
            f"run {folder.name} waits for nobody{f': it is in {at}' if (at := position.at_work) else ''}",
            hint="`thing-a-me status --watch` shows when it asks",
        )
    decision = Decision(what=what, by=who(), at=datetime.datetime.now(datetime.UTC))
    try:
        write_whole(folder / FILE, decision.model_dump_json().encode())
    except OSError as error:
        raise JournalBroken(f"cannot write {folder / FILE}: {error.strerror}") from error
    return decision


def take_decision(folder: Path) -> Decision | None:
    """Take what was decided, if anything was; it is taken once."""
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
    except OSError:
        return None
    with suppress(OSError):
        (folder / FILE).unlink()
    with suppress(ValidationError):
        return Decision.model_validate_json(text)
    return None
