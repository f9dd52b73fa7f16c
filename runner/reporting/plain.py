"""One plain line per event, with UTC time: for a log, a pipe, a CI job."""

import datetime
from typing import IO

from runner.events import Event
from runner.reporting.words import is_bad, say_event


def write_plain(stream: IO[str], event: Event) -> None:
    """Write one line; what must not be missed carries an exclamation mark."""
    now = datetime.datetime.now(datetime.UTC)
    stream.write(f"{now:%Y-%m-%dT%H:%M:%SZ} {'!' if is_bad(event) else ' '} {say_event(event)}\n")
    stream.flush()
