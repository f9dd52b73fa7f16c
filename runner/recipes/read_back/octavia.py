"""Runs inside an image: reads octavia's database with octavia's own data models, and TaskFlow's with TaskFlow's."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

from octavia.common import config
from octavia.db import api, repositories
from reading import CONFIGURATION, Database, Reading, main
from sqlalchemy import MetaData
from sqlalchemy.orm import noload
from taskflow.persistence import backends
from taskflow.persistence.backends.sqlalchemy import tables


def graphs(repository: Any, ids: list[Any]) -> Iterable[Any]:
    """Read load balancers as a worker is given them: with listeners, pools, members, amphorae and all else they have."""
    with closing(api.get_session()) as session:
        model = repository.model_class
        for row in session.query(model).filter(model.id.in_(ids)):
            yield row.to_data_model()


def alone(repository: Any, key: Any, ids: list[Any]) -> Iterable[Any]:
    """Read them without what they belong to, or each would bring the whole of its load balancer along."""
    with closing(api.get_session()) as session:
        for row in session.query(repository.model_class).options(noload("*")).filter(key.in_(ids)):
            yield row.to_data_model()


def one(repository: Any, **key: Any) -> Any:
    """Read a single one."""
    with closing(api.get_session()) as session:
        return repository.get(session, **key)


def read(database: Database) -> Iterator[Reading]:
    """Read octavia's own database."""
    every = repositories.Repositories()
    balancer = every.load_balancer
    yield Reading(
        "load balancers",
        database.ids(balancer.model_class.id, balancer.model_class.provisioning_status != "DELETED"),
        lambda ids: graphs(balancer, ids),
        lambda identity: one(balancer, id=identity),
        lambda thing: thing.id,
        lambda thing: thing.to_dict(),
    )
    yield from _read_parts(database, every)
    quotas = every.quotas
    yield Reading(
        "quotas",
        database.ids(quotas.model_class.project_id),
        lambda ids: alone(quotas, quotas.model_class.project_id, ids),
        lambda identity: one(quotas, project_id=identity),
        lambda quota: quota.project_id,
        lambda quota: quota.to_dict(),
    )


def _read_parts(database: Database, every: Any) -> Iterator[Reading]:
    """Read what load balancers consist of."""
    amphora = every.amphora.model_class
    parts = {
        "listeners": (every.listener, []),
        "pools": (every.pool, []),
        "members": (every.member, []),
        "health monitors": (every.health_monitor, []),
        "l7 policies": (every.l7policy, []),
        "l7 rules": (every.l7rule, []),
        "amphorae": (every.amphora, [amphora.status.is_(None) | (amphora.status != "DELETED")]),
    }
    for entity, (repository, conditions) in parts.items():
        yield Reading(
            entity,
            database.ids(repository.model_class.id, *conditions),
            lambda ids, repository=repository: alone(repository, repository.model_class.id, ids),
            lambda identity, repository=repository: one(repository, id=identity),
            lambda thing: thing.id,
            lambda thing: thing.to_dict(),
        )


def read_persistence(database: Database) -> Iterator[Reading]:
    """Read TaskFlow's database. A logbook comes with its flows and their tasks."""

    def logbook(identity: str) -> Any:
        with closing(backends.fetch({"connection": database.url})) as backend, closing(backend.get_connection()) as connection:
            return connection.get_logbook(identity)

    yield Reading(
        "logbooks",
        database.ids(tables.fetch(MetaData()).logbooks.c.uuid),
        lambda ids: (logbook(identity) for identity in ids),
        logbook,
        lambda book: book.uuid,
        lambda book: [task.to_dict() for flow in book for task in flow],
    )


config.init(CONFIGURATION)
main({"octavia": read, "persistence": read_persistence})
