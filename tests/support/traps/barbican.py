"""Barbican's rows."""

from tests.support.traps.trap import Trap

KEYS = "id, created_at, updated_at, deleted, status"
VALUES = "NOW(), NOW(), 0, 'ACTIVE'"
PROJECT = f"INSERT INTO {{barbican}}.projects ({KEYS}, external_id) VALUES ('p', {VALUES}, 'e')"
INDEX = "ix_secret_consumer_metadata_project_id"
TRAPS = (
    Trap(
        "barbican-consumers-of-no-project",
        "barbican",
        "yoga",
        "zed",
        (
            PROJECT,
            f"INSERT INTO {{barbican}}.secrets ({KEYS}, project_id) VALUES ('s', {VALUES}, 'p')",
            (
                f"INSERT INTO {{barbican}}.secret_consumer_metadata ({KEYS}, secret_id, project_id, service, resource_type,"
                f" resource_id) VALUES ('c', {VALUES}, 's', 'gone', 'glance', 'image', 'r')"
            ),
        ),
        says="fk_project_id",
        mended=(
            "UPDATE {barbican}.secret_consumer_metadata SET project_id = 'p'",
            f"DROP INDEX IF EXISTS {INDEX} ON {{barbican}}.secret_consumer_metadata",
        ),
    ),
    Trap(
        "barbican-consumer-index",
        "barbican",
        "yoga",
        "zed",
        (f"CREATE INDEX {INDEX} ON {{barbican}}.secret_consumer_metadata (project_id)",),
        says=f"Duplicate key name '{INDEX}'",
        mended=(f"DROP INDEX {INDEX} ON {{barbican}}.secret_consumer_metadata",),
    ),
    Trap(
        "barbican-certificate-orders",
        "barbican",
        "2023.1",
        "2024.1",
        (
            PROJECT,
            f"INSERT INTO {{barbican}}.orders ({KEYS}, project_id, type) VALUES ('o', {VALUES}, 'p', 'certificate')",
            (
                f"INSERT INTO {{barbican}}.order_retry_tasks ({KEYS}, order_id, retry_task, retry_at, retry_args, retry_kwargs,"
                f" retry_count) VALUES ('t', {VALUES}, 'o', 'check_certificate_status', NOW(), '[]', '{{{{}}}}', 0)"
            ),
        ),
        mended=("UPDATE {barbican}.order_retry_tasks SET deleted = 1",),
    ),
)
