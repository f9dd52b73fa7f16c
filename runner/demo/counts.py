"""What is in the demo cloud, counted in its databases."""

from dataclasses import dataclass

from runner.demo.first_install import SCHEMAS
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.rows import count_rows

_INSTANCES = "(SELECT deleted FROM nova_cell0.instances UNION ALL SELECT deleted FROM nova.instances"
_INSTANCES += " UNION ALL SELECT deleted FROM nova_cell2.instances) instances"

_QUESTIONS = (
    "SELECT COUNT(*) FROM keystone.user",
    f"SELECT COUNT(*) FROM {_INSTANCES} WHERE deleted = 0",  # noqa: S608
    "SELECT COUNT(*) FROM cinder.volumes WHERE deleted = 0",
    "SELECT COUNT(*) FROM cinder.snapshots WHERE deleted = 0",
    "SELECT COUNT(*) FROM glance.images WHERE deleted = 0",
    "SELECT COUNT(*) FROM neutron.ports",
    "SELECT COUNT(*) FROM heat.stack WHERE deleted_at IS NULL",
    f"SELECT (SELECT COUNT(*) FROM {_INSTANCES} WHERE deleted <> 0)"  # noqa: S608
    " + (SELECT COUNT(*) FROM cinder.volumes WHERE deleted) + (SELECT COUNT(*) FROM cinder.snapshots WHERE deleted)"
    " + (SELECT COUNT(*) FROM glance.images WHERE deleted) + (SELECT COUNT(*) FROM heat.stack WHERE deleted_at IS NOT NULL)",
)
"""One for each field of `Counts`, in its order, but the last."""


@dataclass(frozen=True)
class Counts:
    """How much there is; `rows` counts every row of every table, those of the real commands included."""

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
    """Count what lives in the demo cloud, and what is soft-deleted.

    Raises:
        QueryFailed: the demo cloud is not there.
    """
    schemas = [schema for of_project in SCHEMAS.values() for schema in of_project]
    answers = (int(server.scalar(question)) for question in _QUESTIONS)
    return Counts(*answers, rows=sum(count_rows(server, schemas).values()))
