"""Rows that a later release's code trips on: how they are planted, what is said of them, what mends them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Trap:
    """Rows `planted` at release `at`, `rows` of which blocker `name` counts.

    Where tripping `leaves_halves`, the sync cannot be run again, mended or not.

    `to`'s commands of this `kind` then end with the words it `says`; empty: no command of a chain minds. `mended` by SQL, or by
    the `online` migrations of the release that it is at.
    """

    name: str
    project: str
    at: str
    to: str
    planted: tuple[str, ...]
    rows: int = 1
    says: str = ""
    mended: tuple[str, ...] = ()
    online: bool = False
    leaves_halves: bool = False
    kind: str = "schema"


SERVICE = "INSERT INTO {cell}.services (host, `binary`, topic, report_count, version, disabled, forced_down, deleted)"
INSTANCE = "INSERT INTO {cell}.instances (uuid, host, node, availability_zone, created_at, deleted)"
CELL = (
    "INSERT INTO {api}.cell_mappings (uuid, name, transport_url, database_connection)"
    " VALUES ('11111111-1111-1111-1111-111111111111', 'cell1', 'none:///', '{cell_url}')"
)
"""Online migrations go to the cells that are mapped (rocky and later)."""
MARKER = "00000000-0000-0000-0000-000000000000"
U5, U6 = "55555555-5555-5555-5555-555555555555", "66666666-6666-6666-6666-666666666666"
PORT = '{{"id": "' + U6 + '", "address": "fa:16:3e:00:00:01"}}'
FAILED = "Some migrations failed unexpectedly"


def cache(of: str) -> tuple[str, ...]:
    """A living instance, and what nova knows of its network."""
    known = f"INSERT INTO {{cell}}.instance_info_caches (instance_uuid, network_info, deleted) VALUES ('{U5}', '{of}', 0)"
    return (CELL, f"{INSTANCE} VALUES ('{U5}', 'h', 'h', 'nova', NOW(), 0)", known)


EMPTY_CACHE = ("UPDATE {cell}.instance_info_caches SET network_info = '[]'",)
NETWORK = (
    (
        "INSERT INTO {neutron}.standardattributes (id, resource_type, revision_number)"
        " VALUES (901, 'networks', 0), (902, 'networksegments', 0), (903, 'networksegments', 0), (904, 'ports', 0)"
    ),
    "INSERT INTO {neutron}.networks (id, standard_attr_id, mtu) VALUES ('n', 901, 1500)",
)
TRAPS = (
    Trap(
        "nova-service-uuids",
        "nova",
        "stein",
        "train",
        (f"{SERVICE} VALUES ('a', 'nova-compute', 'compute', 1, 37, 0, 0, 0), ('b', 'x', 'y', 1, 37, 0, 0, 2)",),
        1,
        "There are still 1 unmigrated records in the services table.",
        online=True,
    ),
    Trap(
        "cinder-untyped",
        "cinder",
        "train",
        "ussuri",
        (
            "INSERT INTO {cinder}.volumes (id, deleted, size) VALUES ('a', 0, 1), ('b', 1, 1)",
            "INSERT INTO {cinder}.snapshots (id, deleted, volume_size, volume_id) VALUES ('c', 1, 1, 'a')",
        ),
        3,
        "Migration cannot continue until all volumes have been migrated to the `__DEFAULT__` volume type.",
        online=True,
    ),
    Trap(
        "cinder-volumes-of-no-service",
        "cinder",
        "queens",
        "rocky",
        ("INSERT INTO {cinder}.volumes (id, host, size, deleted) VALUES ('a', 'gone@lvm#pool', 1, 0)",),
        says="Some migrations failed unexpectedly",
        mended=("UPDATE {cinder}.volumes SET deleted = 1",),
        kind="online",
    ),
    Trap(
        "nova-service-too-old",
        "nova",
        "queens",
        "rocky",
        (
            CELL,
            f"{SERVICE} VALUES ('a', 'nova-compute', 'compute', 1, 22, 0, 0, 0)",
            f"{SERVICE} VALUES ('b', 'nova-compute', 'compute', 1, 15, 0, 1, 0)",
            f"UPDATE {{cell}}.services SET uuid = '{U5}' WHERE host = 'a'",
        ),
        says="This service is older (v15) than the minimum (v22) version of the rest of the deployment",
        mended=("UPDATE {cell}.services SET uuid = UUID() WHERE uuid IS NULL AND deleted = 0",),
        kind="online",
    ),
    Trap(
        "nova-compute-node-uuids",
        "nova",
        "2023.1",
        "2024.1",
        (
            CELL,
            (
                "INSERT INTO {cell}.compute_nodes (vcpus, memory_mb, local_gb, vcpus_used, memory_mb_used, local_gb_used,"
                " hypervisor_type, hypervisor_version, cpu_info, host, hypervisor_hostname, deleted, uuid)"
                " VALUES (1, 1, 1, 0, 0, 0, 'QEMU', 1, '{{}}', 'h', 'h', 1, NULL)"
            ),
            f"{INSTANCE} VALUES ('{U5}', 'h', 'h', 'nova', NOW(), 0)",
        ),
        says="Field `uuid' cannot be None",
        mended=("UPDATE {cell}.compute_nodes SET uuid = UUID() WHERE uuid IS NULL",),
        kind="online",
    ),
    Trap(
        "nova-network-cache-unreadable",
        "nova",
        "train",
        "ussuri",
        cache('[{{"id": '),
        says=FAILED,
        mended=EMPTY_CACHE,
        kind="online",
    ),
    Trap(
        "nova-network-cache-twice",
        "nova",
        "train",
        "ussuri",
        cache(f"[{PORT}, {PORT}]"),
        says="Virtual Interface creation failed",
        mended=EMPTY_CACHE,
        kind="online",
    ),
    Trap(
        "nova-interface-marker",
        "nova",
        "train",
        "ussuri",
        (
            CELL,
            f"INSERT INTO {{cell}}.instances (uuid, project_id, deleted) VALUES ('{MARKER}', '{MARKER}', 1)",
            (
                "INSERT INTO {cell}.virtual_interfaces (address, uuid, instance_uuid, tag, deleted)"
                f" VALUES ('ff:ff:ff:ff:ff:ff/{MARKER}', '{MARKER}', '{MARKER}', '{U6}', 0)"
            ),
        ),
        says=f"Marker {U6} could not be found",
        mended=(f"DELETE FROM {{cell}}.virtual_interfaces WHERE instance_uuid = '{MARKER}'",),
        kind="online",
    ),
    Trap(
        "nova-cell-without-url",
        "nova",
        "train",
        "ussuri",
        (
            CELL,
            f"INSERT INTO {{api}}.cell_mappings (uuid, name, database_connection) VALUES ('{U6}', 'x', 'mysql+pymysql://a/b')",
        ),
        says="Field `transport_url' cannot be None",
        mended=(f"DELETE FROM {{api}}.cell_mappings WHERE uuid = '{U6}'",),
        kind="online",
    ),
    Trap(
        "nova-request-specs-unreadable",
        "nova",
        "queens",
        "rocky",
        (
            CELL,
            f"{INSTANCE} VALUES ('{U5}', 'h', 'h', 'nova', NOW(), 0)",
            (
                "INSERT INTO {api}.instance_mappings (instance_uuid, cell_id, project_id)"
                f" SELECT '{U5}', id, 'p' FROM {{api}}.cell_mappings"
            ),
            (
                "INSERT INTO {api}.request_specs (instance_uuid, spec)"
                f""" VALUES ('{U5}', '{{{{"nova_object.name": "RequestSpec", "nova_object.namespace": "nova","""
                ' "nova_object.version": "1.8", "nova_object.data": {{"security_groups": null}}, "nova_object.changes": []}}\')'
            ),
        ),
        says="Field `security_groups' cannot be None",
        mended=("DELETE FROM {api}.request_specs", "UPDATE {cell}.instances SET deleted = id"),
        kind="online",
    ),
    Trap(
        "nova-mappings-unscheduled",
        "nova",
        "rocky",
        "stein",
        (f"INSERT INTO {{api}}.instance_mappings (instance_uuid, cell_id, project_id) VALUES ('{U5}', NULL, 'p')",),
        mended=("DELETE FROM {api}.instance_mappings WHERE cell_id IS NULL",),
    ),
    Trap(
        "nova-request-specs-missing",
        "nova",
        "rocky",
        "stein",
        (
            CELL,
            (
                "INSERT INTO {api}.instance_mappings (instance_uuid, cell_id, project_id, queued_for_delete)"
                f" SELECT '{U5}', id, 'p', 0 FROM {{api}}.cell_mappings"
            ),
        ),
        mended=("DELETE FROM {api}.instance_mappings",),
    ),
    Trap(
        "nova-build-requests",
        "nova",
        "stein",
        "train",
        ("INSERT INTO {api}.build_requests (project_id) VALUES ('p')",),
        online=True,
    ),
    Trap(
        "nova-instances-without-keypair",
        "nova",
        "pike",
        "queens",
        (
            f"INSERT INTO {{cell}}.instances (uuid, key_name, deleted) VALUES ('{U5}', 'k', 0)",
            f"INSERT INTO {{cell}}.instance_extra (instance_uuid, keypairs, deleted) VALUES ('{U5}', NULL, 0)",
        ),
        mended=("UPDATE {cell}.instances SET deleted = id",),
    ),
    Trap(
        "nova-hosts-of-many-nodes",
        "nova",
        "zed",
        "2023.1",
        tuple(
            "INSERT INTO {cell}.compute_nodes (vcpus, memory_mb, local_gb, vcpus_used, memory_mb_used, local_gb_used,"
            " hypervisor_type, hypervisor_version, cpu_info, host, hypervisor_hostname, deleted, uuid)"
            f" VALUES (1, 1, 1, 0, 0, 0, 'QEMU', 1, '{{{{}}}}', 'h', '{name}', 0, UUID())"
            for name in ("h", "h.example.org")
        ),
        mended=("UPDATE {cell}.compute_nodes SET deleted = id WHERE hypervisor_hostname = 'h'",),
    ),
    Trap(
        "nova-computes-without-node",
        "nova",
        "zed",
        "2023.1",
        (f"{SERVICE} VALUES ('a', 'nova-compute', 'compute', 1, 64, 0, 0, 0)",),
        mended=("UPDATE {cell}.services SET deleted = id",),
    ),
    Trap(
        "nova-ironic-flavors",
        "nova",
        "victoria",
        "wallaby",
        (
            (
                "INSERT INTO {cell}.compute_nodes (vcpus, memory_mb, local_gb, vcpus_used, memory_mb_used, local_gb_used,"
                " hypervisor_type, hypervisor_version, cpu_info, host, hypervisor_hostname, deleted, uuid)"
                " VALUES (1, 1, 1, 0, 0, 0, 'ironic', 1, '{{}}', 'h', 'n', 0, UUID())"
            ),
            f"{INSTANCE} VALUES ('{U5}', 'h', 'n', 'nova', NOW(), 0)",
        ),
        mended=("UPDATE {cell}.instances SET deleted = id",),
    ),
    Trap(
        "cinder-default-type-gone",
        "cinder",
        "train",
        "ussuri",
        ("UPDATE {cinder}.volume_types SET deleted = 1, deleted_at = NOW() WHERE name = '__DEFAULT__'",),
        says=FAILED,
        mended=("UPDATE {cinder}.volume_types SET deleted = 0, deleted_at = NULL WHERE name = '__DEFAULT__'",),
        kind="online",
    ),
    Trap(
        "cinder-attachment-specs",
        "cinder",
        "queens",
        "rocky",
        (
            "INSERT INTO {cinder}.volumes (id, size, deleted) VALUES ('a', 1, 0)",
            "INSERT INTO {cinder}.volume_attachment (id, volume_id, deleted) VALUES ('b', 'a', 1)",
            "INSERT INTO {cinder}.attachment_specs (attachment_id, `key`, value, deleted) VALUES ('b', 'k', 'v', 0)",
        ),
        says="Volume attachment could not be found",
        mended=("UPDATE {cinder}.attachment_specs SET deleted = 1, deleted_at = NOW()",),
        kind="online",
    ),
    Trap(
        "cinder-service-versions",
        "cinder",
        "wallaby",
        "xena",
        (
            (
                "INSERT INTO {cinder}.services (host, `binary`, topic, report_count, disabled, deleted, rpc_current_version,"
                " object_current_version) VALUES ('h', 'cinder-volume', 'cinder-volume', 1, 0, 0, '3.15', '1.27')"
            ),
        ),
        mended=("UPDATE {cinder}.services SET object_current_version = '1.38'",),
    ),
    Trap(
        "keystone-trusts-of-one-second",
        "keystone",
        "2023.1",
        "2023.2",
        (
            (
                "INSERT INTO {keystone}.trust"
                " (id, trustor_user_id, trustee_user_id, project_id, impersonation, expires_at, expires_at_int) VALUES"
                " ('a', 'u', 'v', 'p', 0, '2030-01-01', 1893456000000001),"
                " ('b', 'u', 'v', 'p', 0, '2030-01-01', 1893456000000002)"
            ),
        ),
        says="duplicate_trust_constraint",
        mended=("DELETE FROM {keystone}.trust WHERE id = 'b'",),
    ),
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
