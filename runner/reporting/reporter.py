"""The reporter: a thread of its own that shows what is told, so that nobody who tells waits for whoever looks on.

A terminal that was stopped (Ctrl-S) and a pipe that nobody reads take no more, for as long as they like. What is told
meanwhile waits: a run tells some thousand events at most, so the queue has no bound.
"""

import datetime
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Thread

from runner.events import Event, Tell

PATIENCE = 5.0
"""Seconds in which what still waits may be shown once the last event was told."""


@dataclass(frozen=True)
class Told:
    """An event and when it was told, which may be long before it is shown: in UTC, and on the monotonic clock."""

    event: Event
    at: datetime.datetime
    second: float


Show = Callable[[Told], None]
"""How what was told reaches an operator. It may take as long as it likes, and fail."""


@contextmanager
def reporter(showing: Callable[[], AbstractContextManager[Show]], *, patience: float = PATIENCE) -> Iterator[Tell]:
    """Show what is told for the length of the block, in a thread of its own.

    Promises that telling neither waits nor raises, from any thread, and that the block's end waits no longer than
    `patience` for what was not shown yet. After its first failure (a closed terminal, a full disk behind a pipe) the
    reporter falls silent, and the journal alone goes on.
    """
    waiting: SimpleQueue[Told | None] = SimpleQueue()
    # A daemon: a terminal that takes nothing may not keep the process from its end either.
    thread = Thread(target=_show_all, args=(waiting, showing), name="reporter", daemon=True)
    thread.start()
    try:
        yield lambda event: waiting.put(Told(event, datetime.datetime.now(datetime.UTC), time.monotonic()))
    finally:
        waiting.put(None)
        thread.join(patience)


def _show_all(waiting: "SimpleQueue[Told | None]", showing: Callable[[], AbstractContextManager[Show]]) -> None:
    # The one place where an exception is kept quiet: a picture is not worth a run.
    with suppress(Exception), showing() as show:
        while (told := waiting.get()) is not None:
            show(told)
