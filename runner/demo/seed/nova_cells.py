"""Nova's cells: instances and what belongs to them, compute nodes, services. Columns as of 2023.1 (nova.db.main.models).

Planted, each for one online migration: instances without an availability zone, virtual interfaces that are only in the
info cache, block devices and migrations without a uuid, a compute node without allocation ratios; and instances whose
compute node is gone, which 2024.1's `populate_instance_compute_id` names and leaves alone.
"""

from collections.abc import Iterator
from functools import partial

from runner.demo.seed.nova_instances import block_devices, extra, info_cache, instance, interface, system_metadata
from runner.demo.seed.nova_services import compute_node, controller, service
from runner.demo.seed.rows import Rows, rows
from runner.demo.seed.story import FAILED, HOSTS, Cell, Installed, Size, cell_of, moment, recurs, uuid_of

SCHEMAS: dict[Cell, str] = {"cell0": "nova_cell0", "cell1": "nova", "cell2": "nova_cell2"}


def seed(size: Size, installed: Installed) -> Iterator[Rows]:
    """Yield the rows of every cell in the order their foreign keys ask for."""
    del installed
    for cell in SCHEMAS:
        yield from _hosts(cell)
        yield from _instances(cell, size)


def _hosts(cell: Cell) -> Iterator[Rows]:
    hosts = tuple(number for number in range(HOSTS) if cell != "cell0" and cell_of(number) == cell)
    to = partial(rows, SCHEMAS[cell])
    yield to("services", (controller(cell), *(service(number) for number in hosts)))
    yield to("compute_nodes", (compute_node(number) for number in hosts))


def _instances(cell: Cell, size: Size) -> Iterator[Rows]:
    lost = range(size.instances + size.soft_deleted, size.instances + size.soft_deleted + FAILED)
    placed = (number for number in range(size.instances + size.soft_deleted) if cell_of(number) == cell)
    here = tuple(lost if cell == "cell0" else placed)
    to = partial(rows, SCHEMAS[cell])
    yield to("instances", (instance(number, size) for number in here))
    yield to("instance_extra", (extra(number, size) for number in here))
    yield to("instance_info_caches", (info_cache(number, size) for number in here))
    yield to("instance_system_metadata", (row for number in here for row in system_metadata(number, size)))
    yield to("block_device_mapping", (row for number in here for row in block_devices(number, size)))
    yield to("virtual_interfaces", (interface(number) for number in here if has_interface(number, size)))
    yield to("migrations", (_migration(number) for number in here if number < size.instances and number % 30 == 0))
    yield to("tags", ({"resource_id": uuid_of("instance", number), "tag": "demo"} for number in here if number % 10 == 0))


def has_interface(number: int, size: Size) -> bool:
    """Tell whether an instance's port has its row; where not, `fill_virtual_interface_list` makes one."""
    return number < min(size.instances, size.ports) and not recurs(number, every=10, at=3)


def _migration(number: int) -> dict[str, object]:
    return {
        "created_at": moment(number + 3),
        "updated_at": moment(number + 4),
        "id": number + 1,
        "source_compute": f"compute-{number % HOSTS + 1}",
        "dest_compute": f"compute-{(number + 1) % HOSTS + 1}",
        "status": "completed",
        "instance_uuid": uuid_of("instance", number),
        "deleted": 0,
        "migration_type": "live-migration",
        "hidden": False,
        "uuid": None if number % 150 == 0 else uuid_of("migration", number),
        "cross_cell_move": False,
    }
