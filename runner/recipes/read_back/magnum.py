"""Runs inside an image: reads magnum's database with magnum's own objects. No driver is loaded, no cluster is asked."""

from collections.abc import Iterator
from typing import Any

from magnum import objects
from magnum.common import context as magnum_context
from magnum.db.sqlalchemy import models
from oslo_config import cfg
from reading import CONFIGURATION, Database, Reading, main


def whole(thing: Any) -> None:
    """Write it down as magnum sends it to its other service: every field that was loaded is looked at."""
    thing.obj_to_primitive()


def whole_cluster(cluster: Any) -> None:
    """Read what is shown of a cluster, with its template and its node groups. Without a group of masters none can be shown."""
    cluster.as_dict()
    whole(cluster.cluster_template)
    whole(cluster.default_ng_master)
    for group in cluster.nodegroups:
        whole(group)
    whole(cluster)


def read(database: Database) -> Iterator[Reading]:
    """Read the one database."""
    # Of a single project otherwise: public templates of before stein are not seen by others (hidden is NULL).
    context = magnum_context.make_admin_context(all_tenants=True)
    by_uuid = {
        "clusters": (models.Cluster, objects.Cluster, whole_cluster),
        "cluster templates": (models.ClusterTemplate, objects.ClusterTemplate, whole),
        "key pairs": (models.X509KeyPair, objects.X509KeyPair, whole),
    }
    for entity, (model, kind, look) in by_uuid.items():
        yield Reading(
            entity,
            database.all_ids(model.uuid),
            lambda _, kind=kind: kind.list(context),
            lambda uuid, kind=kind: kind.get_by_uuid(context, uuid),
            lambda thing: thing.uuid,
            look,
        )
    yield Reading(
        "quotas",
        database.all_ids(models.Quota.id),
        lambda _: objects.Quota.list(context),
        lambda number: objects.Quota.get_by_id(context, number),
        lambda quota: quota.id,
        whole,
    )


cfg.CONF(CONFIGURATION, project="magnum")
main({"magnum": read})
