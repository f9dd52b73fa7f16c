"""Runs inside an image: reads barbican's database with barbican's own models. Nothing is decrypted: no key is here."""

from collections.abc import Iterable, Iterator
from typing import Any

from barbican.common import config
from barbican.model import models, repositories
from reading import CONFIGURATION, Database, Reading, main

ENTITIES = {
    "projects": (models.Project, ()),
    "secrets": (
        models.Secret,
        ("encrypted_data", "secret_store_metadata", "secret_user_metadata", "consumers", "secret_acls"),
    ),
    "containers": (models.Container, ("consumers", "container_acls")),
    "orders": (models.Order, ("order_plugin_metadata", "order_barbican_metadata")),
    "keys of projects": (models.KEKDatum, ()),
    "quotas": (models.ProjectQuotas, ()),
}
"""What is read, and what belongs to it."""


def whole(thing: Any, parts: tuple[str, ...]) -> None:
    """Write it down as the API does, and what belongs to it."""
    thing.to_dict_fields()
    for name in parts:
        having = getattr(thing, name)
        for one in having.values() if isinstance(having, dict) else having:
            one.to_dict_fields()


def read_many(model: Any, ids: list[Any]) -> Iterable[Any]:
    """Read rows in a session of their own; `repositories` keeps one for each thread."""
    try:
        yield from repositories.get_session().query(model).filter(model.id.in_(ids))
    finally:
        repositories.clear()


def read_one(model: Any, identity: Any) -> Any:
    """Read one; its session stays open until the next, for what belongs to it."""
    repositories.clear()
    return repositories.get_session().query(model).filter(model.id == identity).one_or_none()


def read(database: Database) -> Iterator[Reading]:
    """Read the one database."""
    repositories.setup_database_engine_and_factory()
    for entity, (model, parts) in ENTITIES.items():
        yield Reading(
            entity,
            database.ids(model.id, model.deleted.is_(False)),
            lambda ids, model=model: read_many(model, ids),
            lambda identity, model=model: read_one(model, identity),
            lambda thing: thing.id,
            lambda thing, parts=parts: whole(thing, parts),
        )


config.CONF(CONFIGURATION, project="barbican", default_config_files=[])
main({"barbican": read})
