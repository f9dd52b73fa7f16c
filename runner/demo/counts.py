"""What is in the demo cloud, counted in its databases."""

from dataclasses import dataclass

from runner.mariadb.connection import DatabaseServer
from runner.mariadb.rows import count_rows
from runner.scratch.first_install import SCHEMAS

_NEVER = "FALSE"
_PLACES: dict[str, tuple[tuple[str, str], ...]] = {
    "users": (("keystone.user", _NEVER),),
    "instances": (
        ("nova_cell0.instances", "deleted <> 0"),
        ("nova.instances", "deleted <> 0"),
        ("nova_cell2.instances", "deleted <> 0"),
    ),
    "volumes": (("cinder.volumes", "deleted"),),
    "snapshots": (("cinder.snapshots", "deleted"),),
    "images": (("glance.images", "deleted"),),
    "ports": (("neutron.ports", _NEVER),),
    "stacks": (("heat.stack", "deleted_at IS NOT NULL"),),
}
"""A field of `Counts` -> the tables its things are in, and how each says that a row is soft-deleted."""


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How much lives in the cloud; `soft_deleted` counts the rest of these, `rows` every row of every table."""

    users: int
    instances: int
    volumes: int
    snapshots: int
    images: int
    ports: int
    stacks: int
    soft_deleted: int
    rows: int


def read_counts(server: DatabaseServer) -> Counts:
    """Count what the demo cloud holds.

    Raises:
        QueryFailed: the demo cloud is not there.
    """
    living: dict[str, int] = {}
    gone = 0
    for kind, places in _PLACES.items():
        answers = [_ask(server, table, condition) for table, condition in places]
        gone_here = sum(deleted for _, deleted in answers)
        living[kind] = sum(total for total, _ in answers) - gone_here
        gone += gone_here
    schemas = [schema for of_project in SCHEMAS.values() for schema in of_project]
    return Counts(**living, soft_deleted=gone, rows=sum(count_rows(server, schemas).values()))


def _ask(server: DatabaseServer, table: str, condition: str) -> tuple[int, int]:
    """Count all rows of a table, and those that are soft-deleted."""
    ((total, deleted),) = server.rows(f"SELECT COUNT(*), COUNT(IF({condition}, 1, NULL)) FROM {table}")  # noqa: S608
    return int(total), int(deleted)
