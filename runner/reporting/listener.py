"""Which listener hears a run, and that a run never fails because nobody can hear it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import IO

from rich.console import Console

from runner.events import Event, Tell, silent
from runner.reporting.json_lines import write_json
from runner.reporting.plain import write_plain
from runner.reporting.terminal import terminal_listener


@contextmanager
def choose_listener(stream: IO[str], *, as_json: bool = False, quiet: bool = False) -> Iterator[Tell]:
    """Choose how events are shown: nothing when quiet, JSON lines when asked for, a live display on a terminal, else lines.

    Promises that telling never raises and that lanes may tell from their threads: after its first failure (a closed
    terminal, a full disk behind a pipe) the listener falls silent, and the journal alone goes on.
    """
    if quiet:
        yield silent
    elif as_json:
        yield _Forgiving(partial(write_json, stream)).tell
    elif stream.isatty() and not (console := Console(file=stream, highlight=False)).is_dumb_terminal:
        with _display(console) as tell:
            yield tell
    else:
        yield _Forgiving(partial(write_plain, stream)).tell


@dataclass
class _Forgiving:
    """A listener that breaks once, and is then silent."""

    inner: Tell
    fault: BaseException | None = None
    turn: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, event: Event) -> None:
        with self.turn:
            if self.fault is None:
                self.fault = _fault_of(partial(self.inner, event))


@contextmanager
def _display(console: Console) -> Iterator[Tell]:
    """Lend the live display, whose start and end can fail as well as its lines."""
    with ExitStack() as stack:
        display = ExitStack()
        stack.callback(lambda: _fault_of(display.close))
        told: list[Tell] = []
        fault = _fault_of(lambda: told.append(display.enter_context(terminal_listener(console))))
        yield silent if fault else _Forgiving(told[0]).tell


def _fault_of(act: Callable[[], object]) -> Exception | None:
    """Do it, and hand back what it raised. The one place where an exception is kept quiet: a picture is not worth a run."""
    try:
        act()
    except Exception as error:
        return error
    return None
