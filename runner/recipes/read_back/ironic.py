"""Runs inside an image: reads ironic's database through ironic's own objects."""

from collections.abc import Callable, Iterator
from typing import Any

from ironic import objects
from ironic.common import config
from ironic.common import context as ironic_context
from ironic.db.sqlalchemy import models
from reading import CONFIGURATION, Database, Reading, main

OF_A_NODE = (
    ("TraitList", "get_by_node_id"),
    ("BIOSSettingList", "get_by_node_id"),
    ("NodeHistory", "list_by_node_id"),  # xena
    ("FirmwareComponentList", "get_by_node_id"),  # 2023.2
)
"""What ironic shows below a node, and the releases that have it first."""


def whole(thing: Any) -> None:
    """Look at every field, the way ironic writes an object down for its other services."""
    thing.as_dict()
    thing.obj_to_primitive()


def whole_node(context: Any) -> Callable[[Any], None]:
    """Read with everything that only its node leads to."""

    def look(node: Any) -> None:
        whole(node)
        for name, reader in OF_A_NODE:
            if hasattr(objects, name):
                for one in getattr(getattr(objects, name), reader)(context, node.id):
                    whole(one)
        if node.allocation_id is not None:
            whole(objects.Allocation.get_by_id(context, node.allocation_id))

    return look


def read(database: Database) -> Iterator[Reading]:
    """Read the one database. Nodes are asked for by their ids; the others' lists know no such question."""
    context = ironic_context.get_admin_context()
    yield Reading(
        "nodes",
        database.ids(models.Node.uuid),
        lambda ids: objects.Node.list(context, filters={"uuid_in": ids}),
        lambda uuid: objects.Node.get_by_uuid(context, uuid),
        lambda node: node.uuid,
        whole_node(context),
    )
    listed = {
        "ports": (models.Port, objects.Port),
        "port groups": (models.Portgroup, objects.Portgroup),
        "chassis": (models.Chassis, objects.Chassis),
        "volume connectors": (models.VolumeConnector, objects.VolumeConnector),
        "volume targets": (models.VolumeTarget, objects.VolumeTarget),
    }
    for entity, (model, kind) in listed.items():
        yield Reading(
            entity,
            database.all_ids(model.uuid),
            lambda _, kind=kind: kind.list(context),
            lambda uuid, kind=kind: kind.get_by_uuid(context, uuid),
            lambda thing: thing.uuid,
            whole,
        )
    yield Reading(
        "conductors",
        database.all_ids(models.Conductor.hostname),
        lambda _: objects.Conductor.list(context),
        lambda hostname: objects.Conductor.get_by_hostname(context, hostname, online=None),
        lambda conductor: conductor.hostname,
        whole,
    )


config.parse_args(["read-back", *CONFIGURATION])
objects.register_all()
main({"ironic": read})
