"""The window in `status`: where it is, what is held, who turns back, and the one line to read aloud."""

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path

from runner import boot_clock
from runner.errors import WatchFailed
from runner.journal.entry import Stamped
from runner.journal.moment import moment_of
from runner.journal.timetable import read_timetable
from runner.journal.window_position import replay_window
from runner.planning.gaps import judge
from runner.planning.window import look_ahead, say_forecast
from runner.reporting.window_record import WindowRecord
from runner.watch.reading import read_watch


def forecast_line(folder: Path, entries: Sequence[Stamped]) -> str:
    """Say where the window is and until when it can be turned back; empty where there is nothing to forecast."""
    position, table = replay_window(entries), read_timetable(folder)
    if table is None or position.opened is None or position.opened_at is None or position.turning:
        return ""
    began = boot_clock.Instant(position.opened.boot, position.opened.boot_seconds)
    elapsed = boot_clock.elapsed_since(began, position.opened_at)
    said = say_forecast(look_ahead(table, moment_of(entries, elapsed.seconds)), datetime.datetime.now().astimezone())
    return said if elapsed.exact else f"{said} (by the wall clock: another boot, or another machine)"


def watch_lines(folder: Path) -> tuple[str, ...]:
    """Say what the watch of a run has seen so far, a line per target; nothing where nobody watches."""
    try:
        return tuple(sight.aloud for sight in judge(read_watch(folder)))
    except WatchFailed as error:
        return (error.message,)


def say_window(window: WindowRecord, forecast: str) -> Iterator[str]:
    """Say it in lines: opened when and by whom, the forecast, and what has to be given back."""
    by = window.decisions[0].by if window.decisions else "somebody"
    yield f"  window  {window.opened_at:%H:%M:%S} to {window.closes_at:%H:%M:%S} UTC, opened by {by}: {window.end}"
    if forecast:
        yield f"          {forecast}"
    if window.reason:
        yield f"  back    {' '.join(window.reason.split())}"
    if window.still_stopped:
        yield f"  stopped {', '.join(window.still_stopped)}"
    if window.still_locked:
        yield f"  locked  {', '.join(window.still_locked)}"
    if window.watched:
        yield from (f"  watch   {one.aloud}" for one in window.watched.targets)
