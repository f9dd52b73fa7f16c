"""Runs inside an image: reads masakari's database through masakari's own objects, and TaskFlow's with TaskFlow's."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from masakari import config, objects
from masakari import context as masakari_context
from masakari.db.sqlalchemy import models
from masakari.objects import host, notification, segment
from reading import CONFIGURATION, Database, Reading, main
from sqlalchemy import MetaData
from taskflow.persistence import backends
from taskflow.persistence.backends.sqlalchemy import tables

try:
    from masakari.objects import vmove
except ImportError:  # before 2023.1
    vmove = None


def whole(thing: Any) -> None:
    """Look at every field, the way masakari writes an object down for its engine."""
    thing.obj_to_primitive()


def read(database: Database) -> Iterator[Reading]:
    """Read masakari's own database. Its lists know no question for ids."""
    context = masakari_context.get_admin_context()

    def whole_notification(one: Any) -> None:
        whole(one)
        if vmove is not None:
            for move in vmove.VMoveList.get_all_vmoves(context, one.notification_uuid):
                whole(move)

    listed = {
        "segments": (models.FailoverSegment, "uuid", segment.FailoverSegmentList, segment.FailoverSegment, whole),
        "hosts": (models.Host, "uuid", host.HostList, host.Host, whole),
        "notifications": (
            models.Notification,
            "notification_uuid",
            notification.NotificationList,
            notification.Notification,
            whole_notification,
        ),
    }
    for entity, (model, name, many, kind, look) in listed.items():
        yield Reading(
            entity,
            database.all_ids(getattr(model, name), model.deleted == 0),
            lambda _, many=many: many.get_all(context),
            lambda uuid, kind=kind: kind.get_by_uuid(context, uuid),
            lambda thing, name=name: getattr(thing, name),
            look,
        )


def read_persistence(database: Database) -> Iterator[Reading]:
    """Read TaskFlow's database. A logbook comes with its flows and their tasks."""

    def logbook(identity: str) -> Any:
        with closing(backends.fetch({"connection": database.url})) as backend, closing(backend.get_connection()) as connection:
            return connection.get_logbook(identity)

    yield Reading(
        "logbooks",
        database.ids(tables.fetch(MetaData()).logbooks.c.uuid),
        lambda ids: (logbook(identity) for identity in ids),
        logbook,
        lambda book: book.uuid,
        lambda book: [task.to_dict() for flow in book for task in flow],
    )


config.parse_args(["read-back", *CONFIGURATION], init_rpc=False)
objects.register_all()
main({"masakari": read, "persistence": read_persistence})
