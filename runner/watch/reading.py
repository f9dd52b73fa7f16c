"""What the watch has written down, for whoever asks: while it runs, after it ended, after it died."""

import time
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from runner import boot_clock
from runner.errors import WatchFailed
from runner.planning.gaps import AnyEntry, Began, Counted, Ended, Entry, WatchRecord
from runner.watch.layout import NOW, RECORD
from runner.watch.process import find_watch

_ENTRY: TypeAdapter[AnyEntry] = TypeAdapter(Entry)
STALE = 5.0
"""Seconds after which counts that should be new every second are old; the watch's own timeout is added."""


def read_watch(folder: Path) -> WatchRecord:
    """Read the record of a run; `planning.gaps.judge` says what it means.

    Raises:
        WatchFailed: it is there, and cannot be read.
    """
    running = find_watch(folder)
    # First the counts, then the record, which is never behind them.
    now = _read_now(folder)
    try:
        lines = (folder / RECORD).read_bytes().split(b"\n")
    except FileNotFoundError:
        return WatchRecord((), None, "none", time.time())
    except OSError as error:
        raise WatchFailed(f"cannot read {folder / RECORD}: {error.strerror}") from error
    try:
        # What follows the last line's end is one that is being written, or was when its writer died.
        entries = tuple(_ENTRY.validate_json(line) for line in lines[:-1])
    except ValidationError as error:
        raise WatchFailed(f"{folder / RECORD} holds what this version of thing-a-me cannot read") from error
    began = next((entry for entry in reversed(entries) if isinstance(entry, Began)), None)
    if began is None:
        return WatchRecord((), None, "none", time.time())
    now = now if now and now.began == began.at else None
    if isinstance(entries[-1], Ended):
        return WatchRecord(entries, now, "ended", time.time())
    old = _age(began, now) > STALE + began.timeout
    if running is None and (began.boot == boot_clock.boot_id() or old):
        return WatchRecord(entries, now, "died", time.time())
    return WatchRecord(entries, now, "silent" if old else "running", time.time())


def _read_now(folder: Path) -> Counted | None:
    try:
        return Counted.model_validate_json((folder / NOW).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def _age(began: Began, now: Counted | None) -> float:
    """Seconds since the watch said anything. From another machine only the wall clocks are there to compare."""
    last = now.at if now else began.at
    if began.boot == boot_clock.boot_id():
        return boot_clock.seconds() - last
    return time.time() - (began.utc + last - began.at)
