"""Masakari's rows."""

from tests.support.traps.trap import Trap

TRAPS = (
    Trap(
        "masakari-without-taskflow",
        "masakari",
        "rocky",
        "stein",
        (),
        mended=("CREATE TABLE {masakari}.logbooks (uuid VARCHAR(36) PRIMARY KEY)",),
    ),
    Trap(
        "masakari-notifications-without-segment",
        "masakari",
        "2025.1",
        "2025.2",
        (
            (
                "INSERT INTO {masakari}.notifications (deleted, notification_uuid, generated_time, source_host_uuid, type,"
                " payload, status) VALUES (0, 'n', NOW(), 'h', 'VM', '{{}}', 'new')"
            ),
        ),
        mended=("DELETE FROM {masakari}.notifications",),
    ),
)
