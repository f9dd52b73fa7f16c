"""Which listener hears a run: none, JSON lines, a live display, or plain lines."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TextIO

from rich.console import Console

from runner.events import Tell, silent
from runner.reporting.json_lines import write_json
from runner.reporting.plain import write_plain
from runner.reporting.reporter import PATIENCE, Show, reporter
from runner.reporting.terminal import show_live


@contextmanager
def choose_listener(
    stream: TextIO, *, as_json: bool = False, quiet: bool = False, patience: float = PATIENCE
) -> Iterator[Tell]:
    """Choose how events are shown: nothing when quiet, JSON lines when asked for, a live display on a terminal, else lines.

    Promises that telling neither waits nor raises, and that lanes may tell from their threads.
    """
    if quiet:
        yield silent
        return
    with reporter(partial(_show_on, stream, as_json=as_json), patience=patience) as tell:
        yield tell


@contextmanager
def _show_on(stream: TextIO, *, as_json: bool) -> Iterator[Show]:
    with _opened_again(stream) as own:
        if as_json:
            yield partial(write_json, own)
        elif own.isatty() and not (console := Console(file=own, highlight=False)).is_dumb_terminal:
            with show_live(console) as show:
                yield show
        else:
            yield partial(write_plain, own)


@contextmanager
def _opened_again(stream: TextIO) -> Iterator[TextIO]:
    """Open what lies behind a stream a second time; a stream with nothing behind it is taken itself.

    Python flushes standard error at its end, and would wait there for a thread that is held up in writing to it.
    """
    try:
        behind = os.dup(stream.fileno())
    except OSError:
        yield stream
        return
    with os.fdopen(behind, "w", buffering=1, encoding=stream.encoding, errors="backslashreplace") as own:
        yield own
