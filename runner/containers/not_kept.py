"""What a container's stand-in cannot have of it, told to its operator."""

from collections.abc import Mapping
from posixpath import normpath
from typing import Any

import docker.errors
import requests.exceptions

from runner.containers.client import Client
from runner.containers.given_configuration import Attributes

_FLEETING = ("/tmp", "/run", "/var/run", "/var/log", "/var/cache", "/var/tmp", "/root/.cache", "/dev")  # noqa: S108
"""Where a process writes what nobody misses."""
_NAMED = 5


def find_not_kept(client: Client, old: Attributes) -> tuple[str, ...]:
    """Name what is known beforehand to get lost with a container that is not running: sentences.

    Raises:
        docker.errors.APIError: from the engine.
    """
    host = old["HostConfig"]
    said = [f"the port of {port} is the engine's choice, and becomes another one" for port in _random_ports(host)]
    said += [
        f"{other['Names'][0].lstrip('/')} shares its network, and has to be recreated too"
        for other in client.api.containers(all=True)
        if other["HostConfig"].get("NetworkMode") == f"container:{old['Id']}"
    ]
    return tuple(said) + _tell_own_files(client, old)


def _tell_own_files(client: Client, old: Attributes) -> tuple[str, ...]:
    """An engine may take minutes for a big layer: no roll-out fails for a warning's sake."""
    try:
        changes = client.api.diff(old["Id"]) or ()
    except (docker.errors.APIError, requests.exceptions.RequestException) as error:
        return (f"whether there are files in its own layer, which stay in the old container, cannot be told: {error}",)
    mounted = (*(one["Destination"] for one in old.get("Mounts") or ()), *(old["HostConfig"].get("Tmpfs") or ()))
    written = _own_files(changes, mounted)
    more = f" and {len(written) - _NAMED} more" if len(written) > _NAMED else ""
    return (f"files in its own layer stay in the old container: {', '.join(written[:_NAMED])}{more}",) if written else ()


def _random_ports(host: Attributes) -> list[str]:
    if host.get("PublishAllPorts"):
        return ["every exposed port"]
    bindings = host.get("PortBindings") or {}
    return sorted(port for port, bound in bindings.items() if any(not _is_fixed(one.get("HostPort")) for one in bound or ()))


def _is_fixed(port: str | None) -> bool:
    return bool(port) and port != "0" and "-" not in str(port)


def _own_files(changes: Any, mounted: tuple[str, ...]) -> list[str]:
    """Name what was changed or added (0, 1; 2 is removed), where a process does not write anyhow; a folder by what is in it."""
    there = {str(one["Path"]) for one in changes if one["Kind"] in (0, 1)}
    folders = {path.rsplit("/", 1)[0] for path in there}
    fleeting = (*_FLEETING, *(normpath(at) for at in mounted))
    own = [path for path in there - folders if not any(path == at or path.startswith(f"{at}/") for at in fleeting)]
    return sorted(path for path in own if not path.endswith(".pyc"))


def find_lost(body: Attributes, endpoints: Mapping[str, Attributes], new: Attributes) -> tuple[str, ...]:
    """Name what the engine did not take over of what it was asked to: sentences, without values, which may be passwords.

    `body` is what the container was to be created with, `new` what inspect says of it.
    """
    config, host = new["Config"], new["HostConfig"]
    asked = {key: value for key, value in body.items() if key not in ("HostConfig", "Image", "MacAddress")}
    lost = [key for key, value in asked.items() if not _holds(config.get(key), value)]
    lost += [f"HostConfig.{key}" for key, value in body["HostConfig"].items() if not _equal(host.get(key), value)]
    attached = new["NetworkSettings"]["Networks"]
    lost += [
        f"Networks.{network}.{key}"
        for network, endpoint in endpoints.items()
        for key, value in endpoint.items()
        if not _holds(attached.get(network, {}).get(key), value)
    ]
    return tuple(f"the engine did not take {key} over as it was" for key in lost)


def _holds(has: Any, wanted: Any) -> bool:
    """Environment, labels and names may be joined by the new image's and by the engine's own."""
    if isinstance(wanted, dict):
        return all((has or {}).get(key) == value for key, value in wanted.items())
    if isinstance(wanted, list):
        return set(wanted) - {""} <= set(has or ())
    return bool(has == wanted)


def _equal(has: Any, wanted: Any) -> bool:
    """Null, empty and zero are the same answer."""
    return bool(has == wanted) or (not has and not wanted)
