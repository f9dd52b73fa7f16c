"""Octavia's rows, and its workers' flows."""

from tests.support.traps.trap import Trap

NIL = "00000000-0000-0000-0000-000000000000"
BALANCER = "INSERT INTO {octavia}.load_balancer (id, provisioning_status, operating_status, enabled,"
TRAPS = (
    Trap(
        "octavia-flavor-placeholder",
        "octavia",
        "train",
        "ussuri",
        (
            "INSERT INTO {octavia}.flavor_profile (id, name, provider_name, flavor_data) VALUES ('p', 'p', 'amphora', '{{}}')",
            "INSERT INTO {octavia}.flavor (id, name, enabled, flavor_profile_id) VALUES ('f', 'DELETED-PLACEHOLDER', 1, 'p')",
        ),
        says="uq_flavor_name",
        mended=(
            "UPDATE {octavia}.flavor SET name = 'x'",
            f"DELETE FROM {{octavia}}.flavor_profile WHERE id = '{NIL}'",
        ),
    ),
    Trap(
        "octavia-flavor-gone",
        "octavia",
        "train",
        "ussuri",
        (f"{BALANCER} flavor_id) VALUES ('l', 'ACTIVE', 'ONLINE', 1, 'gone')",),
        mended=("UPDATE {octavia}.load_balancer SET flavor_id = NULL",),
    ),
    Trap(
        "octavia-amphorav1",
        "octavia",
        "2023.1",
        "2024.1",
        (f"{BALANCER} provider) VALUES ('l', 'ACTIVE', 'ONLINE', 1, 'amphorav1')",),
        mended=("UPDATE {octavia}.load_balancer SET provider = 'amphora'",),
    ),
    Trap(
        "octavia-flows-in-hand",
        "octavia",
        "2024.1",
        "2025.1",
        (
            "INSERT INTO {persistence}.logbooks (uuid, name, meta) VALUES ('b', 'j', '{{}}')",
            (
                "INSERT INTO {persistence}.flowdetails (uuid, parent_uuid, name, state, meta)"
                " VALUES ('f', 'b', 'j', 'RUNNING', '{{}}')"
            ),
        ),
        mended=("DELETE FROM {persistence}.logbooks",),
    ),
)
