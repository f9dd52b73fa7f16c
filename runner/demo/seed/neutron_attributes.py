"""Neutron's `standardattributes`: one numbering for resources of every kind."""

from collections.abc import Iterator

from runner.demo.seed.story import TEAMS, Size, moment

SCHEMA = "neutron"
FIRST_ATTRIBUTE = {
    "networks": 1_000,
    "subnets": 2_000,
    "segments": 3_000,
    "security_groups": 4_000,
    "routers": 5_000,
    "network_segment_ranges": 6_000,
    "security_group_rules": 10_000,
    "router ports": 20_000,
    "ports": 100_000,
}
"""Where the numbers of each kind begin in the numbering that all kinds share."""
RANGES = (("vlan", "physnet1", 100, 199), ("vlan", "physnet1", 100, 199), ("vxlan", None, 1, 9999), ("vxlan", None, 1, 9999))

RULES = (("egress", "IPv4", False), ("egress", "IPv6", False), ("ingress", "IPv4", True), ("ingress", "IPv6", True))
"""Direction, protocol family, and whether only members of the group itself may send: every new group's four rules."""


def attribute(kind: str, number: int) -> int:
    """Number a resource's row in `standardattributes`."""
    return FIRST_ATTRIBUTE[kind] + number


def attributes(size: Size) -> Iterator[dict[str, object]]:
    """Yield the row of every resource that has one."""
    counts = dict.fromkeys(FIRST_ATTRIBUTE, TEAMS)
    counts |= {"network_segment_ranges": len(RANGES), "security_group_rules": TEAMS * len(RULES), "ports": size.ports}
    for kind, count in counts.items():
        for number in range(count):
            yield {
                "id": attribute(kind, number),
                "resource_type": "ports" if kind == "router ports" else kind,
                "created_at": moment(number),
                "updated_at": moment(number + 1),
                "description": "",
                "revision_number": 2,
            }
