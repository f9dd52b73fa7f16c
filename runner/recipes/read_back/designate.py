"""Runs inside an image: reads designate's database through designate's own storage."""

from collections.abc import Iterator
from typing import Any

import designate.conf
from designate.context import DesignateContext
from designate.storage import get_storage
from reading import CONFIGURATION, Database, Reading, main
from sqlalchemy.orm import Query

try:
    from designate.storage.sqlalchemy import tables

    STORAGE: tuple[str, ...] = ()
except ImportError:  # before 2023.2
    from designate.storage.impl_sqlalchemy import tables

    STORAGE = ("sqlalchemy",)


class EveryTenant(DesignateContext):  # type: ignore[misc]
    """Sees what belongs to others, without asking the policy, which is the service's."""

    all_tenants = True


def whole(thing: Any) -> None:
    """Write it down as designate sends it to other services: every field that was loaded is looked at."""
    thing.obj_to_primitive()


def read(database: Database) -> Iterator[Reading]:
    """Read the one database."""
    context = EveryTenant.get_admin_context(all_tenants=True)
    storage = get_storage(*STORAGE)
    living = tables.zones.c.deleted == "0"
    # A record set is found with its zone only.
    of_living = tables.recordsets.c.zone_id.in_(Query([tables.zones.c.id]).filter(living).statement)
    kept = {
        "zones": (tables.zones, [living], storage.find_zones, storage.find_zone),
        "record sets": (tables.recordsets, [of_living], storage.find_recordsets, storage.find_recordset),
        "pools": (tables.pools, [], storage.find_pools, storage.find_pool),
        "tsig keys": (tables.tsigkeys, [], storage.find_tsigkeys, storage.find_tsigkey),
        "quotas": (tables.quotas, [], storage.find_quotas, storage.find_quota),
        "blacklists": (tables.blacklists, [], storage.find_blacklists, storage.find_blacklist),
    }
    for entity, (table, conditions, find_many, find_one) in kept.items():
        yield Reading(
            entity,
            database.ids(table.c.id, *conditions),
            lambda ids, find_many=find_many: find_many(context, {"id": ids}),
            lambda identity, find_one=find_one: find_one(context, {"id": identity}),
            lambda thing: thing.id,
            whole,
        )


designate.conf.CONF(CONFIGURATION, project="designate")
main({"designate": read})
