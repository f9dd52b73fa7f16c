"""Runs inside an image: reads cinder's database with cinder's own objects."""

from collections.abc import Iterable, Iterator
from typing import Any

from cinder import context as cinder_context
from cinder import objects
from cinder.common import config
from reading import CONFIGURATION, Database, Reading, main

try:
    from cinder.db import models
except ImportError:  # before 2026.2
    from cinder.db.sqlalchemy import models


def whole(thing: Any) -> None:
    """Write it down as cinder sends it to other services: every field that was loaded is looked at."""
    thing.obj_to_primitive()


def read(database: Database) -> Iterator[Reading]:
    """Read the one database."""
    context = cinder_context.get_admin_context()
    paged = {
        "volumes": (models.Volume, objects.VolumeList, objects.Volume),
        "snapshots": (models.Snapshot, objects.SnapshotList, objects.Snapshot),
        "backups": (models.Backup, objects.BackupList, objects.Backup),
    }
    for entity, (model, plural, single) in paged.items():
        yield Reading(
            entity,
            database.ids(model.id, model.deleted.is_(False)),
            lambda ids, plural=plural: plural.get_all(context, filters={"id": ids}),
            lambda identity, single=single: single.get_by_id(context, identity),
            lambda thing: thing.id,
            whole,
        )
    yield _read_attachments(database, context)
    # Train's sync makes the type __DEFAULT__: what a step adds was not there before.
    counted = {models.VolumeType: [models.VolumeType.name != "__DEFAULT__"]}
    listed = {
        "volume types": (models.VolumeType, objects.VolumeTypeList, objects.VolumeType),
        "groups": (models.Group, objects.GroupList, objects.Group),
        "services": (models.Service, objects.ServiceList, objects.Service),
    }
    for entity, (model, plural, single) in listed.items():
        yield Reading(
            entity,
            database.all_ids(model.id, model.deleted.is_(False), *counted.get(model, [])),
            lambda _, plural=plural: plural.get_all(context),
            lambda identity, single=single: single.get_by_id(context, identity),
            lambda thing: thing.id,
            whole,
        )


def _read_attachments(database: Database, context: Any) -> Reading:
    """Cinder lists them with their volumes."""
    model = models.VolumeAttachment

    def of_volumes(ids: list[str]) -> Iterable[Any]:
        volumes = database.values(model.volume_id, model.id, ids)
        found = objects.VolumeList.get_all(context, filters={"id": volumes})
        return (attachment for volume in found for attachment in volume.volume_attachment)

    return Reading(
        "attachments",
        database.ids(model.id, model.deleted.is_(False)),
        of_volumes,
        lambda identity: objects.VolumeAttachment.get_by_id(context, identity),
        lambda attachment: attachment.id,
        whole,
    )


objects.register_all()
config.CONF(CONFIGURATION, project="cinder")
main({"cinder": read})
