"""Runs inside an image: reads nova's databases with nova's own objects, each cell through a context of its own.

No message bus is needed: nova is configured without one, and a cell's is `none:///`, nova's word for there being none.
"""

import sys
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import uuid4

from nova import config, objects
from nova import context as nova_context
from nova.objects.instance import INSTANCE_OPTIONAL_ATTRS
from nova.objects.instance_numa import InstanceNUMATopology
from reading import CONFIGURATION, Database, Reading, main

try:
    from nova.db.api import models as api
    from nova.db.main import models
except ImportError:  # before xena
    from nova.db.sqlalchemy import api_models as api
    from nova.db.sqlalchemy import models

# Nova makes ec2_ids where there are none, reads older flavors with the flavor, and has no security groups any more.
LEFT_OUT = {"ec2_ids", "old_flavor", "new_flavor", "security_groups"}
ATTRIBUTES = [name for name in INSTANCE_OPTIONAL_ATTRS if name not in LEFT_OUT]
# Faults can be asked for of a list only.
OF_ONE = [name for name in ATTRIBUTES if name != "fault"]
MARKER = "00000000-0000-0000-0000-000000000000"
"""Whose instance nova's online migrations note down how far they are."""


def whole(thing: Any) -> None:
    """Write it down as nova sends it to other services: every field that was loaded is looked at."""
    thing.obj_to_primitive()


def whole_instance(instance: Any) -> None:
    """Take in what compute makes of the image's properties whenever it starts the instance."""
    whole(instance)
    whole(instance.image_meta)


def read_cell(database: Database) -> Iterator[Reading]:
    """Read one cell, cell0 too."""
    cell = objects.CellMapping(uuid=str(uuid4()), transport_url="none:///", database_connection=database.url)
    context = nova_context.get_admin_context()
    nova_context.set_target_cell(context, cell)
    yield Reading(
        "instances",
        database.ids(models.Instance.uuid, models.Instance.deleted == 0),
        lambda ids: objects.InstanceList.get_by_filters(context, {"uuid": ids, "deleted": False}, expected_attrs=[*ATTRIBUTES]),
        lambda uuid: objects.Instance.get_by_uuid(context, uuid, expected_attrs=[*OF_ONE]),
        lambda instance: instance.uuid,
        whole_instance,
    )
    yield from _read_devices(database, context)
    yield Reading(
        "compute nodes",
        database.all_ids(models.ComputeNode.id, models.ComputeNode.deleted == 0),
        lambda _: objects.ComputeNodeList.get_all(context),
        lambda number: objects.ComputeNode.get_by_id(context, number),
        lambda node: node.id,
        whole,
    )
    yield Reading(
        "services",
        database.all_ids(models.Service.id, models.Service.deleted == 0),
        lambda _: objects.ServiceList.get_all(context),
        lambda number: objects.Service.get_by_id(context, number),
        lambda service: service.id,
        whole,
    )


def _read_devices(database: Database, context: Any) -> Iterator[Reading]:
    """Block devices are listed by instance, PCI devices by compute node."""
    block, pci = models.BlockDeviceMapping, models.PciDevice

    def block_devices(ids: list[int]) -> Any:
        uuids = database.values(block.instance_uuid, block.id, ids)
        return objects.BlockDeviceMappingList.get_by_instance_uuids(context, uuids)

    def pci_devices(ids: list[int]) -> Iterable[Any]:
        nodes = database.values(pci.compute_node_id, pci.id, ids)
        return (device for node in nodes for device in objects.PciDeviceList.get_by_compute_node(context, node))

    yield Reading(
        "block devices",
        database.ids(block.id, block.deleted == 0),
        block_devices,
        lambda number: next((device for device in block_devices([number]) if device.id == number), None),
        lambda device: device.id,
        whole,
    )
    yield Reading(
        "pci devices",
        database.ids(pci.id, pci.deleted == 0),
        pci_devices,
        lambda number: objects.PciDevice.get_by_dev_id(context, number),
        lambda device: device.id,
        whole,
    )


def read_api(database: Database) -> Iterator[Reading]:
    """Read the API database."""
    context = nova_context.get_admin_context()
    yield from _read_instances_of_all_cells(database, context)
    yield _read_key_pairs(database, context)
    lists = {
        "flavors": (api.Flavors.id, objects.FlavorList, objects.Flavor.get_by_id, "id"),
        "aggregates": (api.Aggregate.id, objects.AggregateList, objects.Aggregate.get_by_id, "id"),
        "server groups": (api.InstanceGroup.uuid, objects.InstanceGroupList, objects.InstanceGroup.get_by_uuid, "uuid"),
        "cell mappings": (api.CellMapping.uuid, objects.CellMappingList, objects.CellMapping.get_by_uuid, "uuid"),
        "host mappings": (api.HostMapping.host, objects.HostMappingList, objects.HostMapping.get_by_host, "host"),
    }
    for entity, (column, plural, get, key) in lists.items():
        yield Reading(
            entity,
            database.all_ids(column),
            lambda _, plural=plural: plural.get_all(context),
            lambda identity, get=get: get(context, identity),
            lambda thing, key=key: getattr(thing, key),
            whole,
        )


def _read_instances_of_all_cells(database: Database, context: Any) -> Iterator[Reading]:
    yield Reading(
        "instance mappings",
        database.ids(api.InstanceMapping.instance_uuid, api.InstanceMapping.instance_uuid != MARKER),
        lambda ids: objects.InstanceMappingList.get_by_instance_uuids(context, ids),
        lambda uuid: objects.InstanceMapping.get_by_instance_uuid(context, uuid),
        lambda mapping: mapping.instance_uuid,
        whole,
    )
    get_spec = objects.RequestSpec.get_by_instance_uuid
    yield Reading(
        "request specs",
        database.ids(api.RequestSpec.instance_uuid, api.RequestSpec.instance_uuid != MARKER),
        lambda ids: (get_spec(context, uuid) for uuid in ids),
        lambda uuid: get_spec(context, uuid),
        lambda spec: spec.instance_uuid,
        whole,
    )


def _read_key_pairs(database: Database, context: Any) -> Reading:
    """They are listed by user."""
    pair = api.KeyPair

    def of_users(ids: list[int]) -> Iterable[Any]:
        users = database.values(pair.user_id, pair.id, ids)
        return (one for user in users for one in objects.KeyPairList.get_by_user(context, user))

    def one(number: int) -> Any:
        (user,), (name,) = database.values(pair.user_id, pair.id, [number]), database.values(pair.name, pair.id, [number])
        return objects.KeyPair.get_by_name(context, user, name)

    return Reading("key pairs", database.ids(pair.id), of_users, one, lambda one: one.id, whole)


# Pinned instances from before victoria are rewritten when they are first read. Nova does that; a proof does not.
InstanceNUMATopology._save_migrated_cpuset_to_instance_extra = lambda *_: None  # noqa: SLF001

config.parse_args([sys.argv[0], *CONFIGURATION])
objects.register_all()
main({"api": read_api, "cell": read_cell})
