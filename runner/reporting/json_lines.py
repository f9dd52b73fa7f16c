"""Each event as one line of JSON, `at` and the event's own fields: `docs/schemas/event.json`."""

import json
from typing import IO

from runner.reporting.reporter import Told


def write_json(stream: IO[str], told: Told) -> None:
    """Write one line, complete when this returns."""
    at = told.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    stream.write(json.dumps({"at": at, **told.event.model_dump(mode="json")}) + "\n")
    stream.flush()
