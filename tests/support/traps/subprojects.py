"""Rows of neutron's subprojects."""

from tests.support.traps.trap import Trap

GROUP = "INSERT INTO {neutron}.firewall_groups_v2 (id, name, description, status, admin_state_up, shared)"
PORT = (
    (
        "INSERT INTO {neutron}.standardattributes (id, resource_type, revision_number)"
        " VALUES (901, 'networks', 0), (902, 'ports', 0)"
    ),
    "INSERT INTO {neutron}.networks (id, standard_attr_id, mtu) VALUES ('n', 901, 1500)",
    (
        "INSERT INTO {neutron}.ports (id, network_id, mac_address, admin_state_up, status, device_id, device_owner,"
        " standard_attr_id) VALUES ('p', 'n', 'fa:16:3e:00:00:01', 1, 'ACTIVE', '', '', 902)"
    ),
)
TRAPS = (
    Trap(
        "neutron-fwaas-default-groups",
        "neutron",
        "pike",
        "queens",
        (f"{GROUP} VALUES ('g', 'default', '', 'ACTIVE', 1, 0)",),
        says="Duplicate Firewall group found named 'default'",
        mended=("UPDATE {neutron}.firewall_groups_v2 SET name = 'mine'",),
    ),
    Trap(
        "neutron-fwaas-ports-twice",
        "neutron",
        "pike",
        "queens",
        (
            *PORT,
            f"{GROUP} VALUES ('g', 'a', '', 'ACTIVE', 1, 0), ('h', 'b', '', 'ACTIVE', 1, 0)",
            "INSERT INTO {neutron}.firewall_group_port_associations_v2 VALUES ('g', 'p'), ('h', 'p')",
        ),
        says="Database cannotbe upgraded",
        mended=("DELETE FROM {neutron}.firewall_group_port_associations_v2 WHERE firewall_group_id = 'h'",),
    ),
    Trap(
        "neutron-fwaas-descriptions",
        "neutron",
        "2023.1",
        "2024.1",
        (f"{GROUP} VALUES ('g', 'a', REPEAT('x', 256), 'ACTIVE', 1, 0)",),
        says="Data too long for column 'description'",
        mended=("UPDATE {neutron}.firewall_groups_v2 SET description = ''",),
        leaves_halves=True,
    ),
    Trap(
        "neutron-vpnaas-sha1",
        "neutron",
        "2026.1",
        "2026.2",
        (
            (
                "INSERT INTO {neutron}.ikepolicies (id, name, auth_algorithm, encryption_algorithm, phase1_negotiation_mode,"
                " lifetime_units, lifetime_value, ike_version, pfs)"
                " VALUES ('i', 'i', 'sha1', 'aes-128', 'main', 'seconds', 3600, 'v1', 'group5')"
            ),
        ),
        mended=("UPDATE {neutron}.ikepolicies SET auth_algorithm = 'sha256'",),
    ),
)
