"""Neutron's networks with their subnets, routers and security groups: one of each per team."""

from collections.abc import Iterator

from runner.demo.seed.neutron_attributes import RULES, SCHEMA, attribute
from runner.demo.seed.rows import Rows, rows
from runner.demo.seed.story import TEAMS, team_of, uuid_of


def networks() -> Iterator[Rows]:
    """Yield the networks, their segments and subnets."""
    teams = range(TEAMS)
    yield rows(
        SCHEMA,
        "networks",
        (
            {
                "project_id": team_of(team),
                "id": uuid_of("network", team),
                "name": f"net-{team + 1:02d}",
                "status": "ACTIVE",
                "admin_state_up": True,
                "standard_attr_id": attribute("networks", team),
                "mtu": 1450,
            }
            for team in teams
        ),
    )
    yield rows(
        SCHEMA,
        "networksegments",
        (
            {
                "id": uuid_of("segment", team),
                "network_id": uuid_of("network", team),
                "network_type": "vxlan",
                "segmentation_id": team + 1,
                "standard_attr_id": attribute("segments", team),
            }
            for team in teams
        ),
    )
    yield rows(
        SCHEMA,
        "ml2_vxlan_allocations",
        ({"vxlan_vni": number + 1, "allocated": number < TEAMS} for number in range(5 * TEAMS)),
    )
    yield from _subnets()


def _subnets() -> Iterator[Rows]:
    teams = range(TEAMS)
    yield rows(
        SCHEMA,
        "subnets",
        (
            {
                "project_id": team_of(team),
                "id": uuid_of("subnet", team),
                "name": f"subnet-{team + 1:02d}",
                "network_id": uuid_of("network", team),
                "ip_version": 4,
                "cidr": f"10.{team}.0.0/16",
                "gateway_ip": f"10.{team}.0.1",
                "enable_dhcp": True,
                "standard_attr_id": attribute("subnets", team),
                "in_use": True,
            }
            for team in teams
        ),
    )
    yield rows(
        SCHEMA,
        "ipallocationpools",
        (
            {
                "id": uuid_of("pool", team),
                "subnet_id": uuid_of("subnet", team),
                "first_ip": f"10.{team}.0.2",
                "last_ip": f"10.{team}.255.254",
            }
            for team in teams
        ),
    )


def security_groups() -> Iterator[Rows]:
    """Yield the teams' default groups with their rules."""
    teams = range(TEAMS)
    yield rows(
        SCHEMA,
        "securitygroups",
        (
            {
                "project_id": team_of(team),
                "id": uuid_of("security-group", team),
                "name": "default",
                "standard_attr_id": attribute("security_groups", team),
            }
            for team in teams
        ),
    )
    yield rows(
        SCHEMA,
        "default_security_group",
        ({"project_id": team_of(team), "security_group_id": uuid_of("security-group", team)} for team in teams),
    )
    yield rows(
        SCHEMA,
        "securitygrouprules",
        (
            {
                "project_id": team_of(team),
                "id": uuid_of("rule", team * len(RULES) + place),
                "security_group_id": uuid_of("security-group", team),
                "remote_group_id": uuid_of("security-group", team) if members_only else None,
                "direction": direction,
                "ethertype": family,
                "standard_attr_id": attribute("security_group_rules", team * len(RULES) + place),
            }
            for team in teams
            for place, (direction, family, members_only) in enumerate(RULES)
        ),
    )
