"""A container created on its networks: with every alias and every fixed address."""

from collections.abc import Mapping
from typing import Any

from runner.containers.client import Client
from runner.containers.given_configuration import Attributes

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
