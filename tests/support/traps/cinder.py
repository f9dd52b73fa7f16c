"""Cinder's rows."""

from tests.support.traps.trap import FAILED, Trap

TRAPS = (
    Trap(
        "cinder-untyped",
        "cinder",
        "train",
        "ussuri",
        (
            "INSERT INTO {cinder}.volumes (id, deleted, size) VALUES ('a', 0, 1), ('b', 1, 1)",
            "INSERT INTO {cinder}.snapshots (id, deleted, volume_size, volume_id) VALUES ('c', 1, 1, 'a')",
        ),
        3,
        "Migration cannot continue until all volumes have been migrated to the `__DEFAULT__` volume type.",
        online=True,
    ),
    Trap(
        "cinder-volumes-of-no-service",
        "cinder",
        "queens",
        "rocky",
        ("INSERT INTO {cinder}.volumes (id, host, size, deleted) VALUES ('a', 'gone@lvm#pool', 1, 0)",),
        says="Some migrations failed unexpectedly",
        mended=("UPDATE {cinder}.volumes SET deleted = 1",),
        kind="online",
    ),
    Trap(
        "cinder-default-type-gone",
        "cinder",
        "train",
        "ussuri",
        ("UPDATE {cinder}.volume_types SET deleted = 1, deleted_at = NOW() WHERE name = '__DEFAULT__'",),
        says=FAILED,
        mended=("UPDATE {cinder}.volume_types SET deleted = 0, deleted_at = NULL WHERE name = '__DEFAULT__'",),
        kind="online",
    ),
    Trap(
        "cinder-attachment-specs",
        "cinder",
        "queens",
        "rocky",
        (
            "INSERT INTO {cinder}.volumes (id, size, deleted) VALUES ('a', 1, 0)",
            "INSERT INTO {cinder}.volume_attachment (id, volume_id, deleted) VALUES ('b', 'a', 1)",
            "INSERT INTO {cinder}.attachment_specs (attachment_id, `key`, value, deleted) VALUES ('b', 'k', 'v', 0)",
        ),
        says="Volume attachment could not be found",
        mended=("UPDATE {cinder}.attachment_specs SET deleted = 1, deleted_at = NOW()",),
        kind="online",
    ),
    Trap(
        "cinder-service-versions",
        "cinder",
        "xena",
        "yoga",
        (
            (
                "INSERT INTO {cinder}.services (host, `binary`, topic, report_count, disabled, deleted, rpc_current_version,"
                " object_current_version) VALUES ('h', 'cinder-volume', 'cinder-volume', 1, 0, 0, '3.15', '1.27')"
            ),
        ),
        mended=("UPDATE {cinder}.services SET object_current_version = '1.38'",),
    ),
    Trap(
        "cinder-services-of-no-kind",
        "cinder",
        "wallaby",
        "xena",
        (
            (
                "INSERT INTO {cinder}.services (host, `binary`, topic, report_count, disabled, deleted)"
                " VALUES ('h', 'cinder-api', 'cinder-api', 1, 0, 0)"
            ),
        ),
        says="Error during service version bump: 'cinder-api'",
        mended=("UPDATE {cinder}.services SET deleted = 1",),
    ),
)
