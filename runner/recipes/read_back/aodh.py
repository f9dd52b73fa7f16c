"""Runs inside an image: reads aodh's database through aodh's storage, and shows what it reads the way its API does."""

from collections.abc import Iterator

from aodh import service, storage
from aodh.api.controllers.v2 import alarms as api
from aodh.storage.sqlalchemy import models
from reading import CONFIGURATION, Database, Reading, main


def read(database: Database) -> Iterator[Reading]:
    """Read the one database."""
    connection = storage.get_connection_from_config(config)
    yield Reading(
        "alarms",
        database.ids(models.Alarm.alarm_id),
        lambda ids: connection.get_alarms(alarm_id={"in": ids}),
        lambda identity: next(iter(connection.get_alarms(alarm_id=identity)), None),
        lambda alarm: alarm.alarm_id,
        api.Alarm.from_db_model_scrubbed,
    )
    yield Reading(
        "alarm history",
        database.ids(models.AlarmChange.event_id),
        lambda ids: connection.query_alarm_history({"in": {"event_id": ids}}),
        lambda identity: next(iter(connection.query_alarm_history({"=": {"event_id": identity}})), None),
        lambda change: change.event_id,
        api.AlarmChange.from_db_model,
    )


config = service.prepare_service(CONFIGURATION)
main({"aodh": read})
