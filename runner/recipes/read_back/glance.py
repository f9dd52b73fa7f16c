"""Runs inside an image: reads glance's database through glance's own repositories, as its API does."""

from collections.abc import Iterator
from typing import Any

import glance.context
import glance.db
from glance.common import config
from glance.db.sqlalchemy import models, models_metadef
from reading import CONFIGURATION, Database, Reading, main


def read(database: Database) -> Iterator[Reading]:
    """Read the one database. An image comes with its properties, locations and tags, a shared one with its members too."""
    context = glance.context.get_admin_context()
    api = glance.db.get_api()
    repository = glance.db.ImageRepo(context, api)

    def whole(image: Any) -> None:
        if image.visibility == "shared":
            glance.db.ImageMemberRepo(context, api, image).list()

    yield Reading(
        "images",
        database.ids(models.Image.id, models.Image.deleted.is_(False)),
        lambda ids: repository.list(filters={"id": f"in:{','.join(ids)}", "deleted": False, "visibility": "all"}),
        repository.get,
        lambda image: image.image_id,
        whole,
    )
    yield Reading(
        "metadata namespaces",
        database.all_ids(models_metadef.MetadefNamespace.namespace),
        lambda _: api.metadef_namespace_get_all(context),
        lambda name: api.metadef_namespace_get(context, name),
        lambda namespace: namespace["namespace"],
        lambda namespace: api.metadef_object_get_all(context, namespace["namespace"]),
    )


config.parse_args(args=CONFIGURATION)
main({"glance": read})
