"""The JSON schemas of what we write for other programs; `docs/schemas/` holds them as files."""

from typing import Any

from pydantic import TypeAdapter

from runner.events import Event
from runner.journal.entry import Stamped
from runner.reporting.record import Report


def event_schema() -> dict[str, Any]:
    """Describe one line of `--json` events: an event and the time it was told at."""
    schema = TypeAdapter[Event](Event).json_schema(mode="serialization")
    at = {"type": "string", "format": "date-time", "description": "UTC"}
    for definition in schema["$defs"].values():
        if "event" in definition.get("properties", {}):
            definition["properties"] = {"at": at, **definition["properties"]}
            definition["required"] = ["at", *definition.get("required", [])]
    return {"title": "Event", **schema}


def journal_schema() -> dict[str, Any]:
    """Describe an entry of a journal as `read_entries` gives it: its number, its time, its body."""
    return Stamped.model_json_schema(mode="serialization")


def report_schema() -> dict[str, Any]:
    """Describe `report --json`."""
    return Report.model_json_schema(mode="serialization")
