"""Designate's rows."""

from tests.support.traps.trap import Trap

TRAPS = (
    Trap(
        "designate-service-twice",
        "designate",
        "pike",
        "rocky",
        (
            (
                "INSERT INTO {designate}.service_statuses (id, service_name, hostname, status, stats, capabilities) VALUES"
                " (REPEAT('1', 32), 'central', 'h', 'UP', '{{}}', '{{}}'),"
                " (REPEAT('2', 32), 'central', 'h', 'UP', '{{}}', '{{}}')"
            ),
        ),
        says="You need to manually remove duplicate entries from the database.",
        mended=("DELETE FROM {designate}.service_statuses",),
    ),
    Trap(
        "designate-versions-of-others",
        "designate",
        "yoga",
        "zed",
        (
            (
                "INSERT INTO {designate}.migrate_version (repository_id, repository_path, version)"
                " VALUES ('DesignatePoolManager', 'x', 8)"
            ),
        ),
        says="Table 'pools' already exists",
        mended=("DELETE FROM {designate}.migrate_version WHERE repository_id <> 'Designate'",),
    ),
    Trap(
        "designate-zone-types",
        "designate",
        "2023.1",
        "2024.1",
        (
            (
                "INSERT INTO {designate}.zones (id, version, name, email, ttl, refresh, retry, expire, minimum, shard, type)"
                " VALUES (REPEAT('1', 32), 1, 'a.example.', 'a@b.example', 3600, 3600, 600, 86400, 3600, 1, NULL)"
            ),
        ),
        says="Data truncated for column 'type'",
        mended=("UPDATE {designate}.zones SET type = 'PRIMARY' WHERE type IS NULL",),
    ),
)
