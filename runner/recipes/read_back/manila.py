"""Runs inside an image: reads manila's database through manila's own database API."""

from collections.abc import Iterable, Iterator
from typing import Any

from manila import context as manila_context
from manila.common import config
from manila.db.sqlalchemy import api, models
from reading import CONFIGURATION, Database, Reading, main


def whole(thing: Any) -> None:
    """Look at every column, and at what manila works out from other rows."""
    thing.to_dict()


def whole_share(share: Any) -> None:
    """A share's state is its instances'."""
    share.to_dict()
    for instance in share.instances:
        instance.to_dict()


def whole_network(network: Any) -> None:
    """Where a share network leads has been its subnets' to say since train."""
    network.to_dict()
    for subnet in network.share_network_subnets:
        subnet.to_dict()


def whole_server(server: Any) -> None:
    """Read with its addresses."""
    server.to_dict()
    for allocation in server.network_allocations:
        allocation.to_dict()


def none_at_once(ids: list[Any]) -> Iterable[Any]:
    """What manila lists by something else only is read one by one."""
    del ids
    return ()


def read(database: Database) -> Iterator[Reading]:
    """Read the one database."""
    context = manila_context.get_admin_context()
    listed = {
        "shares": (models.Share, api.share_get_all, api.share_get, whole_share),
        "snapshots": (models.ShareSnapshot, api.share_snapshot_get_all, api.share_snapshot_get, whole),
        "share networks": (models.ShareNetwork, api.share_network_get_all, api.share_network_get, whole_network),
        "share servers": (models.ShareServer, api.share_server_get_all, api.share_server_get, whole_server),
        "security services": (models.SecurityService, api.security_service_get_all, api.security_service_get, whole),
        "share groups": (models.ShareGroup, api.share_group_get_all, api.share_group_get, whole),
        "services": (models.Service, api.service_get_all, api.service_get, whole),
    }
    for entity, (model, get_all, get, look) in listed.items():
        living = model.deleted == (0 if model is models.Service else "False")
        yield Reading(
            entity,
            database.all_ids(model.id, living),
            lambda _, get_all=get_all: get_all(context),
            lambda identity, get=get: get(context, identity),
            lambda thing: thing.id,
            look,
        )
    single = {
        "share instances": (models.ShareInstance, api.share_instance_get),
        "access rules": (models.ShareAccessMapping, api.share_access_get),
    }
    for entity, (model, get) in single.items():
        yield Reading(
            entity,
            database.ids(model.id, model.deleted == "False"),
            none_at_once,
            lambda identity, get=get: get(context, identity),
            lambda thing: thing.id,
            whole,
        )
    # Manila gives types as dictionaries, their specs among the rest.
    yield Reading(
        "share types",
        database.all_ids(models.ShareTypes.id, models.ShareTypes.deleted == "False"),
        lambda _: api.share_type_get_all(context).values(),
        lambda identity: api.share_type_get(context, identity),
        lambda share_type: share_type["id"],
        dict,
    )


config.CONF(CONFIGURATION, project="manila")
main({"manila": read})
