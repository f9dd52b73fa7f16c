"""Nova's API rows: flavors, hosts and where each instance is. Columns as of 2023.1 (nova.db.api.models).

Planted for the online migrations: instance mappings without `queued_for_delete` or `user_id`, as from before Rocky and
Stein; nova fills them in from the cells.
"""

from collections.abc import Iterator

from runner.demo.seed.nova_objects import request_spec_text
from runner.demo.seed.rows import Rows, rows
from runner.demo.seed.story import (
    FAILED,
    FLAVORS,
    HOSTS,
    TEAMS,
    Installed,
    Size,
    cell_of,
    host_name,
    moment,
    recurs,
    team_of,
    user_of,
    uuid_of,
)

SCHEMA = "nova_api"
GROUPS = 5
LIMITS = (("instances", 50), ("cores", 200), ("ram", 512_000))


def seed(size: Size, installed: Installed) -> Iterator[Rows]:
    """Yield the API database's rows in the order their foreign keys ask for."""
    yield from _flavors()
    yield rows(
        SCHEMA,
        "host_mappings",
        (
            {"created_at": moment(number), "cell_id": installed.cells[cell_of(number)], "host": host_name(number)}
            for number in range(HOSTS)
        ),
    )
    yield from _aggregate()
    everything = range(size.instances + size.soft_deleted + FAILED)
    yield rows(SCHEMA, "instance_mappings", (_mapping(number, size, installed) for number in everything))
    yield rows(
        SCHEMA,
        "request_specs",
        (
            {
                "created_at": moment(number),
                "instance_uuid": uuid_of("instance", number),
                "spec": request_spec_text(number, size),
            }
            for number in everything
        ),
    )
    yield from _groups(size)
    yield from _users()


def _flavors() -> Iterator[Rows]:
    yield rows(
        SCHEMA,
        "flavors",
        (
            {
                "created_at": moment(0),
                "name": flavor.name,
                "id": flavor.id,
                "memory_mb": flavor.memory_mb,
                "vcpus": flavor.vcpus,
                "swap": 0,
                "flavorid": str(flavor.id),
                "rxtx_factor": 1.0,
                "root_gb": flavor.root_gb,
                "ephemeral_gb": 0,
                "disabled": False,
                "is_public": True,
            }
            for flavor in FLAVORS
        ),
    )
    yield rows(
        SCHEMA,
        "flavor_extra_specs",
        ({"created_at": moment(0), "flavor_id": flavor.id, "key": "hw:mem_page_size", "value": "any"} for flavor in FLAVORS),
    )


def _aggregate() -> Iterator[Rows]:
    """One aggregate holds every second host: its availability zone is what instances without one are given."""
    yield rows(SCHEMA, "aggregates", ({"created_at": moment(0), "id": 1, "uuid": uuid_of("aggregate", 0), "name": "az-2"},))
    yield rows(
        SCHEMA,
        "aggregate_hosts",
        ({"created_at": moment(0), "host": host_name(number), "aggregate_id": 1} for number in range(1, HOSTS, 2)),
    )
    yield rows(
        SCHEMA,
        "aggregate_metadata",
        ({"created_at": moment(0), "aggregate_id": 1, "key": "availability_zone", "value": "az-2"},),
    )


def _mapping(number: int, size: Size, installed: Installed) -> dict[str, object]:
    is_gone = size.instances <= number < size.instances + size.soft_deleted
    cell = "cell0" if number >= size.instances + size.soft_deleted else cell_of(number)
    return {
        "created_at": moment(number),
        "instance_uuid": uuid_of("instance", number),
        "cell_id": installed.cells[cell],
        "project_id": team_of(number),
        "queued_for_delete": None if recurs(number, every=50, at=9) else is_gone,
        "user_id": None if recurs(number, every=50, at=19) else user_of(number),
    }


def _groups(size: Size) -> Iterator[Rows]:
    groups = range(GROUPS)
    yield rows(
        SCHEMA,
        "instance_groups",
        (
            {
                "created_at": moment(number),
                "id": number + 1,
                "user_id": user_of(number),
                "project_id": team_of(number),
                "uuid": uuid_of("server-group", number),
                "name": f"spread-{number + 1}",
            }
            for number in groups
        ),
    )
    yield rows(
        SCHEMA,
        "instance_group_policy",
        ({"created_at": moment(number), "policy": "anti-affinity", "group_id": number + 1, "rules": "{}"} for number in groups),
    )
    yield rows(
        SCHEMA,
        "instance_group_member",
        (
            {"created_at": moment(number), "instance_uuid": uuid_of("instance", number), "group_id": number + 1}
            for number in range(min(GROUPS, size.instances))
        ),
    )


def _users() -> Iterator[Rows]:
    yield rows(
        SCHEMA,
        "key_pairs",
        (
            {
                "created_at": moment(number),
                "name": "work",
                "user_id": user_of(number),
                "fingerprint": ":".join(f"{(number * 7 + place) % 256:02x}" for place in range(16)),
                "public_key": f"ssh-ed25519 demo-{number}",
                "type": "ssh",
            }
            for number in range(TEAMS)
        ),
    )
    yield rows(
        SCHEMA,
        "quotas",
        (
            {"created_at": moment(number), "project_id": team_of(number), "resource": resource, "hard_limit": limit}
            for number in range(5)
            for resource, limit in LIMITS
        ),
    )
