"""Placement's rows: what the hosts have and who uses it. Columns as of 2023.1 (placement.db.sqlalchemy.models).

No provider lacks its root: placement's migration 611cd6dffd7b refuses such rows since Train, so 2023.1 cannot have them.
"""

from collections.abc import Iterator

from runner.demo.seed.rows import Rows, rows
from runner.demo.seed.story import (
    HOSTS,
    TEAMS,
    USERS,
    Installed,
    Size,
    flavor_of,
    host_name,
    is_stranded,
    moment,
    recurs,
    team_of,
    user_of,
    uuid_of,
)

SCHEMA = "placement"
RESOURCE_CLASSES = (
    "VCPU",
    "MEMORY_MB",
    "DISK_GB",
    "PCI_DEVICE",
    "SRIOV_NET_VF",
    "NUMA_SOCKET",
    "NUMA_CORE",
    "NUMA_THREAD",
    "NUMA_MEMORY_MB",
    "IPV4_ADDRESS",
    "VGPU",
    "VGPU_DISPLAY_HEAD",
    "NET_BW_EGR_KILOBIT_PER_SEC",
    "NET_BW_IGR_KILOBIT_PER_SEC",
    "PCPU",
    "MEM_ENCRYPTION_CONTEXT",
    "FPGA",
    "PGPU",
    "NET_PACKET_RATE_KILOPACKET_PER_SEC",
    "NET_PACKET_RATE_EGR_KILOPACKET_PER_SEC",
    "NET_PACKET_RATE_IGR_KILOPACKET_PER_SEC",
)
"""os_resource_classes.STANDARDS of 2023.1; a class's number is its place here (placement.objects.resource_class)."""
CAPACITY = (256, 524_288, 20_000)
"""VCPU, MEMORY_MB and DISK_GB of every host."""
TRAITS = ("COMPUTE_NODE", "COMPUTE_VOLUME_MULTI_ATTACH", "HW_CPU_X86_AVX2", "CUSTOM_DEMO")


def seed(size: Size, installed: Installed) -> Iterator[Rows]:
    """Yield placement's rows in the order their foreign keys ask for."""
    del installed
    placed = tuple(number for number in range(size.instances) if not is_stranded(number))
    classes = ({"id": number, "name": name} for number, name in enumerate(RESOURCE_CLASSES))
    yield rows(SCHEMA, "resource_classes", classes, keeps_zero=True)
    yield rows(SCHEMA, "traits", ({"id": number + 1, "name": name} for number, name in enumerate(TRAITS)))
    yield from _providers()
    yield from _abilities()
    yield rows(SCHEMA, "projects", ({"id": number + 1, "external_id": team_of(number)} for number in range(TEAMS)))
    yield rows(SCHEMA, "users", ({"id": number + 1, "external_id": user_of(number)} for number in range(USERS)))
    yield rows(SCHEMA, "consumer_types", ({"id": number + 1, "name": name} for number, name in enumerate(("INSTANCE",))))
    yield rows(SCHEMA, "allocations", (row for number in placed for row in _allocations(number)))
    yield rows(SCHEMA, "consumers", (_consumer(number) for number in placed if has_consumer(number)))


def has_consumer(instance: int) -> bool:
    """Tell whether an allocation has its consumer; where not, `create_incomplete_consumers` makes one."""
    return not recurs(instance, every=75, at=10)


def _providers() -> Iterator[Rows]:
    hosts = range(HOSTS)
    yield rows(
        SCHEMA,
        "resource_providers",
        (
            {
                "id": number + 1,
                "uuid": uuid_of("compute-node", number),
                "name": host_name(number),
                "generation": 7,
                "root_provider_id": number + 1,
            }
            for number in hosts
        ),
    )
    yield rows(
        SCHEMA,
        "inventories",
        (
            {
                "resource_provider_id": number + 1,
                "resource_class_id": kind,
                "total": total,
                "reserved": 0,
                "min_unit": 1,
                "max_unit": total,
                "step_size": 1,
                "allocation_ratio": 1.0,
            }
            for number in hosts
            for kind, total in enumerate(CAPACITY)
        ),
    )


def _abilities() -> Iterator[Rows]:
    """What the hosts can, and which belong together."""
    hosts = range(HOSTS)
    yield rows(
        SCHEMA,
        "resource_provider_traits",
        ({"resource_provider_id": number + 1, "trait_id": trait + 1} for number in hosts for trait in range(len(TRAITS))),
    )
    yield rows(SCHEMA, "placement_aggregates", ({"id": 1, "uuid": uuid_of("aggregate", 0)},))
    yield rows(
        SCHEMA,
        "resource_provider_aggregates",
        ({"resource_provider_id": number + 1, "aggregate_id": 1} for number in hosts),
    )


def _allocations(instance: int) -> Iterator[dict[str, object]]:
    flavor = flavor_of(instance)
    for kind, used in enumerate((flavor.vcpus, flavor.memory_mb, flavor.root_gb)):
        yield {
            "created_at": moment(instance),
            "resource_provider_id": instance % HOSTS + 1,
            "consumer_id": uuid_of("instance", instance),
            "resource_class_id": kind,
            "used": used,
        }


def _consumer(instance: int) -> dict[str, object]:
    return {
        "uuid": uuid_of("instance", instance),
        "project_id": instance % TEAMS + 1,
        "user_id": instance % USERS + 1,
        "generation": 1,
        # Rows from before Xena have no type.
        "consumer_type_id": None if instance % 10 == 0 else 1,
    }
