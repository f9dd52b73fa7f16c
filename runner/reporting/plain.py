"""One plain line per event, with UTC time: for a log, a pipe, a CI job."""

from typing import IO

from runner.reporting.reporter import Told
from runner.reporting.words import is_bad, say_event


def write_plain(stream: IO[str], told: Told) -> None:
    """Write one line; what must not be missed carries an exclamation mark."""
    stream.write(f"{told.at:%Y-%m-%dT%H:%M:%SZ} {'!' if is_bad(told.event) else ' '} {say_event(told.event)}\n")
    stream.flush()
