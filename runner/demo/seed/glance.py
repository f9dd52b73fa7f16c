"""Glance's rows: images with properties, locations, members and tags. Columns as of 2023.1 (glance.db.sqlalchemy.models)."""

import hashlib
from collections.abc import Iterator, Mapping

from runner.demo.seed.rows import Rows, rows
from runner.demo.seed.story import Installed, Size, moment, recurs, team_of, uuid_of

SCHEMA = "glance"
VISIBILITIES = ("public", "private", "shared", "community")
PROPERTIES = (("os_distro", "debian"), ("hw_disk_bus", "virtio"), ("hw_machine_type", "q35"))


def seed(size: Size, installed: Installed) -> Iterator[Rows]:
    """Yield glance's rows in the order their foreign keys ask for."""
    del installed
    images = range(size.images + size.soft_deleted)
    yield rows(SCHEMA, "images", (_image(number, size) for number in images))
    yield rows(
        SCHEMA,
        "image_properties",
        (
            {"image_id": uuid_of("image", number), "name": name, "value": value, **_life(number, size)}
            for number in images
            for name, value in PROPERTIES
        ),
    )
    yield rows(SCHEMA, "image_locations", (_location(number, size) for number in images))
    yield rows(
        SCHEMA,
        "image_members",
        (
            {
                "image_id": uuid_of("image", number),
                "member": team_of(number + 1),
                "can_share": False,
                "status": "accepted" if recurs(number, every=8, at=2) else "pending",
                **_life(number, size),
            }
            for number in images
            if VISIBILITIES[number % 4] == "shared"
        ),
    )
    yield rows(
        SCHEMA,
        "image_tags",
        ({"image_id": uuid_of("image", number), "value": f"tag-{number % 7}", **_life(number, size)} for number in images),
    )


def _image(number: int, size: Size) -> dict[str, object]:
    digest = hashlib.sha512(uuid_of("image", number).encode()).hexdigest()
    return {
        "id": uuid_of("image", number),
        "name": f"image-{number + 1:04d}",
        "size": 20 * 1024**2 + number,
        "status": "active" if number < size.images else "deleted",
        "disk_format": "qcow2",
        "container_format": "bare",
        "checksum": digest[:32],
        "owner": team_of(number),
        "min_disk": 1,
        "min_ram": 0,
        "protected": False,
        # What images uploaded before Rocky look like: no multihash, and a virtual size nobody measured.
        "virtual_size": None if number % 20 == 0 else 10**9,
        "visibility": VISIBILITIES[number % 4],
        "os_hidden": number % 30 == 0,
        "os_hash_algo": None if number % 20 == 0 else "sha512",
        "os_hash_value": None if number % 20 == 0 else digest,
        **_life(number, size),
    }


def _location(number: int, size: Size) -> dict[str, object]:
    return {
        "image_id": uuid_of("image", number),
        "value": f"file:///var/lib/glance/images/{uuid_of('image', number)}",
        "meta_data": '{"store": "local"}',
        "status": "active" if number < size.images else "deleted",
        **_life(number, size),
    }


def _life(number: int, size: Size) -> Mapping[str, object]:
    gone = number >= size.images
    return {
        "created_at": moment(number),
        "updated_at": moment(number + 1),
        "deleted_at": moment(number + 600) if gone else None,
        "deleted": gone,
    }
