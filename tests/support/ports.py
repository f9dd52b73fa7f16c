"""Ports planted in a neutron database, for what their binding profiles say."""

from uuid import uuid4

from tests.support.clouds import SmallCloud

PROVIDER = "4a2b1c9e-5b6f-4d1a-9d0e-0a1b2c3d4e5f"
"""A resource provider, as a profile's `allocation` names it."""


def plant_port(cloud: SmallCloud, profile: str, *, policy: bool) -> str:
    """Plant a bound port with this profile, under a policy with a minimum bandwidth or none, and return its id."""
    port, network, rule, limits = (str(uuid4()) for _ in range(4))
    server = cloud.of("neutron")
    first = 1 + int(server.scalar("SELECT COALESCE(MAX(id), 0) FROM standardattributes"))
    for number, kind in enumerate(("networks", "ports", "qos_policies")):
        server.execute("INSERT INTO standardattributes (id, resource_type) VALUES (:id, :kind)", id=first + number, kind=kind)
    server.execute("INSERT INTO networks (id, standard_attr_id, mtu) VALUES (:id, :at, 1500)", id=network, at=first)
    server.execute(
        "INSERT INTO ports (id, network_id, mac_address, admin_state_up, status, device_id, device_owner, standard_attr_id)"
        " VALUES (:id, :network, 'fa:16:3e:00:00:01', 1, 'ACTIVE', 'd', 'compute:nova', :at)",
        id=port,
        network=network,
        at=first + 1,
    )
    server.execute(
        "INSERT INTO ml2_port_bindings (port_id, host, vif_type, vnic_type, profile, vif_details, status)"
        " VALUES (:id, 'h', 'ovs', 'normal', :profile, '', 'ACTIVE')",
        id=port,
        profile=profile,
    )
    if policy:
        server.execute("INSERT INTO qos_policies (id, name, standard_attr_id) VALUES (:id, 'p', :at)", id=limits, at=first + 2)
        server.execute(
            "INSERT INTO qos_minimum_bandwidth_rules (id, qos_policy_id, min_kbps, direction)"
            " VALUES (:id, :policy, 1000, 'egress')",
            id=rule,
            policy=limits,
        )
        server.execute("INSERT INTO qos_port_policy_bindings VALUES (:policy, :port)", policy=limits, port=port)
    return port
