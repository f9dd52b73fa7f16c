"""Runs inside an image: reads placement's database with placement's own objects."""

from collections.abc import Iterable, Iterator
from typing import Any

from oslo_config import cfg
from placement import conf, db_api
from placement.context import RequestContext
from placement.db.sqlalchemy import models
from placement.objects import allocation, inventory, resource_class, resource_provider, trait
from reading import CONFIGURATION, Database, Reading, main


def read(database: Database) -> Iterator[Reading]:
    """Read the one database."""
    context = RequestContext(config=config)

    def whole(provider: Any) -> None:
        inventory.get_all_by_resource_provider(context, provider)
        trait.get_all_by_resource_provider(context, provider)
        provider.get_aggregates()

    yield Reading(
        "resource providers",
        database.all_ids(models.ResourceProvider.uuid),
        lambda _: resource_provider.get_all_by_filters(context),
        lambda uuid: resource_provider.ResourceProvider.get_by_uuid(context, uuid),
        lambda provider: provider.uuid,
        whole,
    )
    yield _read_allocations(database, context)
    for entity, model, module in (("traits", models.Trait, trait), ("resource classes", models.ResourceClass, resource_class)):
        yield Reading(
            entity,
            database.all_ids(model.name),
            lambda _, module=module: module.get_all(context),
            lambda _: None,
            lambda thing: thing.name,
            lambda _: None,
        )


def _read_allocations(database: Database, context: Any) -> Reading:
    """They are listed by provider; a single one is found by its consumer."""

    def every(_: list[int]) -> Iterable[Any]:
        for provider in resource_provider.get_all_by_filters(context):
            yield from allocation.get_all_by_resource_provider(context, provider)

    def one(number: int) -> Any:
        (consumer,) = database.values(models.Allocation.consumer_id, models.Allocation.id, [number])
        found = allocation.get_all_by_consumer_id(context, consumer)
        return next((each for each in found if each.id == number), None)

    return Reading(
        "allocations",
        database.all_ids(models.Allocation.id),
        every,
        one,
        lambda each: each.id,
        lambda each: each.consumer.project.external_id,
    )


config = cfg.ConfigOpts()
conf.register_opts(config)
config(CONFIGURATION, project="placement")
db_api.configure(config)
main({"placement": read})
