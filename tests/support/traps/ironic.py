"""Ironic's rows with versions that a release does not know, and what the conversion to utf8mb4 makes of its tables."""

from tests.support.traps.trap import Trap

N, P = "77777777-7777-4777-8777-777777777777", "88888888-8888-4888-8888-888888888888"
REFUSED = "is not compatible with this release of ironic"


def node(version: str = "'1.21'", **columns: str) -> str:
    """A node, as no release of ironic would leave it behind without a version."""
    names = "".join(f", {name}" for name in columns)
    values = "".join(f", '{value}'" for value in columns.values())
    return f"INSERT INTO {{ironic}}.nodes (id, uuid, version{names}) VALUES (1, '{N}', {version}{values})"


NODE = node()
PORT = "INSERT INTO {ironic}.ports (uuid, address, node_id, version, pxe_enabled, is_smartnic, extra)"
PLUGGED = f"JSON_OBJECT('vif_port_id', '{N}')"


def without_version(name: str, at: str, to: str, table: str, *columns: str) -> Trap:
    """A row of a table that came later, written by somebody else; NULL and then '1.0'."""
    names = ", ".join(column.partition(" ")[0] for column in columns)
    values = ", ".join(column.partition(" ")[2] for column in columns)
    return Trap(
        f"ironic-{name}-without-version",
        "ironic",
        at,
        to,
        (NODE, f"INSERT INTO {{ironic}}.{table} ({names}) VALUES ({values})"),
        says=REFUSED,
        mended=(f"UPDATE {{ironic}}.{table} SET version = '1.0' WHERE version IS NULL",),
    )


def gone(name: str, at: str, to: str, mended: str = "driver = 'redfish'", **columns: str) -> Trap:
    """A node that names what the next release's code has no more."""
    return Trap(f"ironic-{name}", "ironic", at, to, (node(**columns),), mended=(f"UPDATE {{ironic}}.nodes SET {mended}",))


TRAPS = (
    Trap("ironic-versions-missing", "ironic", "pike", "queens", (node("NULL"),), says=REFUSED, online=True),
    Trap(
        "ironic-versions-unknown",
        "ironic",
        "stein",
        "train",
        (node("'1.20'"), f"INSERT INTO {{ironic}}.chassis (uuid, version) VALUES ('{P}', NULL)"),
        rows=2,
        says=REFUSED,
        mended=("UPDATE {ironic}.nodes SET version = '1.21'", "UPDATE {ironic}.chassis SET version = '1.3'"),
    ),
    Trap(
        "ironic-ports-of-ocata",
        "ironic",
        "queens",
        "rocky",
        (NODE, f"INSERT INTO {{ironic}}.ports (uuid, address, node_id, version) VALUES ('{P}', 'a', 1, '1.6')"),
        says=REFUSED,
        online=True,
    ),
    Trap(
        "ironic-conductors-without-version",
        "ironic",
        "queens",
        "rocky",
        ("INSERT INTO {ironic}.conductors (hostname, online) VALUES ('ctl1', 1)",),
        says=REFUSED,
        online=True,
    ),
    without_version("allocations", "train", "ussuri", "allocations", "uuid UUID()", "state 'active'"),
    without_version("bios-settings", "victoria", "wallaby", "bios_settings", "node_id 1", "name 'virtualization'"),
    without_version("history", "xena", "yoga", "node_history", "uuid UUID()", "node_id 1"),
    without_version("inventories", "2023.1", "2023.2", "node_inventory", "node_id 1"),
    without_version(
        "firmware", "2023.2", "2024.1", "firmware_information", "node_id 1", "component 'bios'", "initial_version '1'"
    ),
    without_version("runbooks", "2024.2", "2025.1", "runbooks", "uuid UUID()", "name 'CUSTOM_ONE'"),
    without_version("inspection-rules", "2025.1", "2025.2", "inspection_rules", "uuid UUID()", "priority 0", "actions '[]'"),
    Trap(
        "ironic-utf8mb4-duplicates",
        "ironic",
        "2025.2",
        "2026.1",
        (NODE, "INSERT INTO {ironic}.node_tags (node_id, tag) VALUES (1, 'straße'), (1, 'strasse')"),
        says="Duplicate entry",
        mended=("DELETE FROM {ironic}.node_tags WHERE tag = 'strasse'",),
    ),
    Trap(
        "ironic-utf8mb4-text",
        "ironic",
        "2025.2",
        "2026.1",
        (
            NODE,
            "ALTER TABLE {ironic}.nodes MODIFY driver_internal_info MEDIUMTEXT",
            "UPDATE {ironic}.nodes SET driver_internal_info = JSON_QUOTE(REPEAT('x', 70000))",
        ),
        says="Data too long for column",
        mended=("UPDATE {ironic}.nodes SET driver_internal_info = '{{}}'",),
    ),
    Trap(
        "ironic-utf8mb4-row-format",
        "ironic",
        "2025.2",
        "2026.1",
        ("ALTER TABLE {ironic}.deploy_templates ROW_FORMAT=COMPACT",),
        says="Index column size too large",
        mended=("ALTER TABLE {ironic}.deploy_templates ROW_FORMAT=DYNAMIC",),
    ),
    Trap("ironic-classic-drivers", "ironic", "queens", "rocky", (node(driver="pxe_ipmitool"),), online=True),
    gone(
        "classic-drivers-inspected",
        "pike",
        "queens",
        "inspection_finished_at = NULL",
        driver="pxe_ipmitool",
        inspection_finished_at="2017-01-01",
    ),
    gone("oneview-gone", "rocky", "stein", driver="oneview"),
    gone("cisco-gone", "stein", "train", driver="cisco-ucs-managed"),
    Trap(
        "ironic-vifs-in-extra",
        "ironic",
        "train",
        "ussuri",
        (
            NODE,
            f"{PORT} VALUES ('{P}', '52:54:00:00:00:01', 1, '1.7', 1, 0, {PLUGGED})",
        ),
        online=True,
    ),
    Trap("ironic-iscsi-deploy", "ironic", "wallaby", "xena", (node(deploy_interface="iscsi"),), online=True),
    gone("ibmc-xclarity-gone", "2024.1", "2024.2", driver="xclarity"),
    gone("wsman-gone", "2024.1", "2024.2", "power_interface = 'idrac-redfish'", power_interface="idrac-wsman"),
    gone("inspector-gone", "2025.2", "2026.1", "inspect_interface = 'agent'", inspect_interface="inspector"),
    gone("vendors-gone", "2026.1", "2026.2", driver="ilo5"),
)
