"""An instance, and the rows of a cell that belong to it."""

import json
from collections.abc import Iterator, Mapping

from runner.demo.seed.nova_objects import flavor_text, keypairs_text, network_info_text, vcpu_model_text
from runner.demo.seed.story import (
    Size,
    flavor_of,
    host_of,
    image_of,
    is_attached,
    mac_of,
    moment,
    recurs,
    team_of,
    user_of,
    uuid_of,
)

IMAGE_METADATA = (
    ("image_min_ram", "0"),  # has to be a number: nova reads it back as one
    ("image_min_disk", "1"),
    ("image_container_format", "bare"),
    ("image_disk_format", "qcow2"),
    ("image_hw_machine_type", "q35"),
)


def is_failed(number: int, size: Size) -> bool:
    """Tell whether no host took the instance, which makes it one of cell0."""
    return number >= size.instances + size.soft_deleted


def is_removed(number: int, size: Size) -> bool:
    """Tell whether the instance is soft-deleted."""
    return size.instances <= number < size.instances + size.soft_deleted


def instance(number: int, size: Size) -> dict[str, object]:
    """Describe the instance itself."""
    flavor = flavor_of(number)
    failed, removed = is_failed(number, size), is_removed(number, size)
    return {
        **_life(number, size),
        "id": number + 1,
        "user_id": user_of(number),
        "project_id": team_of(number),
        "image_ref": image_of(number, size),
        "launch_index": 0,
        "key_name": "work",
        "power_state": 0 if failed else 1,
        "vm_state": "error" if failed else "deleted" if removed else "active",
        "memory_mb": flavor.memory_mb,
        "vcpus": flavor.vcpus,
        "hostname": f"vm-{number + 1:04d}",
        "host": None if failed else host_of(number),
        "reservation_id": f"r-{number:08x}",
        "launched_at": None if failed else moment(number + 1),
        "terminated_at": moment(number + 599) if removed else None,
        "display_name": f"vm-{number + 1:04d}",
        "availability_zone": None if recurs(number, every=60, at=7) else "nova",
        "locked": number % 40 == 0,
        "locked_by": "owner" if number % 40 == 0 else None,
        "launched_on": None if failed else host_of(number),
        "instance_type_id": flavor.id,
        "uuid": uuid_of("instance", number),
        "root_device_name": "/dev/vda",
        "config_drive": "",
        "progress": 0,
        "auto_disk_config": True,
        "root_gb": flavor.root_gb,
        "ephemeral_gb": 0,
        "node": None if failed else host_of(number),
        "cleaned": 1 if removed else 0,
        "hidden": False,
    }


def extra(number: int, size: Size) -> dict[str, object]:
    """Describe what nova keeps beside the instance as objects."""
    return {
        **_life(number, size),
        "id": number + 1,
        "instance_uuid": uuid_of("instance", number),
        "pci_requests": "[]",
        "flavor": flavor_text(number),
        "vcpu_model": vcpu_model_text(),
        "keypairs": keypairs_text(),
    }


def info_cache(number: int, size: Size) -> dict[str, object]:
    """Describe the instance's network as nova remembers it."""
    lives = number < size.instances
    return {
        **_life(number, size),
        "id": number + 1,
        "network_info": network_info_text(number, size) if lives else "[]",
        "instance_uuid": uuid_of("instance", number),
    }


def system_metadata(number: int, size: Size) -> Iterator[dict[str, object]]:
    """Describe the image as it was when the instance was booted from it."""
    for place, (key, value) in enumerate((*IMAGE_METADATA, ("image_base_image_ref", image_of(number, size)))):
        identity = number * 10 + place + 1
        yield {
            **_life(number, size, identity),
            "id": identity,
            "instance_uuid": uuid_of("instance", number),
            "key": key,
            "value": value,
        }


def block_devices(number: int, size: Size) -> Iterator[dict[str, object]]:
    """Describe the root disk, and the volume of the same number where one is attached."""
    root = {
        "device_name": "/dev/vda",
        "source_type": "image",
        "destination_type": "local",
        "boot_index": 0,
        "image_id": image_of(number, size),
    }
    yield _block_device(number, size, 2 * number + 1, root)
    if is_attached(number, size):
        volume = {
            "device_name": "/dev/vdb",
            "source_type": "volume",
            "destination_type": "volume",
            "volume_id": uuid_of("volume", number),
            "volume_size": number % 50 + 1,
            "attachment_id": uuid_of("attachment", number),
            "connection_info": json.dumps({"driver_volume_type": "rbd", "serial": uuid_of("volume", number)}),
        }
        yield _block_device(number, size, 2 * number + 2, volume)


def _block_device(number: int, size: Size, identity: int, device: Mapping[str, object]) -> dict[str, object]:
    unset = ("boot_index", "image_id", "volume_id", "volume_size", "attachment_id", "connection_info")
    return {
        **_life(number, size, identity),
        **dict.fromkeys(unset),
        **device,
        "id": identity,
        "delete_on_termination": "volume_id" not in device,
        "no_device": False,
        "instance_uuid": uuid_of("instance", number),
        "device_type": "disk",
        "disk_bus": "virtio",
        # Rows from before Pike have no uuid of their own.
        "uuid": None if recurs(number, every=100, at=5) else uuid_of("block-device", identity),
    }


def interface(number: int) -> dict[str, object]:
    """Describe the instance's one port as a virtual interface."""
    port = uuid_of("port", number)
    return {
        "created_at": moment(number),
        "id": number + 1,
        "address": f"{mac_of(number)}/{port}",
        "uuid": port,
        "instance_uuid": uuid_of("instance", number),
        "deleted": 0,
    }


def _life(number: int, size: Size, identity: int | None = None) -> Mapping[str, object]:
    """Nova marks a deleted row with its own id, so that unique names can be used again."""
    removed = is_removed(number, size)
    return {
        "created_at": moment(number),
        "updated_at": moment(number + 1),
        "deleted_at": moment(number + 600) if removed else None,
        "deleted": (identity or number + 1) if removed else 0,
    }
