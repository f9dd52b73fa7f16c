"""Cinder's rows: volumes, what they are attached to, snapshots. Columns as of 2023.1 (cinder.db.sqlalchemy.models).

Planted: soft-deleted volumes and snapshots whose `use_quota` is NULL. The online migrations of 2023.1 look at living rows
only, and 2024.1's 9ab1b092a404 makes the column NOT NULL: its sync fails until `cinder-manage db purge` was run.
"""

import json
from collections.abc import Iterator, Mapping

from runner.demo.seed.rows import Rows, rows
from runner.demo.seed.story import Installed, Size, host_of, image_of, is_attached, moment, team_of, user_of, uuid_of

SCHEMA = "cinder"
BACKENDS = 2
SERVICES = (
    ("cinder-scheduler", "controller-1", "3.12"),
    ("cinder-volume", "storage-1@ceph", "3.18"),
    ("cinder-volume", "storage-2@ceph", "3.18"),
    ("cinder-backup", "storage-1", "2.4"),
)
"""Binary, host and RPC version as 2023.1 reports them (RPC_API_VERSION in its rpcapi modules)."""
OBJECT_VERSION = "1.39"


def seed(size: Size, installed: Installed) -> Iterator[Rows]:
    """Yield cinder's rows in the order their foreign keys ask for."""
    yield from _types()
    yield rows(SCHEMA, "services", (_service(number) for number in range(len(SERVICES))))
    volumes = range(size.volumes + size.soft_deleted)
    yield rows(SCHEMA, "volumes", (_volume(number, size, installed) for number in volumes))
    yield from _volume_details(size)
    attached = tuple(number for number in volumes if is_attached(number, size))
    yield rows(SCHEMA, "volume_attachment", (_attachment(number) for number in attached))
    yield rows(SCHEMA, "snapshots", _snapshots(size, installed))
    yield rows(
        SCHEMA,
        "quotas",
        (
            {"created_at": moment(0), "deleted": False, "project_id": team_of(team), "resource": "volumes", "hard_limit": 100}
            for team in range(5)
        ),
    )


def _types() -> Iterator[Rows]:
    named = tuple(enumerate(("fast", "slow")))
    yield rows(
        SCHEMA,
        "volume_types",
        (
            {
                "created_at": moment(0),
                "deleted": False,
                "id": uuid_of("volume-type", number),
                "name": name,
                "is_public": True,
            }
            for number, name in named
        ),
    )
    yield rows(
        SCHEMA,
        "volume_type_extra_specs",
        (
            {
                "created_at": moment(0),
                "deleted": False,
                "volume_type_id": uuid_of("volume-type", number),
                "key": "volume_backend_name",
                "value": name,
            }
            for number, name in named
        ),
    )


def _service(number: int) -> dict[str, object]:
    binary, host, rpc = SERVICES[number]
    return {
        "created_at": moment(0),
        "updated_at": moment(9000),
        "deleted": False,
        "host": host,
        "binary": binary,
        "topic": binary,
        "report_count": 9000,
        "disabled": False,
        "availability_zone": "nova",
        "rpc_current_version": rpc,
        "object_current_version": OBJECT_VERSION,
        "replication_status": "not-capable",
        "frozen": False,
        "uuid": uuid_of("cinder-service", number),
    }


def _type_of(volume: int, installed: Installed) -> str:
    return installed.default_volume_type if volume % 3 == 0 else uuid_of("volume-type", volume % 3 - 1)


def _volume(number: int, size: Size, installed: Installed) -> dict[str, object]:
    gone = number >= size.volumes
    attached = is_attached(number, size)
    backend = number % BACKENDS + 1
    return {
        **_life(number, gone=gone),
        "id": uuid_of("volume", number),
        "user_id": user_of(number),
        "project_id": team_of(number),
        "host": f"storage-{backend}@ceph#ceph",
        "size": number % 50 + 1,
        "availability_zone": "nova",
        "status": "deleted" if gone else "in-use" if attached else "available",
        "attach_status": "attached" if attached else "detached",
        "launched_at": moment(number + 1),
        "terminated_at": moment(number + 599) if gone else None,
        "display_name": f"volume-{number + 1:04d}",
        "volume_type_id": _type_of(number, installed),
        "bootable": number % 5 == 0,
        "multiattach": False,
        "service_uuid": uuid_of("cinder-service", backend),
        "shared_targets": False,
        "use_quota": None if gone else True,
    }


def _volume_details(size: Size) -> Iterator[Rows]:
    yield rows(
        SCHEMA,
        "volume_metadata",
        (
            {**_life(number, gone=False), "volume_id": uuid_of("volume", number), "key": "purpose", "value": "demo"}
            for number in range(0, size.volumes, 2)
        ),
    )
    yield rows(
        SCHEMA,
        "volume_glance_metadata",
        (
            {
                **_life(number, gone=False),
                "volume_id": uuid_of("volume", number),
                "key": "image_id",
                "value": image_of(number, size),
            }
            for number in range(0, size.volumes, 5)
        ),
    )


def _attachment(number: int) -> dict[str, object]:
    return {
        **_life(number, gone=False),
        "id": uuid_of("attachment", number),
        "volume_id": uuid_of("volume", number),
        "attached_host": host_of(number),
        "instance_uuid": uuid_of("instance", number),
        "mountpoint": "/dev/vdb",
        "attach_time": moment(number + 2),
        "attach_mode": "rw",
        "attach_status": "attached",
        "connection_info": json.dumps({"driver_volume_type": "rbd", "attachment_id": uuid_of("attachment", number)}),
        "connector": json.dumps({"host": host_of(number), "multipath": False}),
    }


def _snapshots(size: Size, installed: Installed) -> Iterator[Mapping[str, object]]:
    living = [(volume, False) for volume in range(0, size.volumes, 3)]
    # Of deleted volumes: cinder deletes no volume that still has a snapshot.
    gone = [(size.volumes + number, True) for number in range(size.soft_deleted * 2 // 5)]
    for number, (volume, is_gone) in enumerate(living + gone):
        yield {
            **_life(number, gone=is_gone),
            "id": uuid_of("snapshot", number),
            "volume_id": uuid_of("volume", volume),
            "user_id": user_of(volume),
            "project_id": team_of(volume),
            "status": "deleted" if is_gone else "available",
            "progress": "100%",
            "volume_size": volume % 50 + 1,
            "display_name": f"snapshot-{number + 1:04d}",
            "volume_type_id": _type_of(volume, installed),
            "use_quota": None if is_gone else True,
        }


def _life(number: int, *, gone: bool) -> Mapping[str, object]:
    return {
        "created_at": moment(number),
        "updated_at": moment(number + 1),
        "deleted_at": moment(number + 600) if gone else None,
        "deleted": gone,
    }
