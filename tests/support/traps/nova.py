"""Nova's rows."""

from tests.support.traps.trap import FAILED, Trap

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


def cache(of: str) -> tuple[str, ...]:
    """A living instance, and what nova knows of its network."""
    known = f"INSERT INTO {{cell}}.instance_info_caches (instance_uuid, network_info, deleted) VALUES ('{U5}', '{of}', 0)"
    return (CELL, f"{INSTANCE} VALUES ('{U5}', 'h', 'h', 'nova', NOW(), 0)", known)


EMPTY_CACHE = ("UPDATE {cell}.instance_info_caches SET network_info = '[]'",)
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
)
