"""Each event as one line of JSON, `at` and the event's own fields: `docs/schemas/event.json`."""

import datetime
import json
from typing import IO

from runner.events import Event


def write_json(stream: IO[str], event: Event) -> None:
    """Write one line, complete when this returns."""
    at = datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    stream.write(json.dumps({"at": at, **event.model_dump(mode="json")}) + "\n")
    stream.flush()
