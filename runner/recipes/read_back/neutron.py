"""Runs inside an image: reads neutron's database with neutron's own objects. No plugin is loaded."""

from collections.abc import Iterator

from neutron.conf import common as common_config
from neutron.objects import (
    address_scope,
    agent,
    network,
    ports,
    router,
    securitygroup,
    subnet,
    subnetpool,
    trunk,
)
from neutron.objects.qos import policy
from neutron_lib import context as neutron_context
from oslo_config import cfg
from reading import CONFIGURATION, Database, Reading, main

OBJECTS = {
    "networks": network.Network,
    "subnets": subnet.Subnet,
    "ports": ports.Port,
    "routers": router.Router,
    "security groups": securitygroup.SecurityGroup,
    "security group rules": securitygroup.SecurityGroupRule,
    "floating ips": router.FloatingIP,
    "subnet pools": subnetpool.SubnetPool,
    "address scopes": address_scope.AddressScope,
    "qos policies": policy.QosPolicy,
    "trunks": trunk.Trunk,
    "agents": agent.Agent,
}


def read(database: Database) -> Iterator[Reading]:
    """Read the one database. A port comes with its bindings, addresses, security groups and so on."""
    context = neutron_context.get_admin_context()
    for entity, kind in OBJECTS.items():
        yield Reading(
            entity,
            database.ids(kind.db_model.id),
            lambda ids, kind=kind: kind.get_objects(context, id=ids),
            lambda identity, kind=kind: kind.get_object(context, id=identity),
            lambda thing: thing.id,
            lambda thing: thing.to_dict(),
        )


common_config.register_core_common_config_opts(cfg.CONF)
cfg.CONF(args=CONFIGURATION, project="neutron")
main({"neutron": read})
