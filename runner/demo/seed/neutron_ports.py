"""Neutron's ports: those of instances, and one per router."""

import json
from collections.abc import Iterator

from runner.demo.seed.neutron_attributes import SCHEMA, attribute
from runner.demo.seed.rows import Rows, rows
from runner.demo.seed.story import HOSTS, TEAMS, Size, address_of, host_of, mac_of, team_of, uuid_of


def routers() -> Iterator[Rows]:
    """Yield a router per team, with its port in the team's network."""
    teams = range(TEAMS)
    yield rows(
        SCHEMA,
        "routers",
        (
            {
                "project_id": team_of(team),
                "id": uuid_of("router", team),
                "name": f"router-{team + 1:02d}",
                "status": "ACTIVE",
                "admin_state_up": True,
                "standard_attr_id": attribute("routers", team),
            }
            for team in teams
        ),
    )
    yield rows(SCHEMA, "router_extra_attributes", ({"router_id": uuid_of("router", team)} for team in teams))
    yield rows(SCHEMA, "ports", (_router_port(team) for team in teams))
    yield rows(
        SCHEMA,
        "ipallocations",
        (_allocation(uuid_of("router-port", team), f"10.{team}.0.1", team) for team in teams),
    )
    yield rows(
        SCHEMA,
        "routerports",
        (
            {
                "router_id": uuid_of("router", team),
                "port_id": uuid_of("router-port", team),
                "port_type": "network:router_interface",
            }
            for team in teams
        ),
    )


def _router_port(team: int) -> dict[str, object]:
    return {
        "project_id": team_of(team),
        "id": uuid_of("router-port", team),
        "name": "",
        "network_id": uuid_of("network", team),
        "mac_address": f"fa:16:3f:00:00:{team:02x}",
        "admin_state_up": True,
        "status": "ACTIVE",
        "device_id": uuid_of("router", team),
        "device_owner": "network:router_interface",
        "standard_attr_id": attribute("router ports", team),
        "ip_allocation": "immediate",
    }


def ports(size: Size) -> Iterator[Rows]:
    """Yield the ports with their addresses, bindings and groups; a port without an instance is unbound."""
    numbers = range(size.ports)
    yield rows(SCHEMA, "ports", (_port(number, size) for number in numbers))
    yield rows(
        SCHEMA,
        "ipallocations",
        (_allocation(uuid_of("port", number), address_of(number), number % TEAMS) for number in numbers),
    )
    yield rows(SCHEMA, "ml2_port_bindings", (_binding(number, size) for number in numbers))
    yield rows(
        SCHEMA,
        "ml2_port_binding_levels",
        (
            {
                "port_id": uuid_of("port", number),
                "host": host_of(number),
                "level": 0,
                "driver": "openvswitch",
                "segment_id": uuid_of("segment", number % TEAMS),
            }
            for number in numbers
            if number < size.instances
        ),
    )
    yield rows(
        SCHEMA,
        "securitygroupportbindings",
        (
            {"port_id": uuid_of("port", number), "security_group_id": uuid_of("security-group", number % TEAMS)}
            for number in numbers
        ),
    )


def _port(number: int, size: Size) -> dict[str, object]:
    bound = number < size.instances
    return {
        "project_id": team_of(number),
        "id": uuid_of("port", number),
        "name": "",
        "network_id": uuid_of("network", number % TEAMS),
        "mac_address": mac_of(number),
        "admin_state_up": True,
        "status": "ACTIVE" if bound else "DOWN",
        "device_id": uuid_of("instance", number) if bound else "",
        "device_owner": "compute:nova" if bound else "",
        "standard_attr_id": attribute("ports", number),
        "ip_allocation": "immediate",
    }


def _binding(number: int, size: Size) -> dict[str, object]:
    bound = number < size.instances
    return {
        "port_id": uuid_of("port", number),
        "host": host_of(number) if bound else "",
        "vif_type": "ovs" if bound else "unbound",
        "vnic_type": "normal",
        "profile": _profile(number),
        "vif_details": json.dumps({"connectivity": "l2", "port_filter": True, "bridge_name": "br-int"}) if bound else "",
    }


def _profile(number: int) -> str:
    """Most ports have no profile; of the others some are trusted, and some say more than that."""
    match number % 30:
        case 4:
            return json.dumps({"trusted": "true"})
        case 14:
            allocation = {uuid_of("resource-group", number): uuid_of("compute-node", number % HOSTS)}
            return json.dumps({"trusted": "false", "allocation": allocation})
        case 24:
            return "{}"
        case _:
            return ""


def _allocation(port: str, address: str, team: int) -> dict[str, object]:
    return {
        "port_id": port,
        "ip_address": address,
        "subnet_id": uuid_of("subnet", team),
        "network_id": uuid_of("network", team),
    }
