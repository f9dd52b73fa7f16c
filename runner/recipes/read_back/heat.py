"""Runs inside an image: reads heat's database with heat's own objects.

What heat has encrypted it encrypted with a key that only its operator has; it is passed over, everything around it is read.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from heat.common import context, crypt
from heat.objects import resource, stack
from oslo_config import cfg
from reading import CONFIGURATION, Database, Reading, main

try:
    from heat.db import models
except ImportError:
    from heat.db.sqlalchemy import models  # where it lay until 2023.1


def read(database: Database) -> Iterator[Reading]:
    """Read the one database: stacks with template and environment, resources with properties and data."""
    admin = context.get_admin_context()

    yield Reading(
        "stacks",
        database.ids(models.Stack.id, models.Stack.deleted_at.is_(None)),
        lambda ids: stack.Stack.get_all(admin, filters={"id": ids}, show_nested=True, show_hidden=True, eager_load=True),
        lambda identity: stack.Stack.get_by_id(admin, identity),
        lambda one: one.id,
        lambda one: (one.obj_to_primitive(), one.raw_template.obj_to_primitive()),
    )

    def resources(ids: list[int]) -> Iterable[Any]:
        stacks = database.values(models.Resource.stack_id, models.Resource.id, ids)
        return (one for name in stacks for one in resource.Resource.get_all_by_stack(admin, name).values())

    yield Reading(
        "resources",
        database.ids(models.Resource.id),
        resources,
        lambda number: resource.Resource.get_obj(admin, number),
        lambda one: one.id,
        lambda one: (one.obj_to_primitive(), one.properties_data, one.attr_data),
    )


crypt.decrypt = lambda *_: "null"
cfg.CONF(CONFIGURATION, project="heat")
main({"heat": read})
