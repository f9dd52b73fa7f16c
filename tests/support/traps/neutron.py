"""Neutron's rows."""

from tests.support.traps.trap import Trap

NETWORK = (
    (
        "INSERT INTO {neutron}.standardattributes (id, resource_type, revision_number)"
        " VALUES (901, 'networks', 0), (902, 'networksegments', 0), (903, 'networksegments', 0), (904, 'ports', 0)"
    ),
    "INSERT INTO {neutron}.networks (id, standard_attr_id, mtu) VALUES ('n', 901, 1500)",
)
TRAPS = (
    Trap(
        "neutron-subnets-of-no-network",
        "neutron",
        "stein",
        "train",
        (
            "INSERT INTO {neutron}.standardattributes (id, resource_type, revision_number) VALUES (901, 'subnets', 0)",
            "INSERT INTO {neutron}.subnets (id, ip_version, cidr, standard_attr_id) VALUES ('a', 4, '10.0.0.0/24', 901)",
        ),
        says="network_id",
        mended=("DELETE FROM {neutron}.standardattributes WHERE id = 901",),
    ),
    Trap(
        "neutron-vlan-out-of-range",
        "neutron",
        "ussuri",
        "victoria",
        (
            "INSERT INTO {neutron}.ml2_vlan_allocations (physical_network, vlan_id, allocated) VALUES ('p', 0, 0)",
            "INSERT INTO {neutron}.ml2_vlan_allocations (physical_network, vlan_id, allocated) VALUES ('p', 4095, 0)",
        ),
        2,
        says="check_ml2_vlan_allocations0vlan_id",
        mended=("DELETE FROM {neutron}.ml2_vlan_allocations",),
    ),
    Trap(
        "neutron-address-group-descriptions",
        "neutron",
        "victoria",
        "wallaby",
        ("INSERT INTO {neutron}.address_groups (id, description) VALUES ('a', REPEAT('x', 256))",),
        says="Data too long for column 'description'",
        mended=("UPDATE {neutron}.address_groups SET description = 'x'",),
        leaves_halves=True,
    ),
    Trap(
        "neutron-duplicate-segments",
        "neutron",
        "xena",
        "yoga",
        (
            *NETWORK,
            (
                "INSERT INTO {neutron}.networksegments"
                " (id, network_id, network_type, physical_network, segmentation_id, standard_attr_id)"
                " VALUES ('a', 'n', 'vlan', 'p', 1, 902), ('b', 'n', 'vlan', 'p', 2, 903)"
            ),
        ),
        says="uniq_networksegment0network_id0network_type0physical_network",
        mended=("DELETE FROM {neutron}.standardattributes WHERE id = 903",),
    ),
    Trap(
        "neutron-trusted-twice",
        "neutron",
        "2024.1",
        "2024.2",
        (
            *NETWORK,
            (
                "INSERT INTO {neutron}.ports"
                " (id, network_id, mac_address, admin_state_up, status, device_id, device_owner, standard_attr_id)"
                " VALUES ('q', 'n', 'fa:16:3e:00:00:01', 1, 'ACTIVE', '', '', 904)"
            ),
            (
                "INSERT INTO {neutron}.ml2_port_bindings (port_id, host, vif_type, profile) VALUES"
                """ ('q', 'a', 'hw_veb', '{{"trusted": "true"}}'), ('q', 'b', 'hw_veb', '{{"trusted": "true"}}')"""
            ),
        ),
        says="Duplicate entry",
        mended=("DELETE FROM {neutron}.ml2_port_bindings WHERE host = 'b'",),
        leaves_halves=True,
    ),
)
