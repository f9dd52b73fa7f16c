"""Neutron's rows: a network, a router and a security group per team, and the ports on them.

Columns as of 2023.1 (neutron.db.models). Planted: network segment ranges that are there twice (2026.1's b1bca967e19d
deletes the second one) and binding profiles that say "trusted" (2024.2's 5bcb7b31ec7d moves that to a table of its own).
"""

import json
from collections.abc import Iterator

from runner.demo.seed.neutron_attributes import RANGES, SCHEMA, attribute, attributes
from runner.demo.seed.neutron_networks import networks, security_groups
from runner.demo.seed.neutron_ports import ports, routers
from runner.demo.seed.rows import Rows, rows
from runner.demo.seed.story import HOSTS, TEAMS, Installed, Size, host_name, moment, team_of, uuid_of


def seed(size: Size, installed: Installed) -> Iterator[Rows]:
    """Yield neutron's rows in the order their foreign keys ask for."""
    del installed
    yield rows(SCHEMA, "standardattributes", attributes(size))
    yield rows(SCHEMA, "agents", (_agent(number) for number in range(HOSTS)))
    yield from networks()
    yield from security_groups()
    yield from routers()
    yield from ports(size)
    yield rows(SCHEMA, "network_segment_ranges", (_range(number) for number in range(len(RANGES))))
    yield from _bookkeeping(size)


def _agent(number: int) -> dict[str, object]:
    return {
        "id": uuid_of("agent", number),
        "agent_type": "Open vSwitch agent",
        "binary": "neutron-openvswitch-agent",
        "topic": "N/A",
        "host": host_name(number),
        "created_at": moment(0),
        "started_at": moment(1),
        "heartbeat_timestamp": moment(9000),
        "configurations": json.dumps({"bridge_mappings": {"physnet1": "br-ex"}, "tunnel_types": ["vxlan"]}),
    }


def _range(number: int) -> dict[str, object]:
    kind, physical, minimum, maximum = RANGES[number]
    return {
        "id": uuid_of("range", number),
        "name": "",
        "default": True,
        "shared": True,
        "network_type": kind,
        "physical_network": physical,
        "minimum": minimum,
        "maximum": maximum,
        "standard_attr_id": attribute("network_segment_ranges", number),
    }


def _bookkeeping(size: Size) -> Iterator[Rows]:
    teams = range(TEAMS)
    yield rows(
        SCHEMA,
        "quotas",
        ({"id": uuid_of("quota", team), "project_id": team_of(team), "resource": "port", "limit": 500} for team in teams),
    )
    yield rows(
        SCHEMA,
        "quotausages",
        (
            {"project_id": team_of(team), "resource": "port", "in_use": len(range(team, size.ports, TEAMS)) + 1}
            for team in teams
        ),
    )
    yield rows(
        SCHEMA,
        "tags",
        ({"standard_attr_id": attribute("ports", number), "tag": "Demo"} for number in range(0, size.ports, 10)),
    )
