"""A container created on its networks, with every alias and every fixed address; or in another container's."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import docker.errors

from runner.containers.client import Client
from runner.containers.given_configuration import STAND_IN_LABEL, Attributes

_ENDPOINT_MAC_API = (1, 44)
"""From here on a MAC address belongs to an endpoint (docs.docker.com, API version history, v1.44)."""


def create_on_first_network(client: Client, name: str, body: Mapping[str, Any], endpoints: Mapping[str, Attributes]) -> None:
    """Create a container; an engine before API 1.44 takes one network only, the others are attached afterwards (`attach`).

    `body` is the engine's create without networks; `endpoints` are by the networks' names, the first one first.

    Raises:
        docker.errors.APIError: from the engine.
    """
    first = {network: dict(endpoint) for network, endpoint in list(endpoints.items())[:1]}
    config = dict(body)
    if first and "MacAddress" in config and tuple(map(int, client.api.api_version.split("."))) >= _ENDPOINT_MAC_API:
        next(iter(first.values()))["MacAddress"] = config.pop("MacAddress")
    client.api.create_container_from_config(config | {"NetworkingConfig": {"EndpointsConfig": first}}, name)


def attach(client: Client, container: Attributes, endpoints: Mapping[str, Attributes]) -> None:
    """Attach a container to the networks that it lacks, and to no other.

    Raises:
        docker.errors.APIError: from the engine.
    """
    attached = container["NetworkSettings"]["Networks"]
    for network in sorted(set(attached) - set(endpoints)):
        client.api.disconnect_container_from_network(container["Id"], network)
    for network in [one for one in endpoints if one not in attached]:
        endpoint = endpoints[network]
        fixed = endpoint.get("IPAMConfig") or {}
        client.api.connect_container_to_network(
            container["Id"],
            network,
            ipv4_address=fixed.get("IPv4Address"),
            ipv6_address=fixed.get("IPv6Address"),
            link_local_ips=fixed.get("LinkLocalIPs"),
            aliases=endpoint.get("Aliases"),
            links=endpoint.get("Links"),
            driver_opt=endpoint.get("DriverOpts"),
        )


def follow_stand_ins(client: Client, host_config: Attributes) -> dict[str, Any]:
    """Say what a HostConfig becomes: what joined a container that was recreated joins its stand-in.

    Raises:
        docker.errors.APIError: from the engine.
    """
    joined = {key: str(host_config.get(key)) for key in ("NetworkMode", "IpcMode", "PidMode")}
    moved = {
        key: _find_stand_in(client, mode.partition(":")[2]) for key, mode in joined.items() if mode.startswith("container:")
    }
    return dict(host_config) | {key: f"container:{found}" for key, found in moved.items() if found}


def _find_stand_in(client: Client, joined: str) -> str | None:
    with suppress(docker.errors.NotFound):
        kept = client.api.inspect_container(joined)["Name"].lstrip("/")
        for found in client.api.containers(all=True, filters={"label": f"{STAND_IN_LABEL}={kept}"}):
            return str(found["Id"])
    return None
