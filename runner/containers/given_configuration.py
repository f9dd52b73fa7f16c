"""What its operator gave a container, and its image did not: dictionaries in, dictionaries out.

The engine merges an image's configuration into a container's when it creates it, and does not keep apart which was whose
(moby, `daemon/commit.go`, merge). What equals the image's counts as the image's: a value that the operator repeated is not told
from one that was inherited.
"""

import json
from collections.abc import Mapping
from posixpath import normpath
from typing import Any

from runner.containers.engine import LABEL

STAND_IN_LABEL = f"{LABEL}.stand-in"
"""On a container of ours that stands in for an old one; its value is the name under which the old one is kept."""

Attributes = Mapping[str, Any]
"""What the engine's inspect says."""

_WHOLE = ("User", "WorkingDir", "StopSignal", "Shell")
_ENTRIES = ("Labels", "ExposedPorts", "Volumes")
_AS_IT_IS = (
    "Domainname",
    "AttachStdin",
    "AttachStdout",
    "AttachStderr",
    "Tty",
    "OpenStdin",
    "StdinOnce",
    "NetworkDisabled",
    "StopTimeout",
    "MacAddress",
)


def given_configuration(container: Attributes, image: Attributes) -> dict[str, Any]:
    """Say what a container would be created with on another image: the body of the engine's create, without Image and networks.

    `image` is what inspect says of the image the container was created on.
    """
    config, default = container["Config"], image.get("Config") or {}
    given = {key: config[key] for key in _AS_IT_IS if config.get(key)}
    given |= {key: config[key] for key in _WHOLE if config.get(key) and config[key] != default.get(key)}
    given |= {key: _without(config.get(key), default.get(key)) for key in _ENTRIES}
    given["Labels"].pop(STAND_IN_LABEL, None)
    given["Env"] = [one for one in config.get("Env") or () if one not in (default.get("Env") or ())]
    given |= _start_words(config, default)
    if health := _given_health(config.get("Healthcheck") or {}, default.get("Healthcheck") or {}):
        given["Healthcheck"] = health
    host = container["HostConfig"]
    if _owns_hostname(host) and config.get("Hostname") != container["Id"][:12]:
        given["Hostname"] = config.get("Hostname", "")
    else:
        given.pop("Domainname", None)
    return given | {"HostConfig": _host_config(container)}


def _without(values: Attributes | None, defaults: Attributes | None) -> dict[str, Any]:
    missing = object()
    return {key: value for key, value in (values or {}).items() if (defaults or {}).get(key, missing) != value}


def _start_words(config: Attributes, default: Attributes) -> dict[str, Any]:
    """Who gives an entrypoint drops the image's command with it: the two are told apart together, not one by one."""
    entrypoint, command = config.get("Entrypoint") or [], config.get("Cmd") or []
    theirs, usual = default.get("Entrypoint") or [], default.get("Cmd") or []
    if entrypoint == theirs and (command or not usual):
        return {} if command == usual else {"Cmd": command}
    # An empty word is how the engine is told that there is no entrypoint, whatever the image says.
    return {"Entrypoint": entrypoint or [""], "Cmd": command}


def _given_health(health: Attributes, default: Attributes) -> dict[str, Any]:
    """The engine fills each part that was not given from the image's."""
    return {part: value for part, value in health.items() if value and value != default.get(part)}


def _owns_hostname(host: Attributes) -> bool:
    return host.get("UTSMode") != "host" and not _joins_another(host)


def _joins_another(host: Attributes) -> bool:
    return str(host.get("NetworkMode")).startswith("container:")


def _host_config(container: Attributes) -> dict[str, Any]:
    """Take the host's side over as it is; only volumes without a name, and links, would come out otherwise."""
    host = dict(container["HostConfig"])
    volumes = {one["Destination"]: one for one in container.get("Mounts") or () if one["Type"] == "volume"}
    binds = [_with_source(bind, volumes) for bind in host.get("Binds") or ()]
    mounts = [_named(mount, volumes) for mount in host.get("Mounts") or ()]
    spoken_for = {normpath(bind.split(":")[1]) for bind in binds} | {normpath(mount["Target"]) for mount in mounts}
    # Not as binds: docker-py has made volumes with a colon in their path.
    unnamed = [_as_mount(volumes[at]) for at in sorted(volumes) if normpath(at) not in spoken_for]
    # Inspect says `/db:/api/alias`; create takes `db:alias`.
    links = [f"{source.lstrip('/')}:{target.rsplit('/', 1)[-1]}" for source, _, target in map(_halves, host.get("Links") or ())]
    return host | {"Binds": binds, "Mounts": mounts + unnamed, "Links": links}


def _halves(link: str) -> tuple[str, str, str]:
    return link.partition(":")


def _with_source(bind: str, volumes: Mapping[str, Attributes]) -> str:
    return bind if ":" in bind else f"{volumes[normpath(bind)]['Name']}:{bind}"


def _named(mount: Attributes, volumes: Mapping[str, Attributes]) -> dict[str, Any]:
    if mount["Type"] != "volume" or mount.get("Source"):
        return dict(mount)
    return {**mount, "Source": volumes[normpath(mount["Target"])]["Name"]}


def _as_mount(volume: Attributes) -> dict[str, Any]:
    mount = {"Type": "volume", "Source": volume["Name"], "Target": volume["Destination"]}
    return mount if volume.get("RW", True) else mount | {"ReadOnly": True}


def given_endpoints(container: Attributes) -> dict[str, dict[str, Any]]:
    """Say how a container is attached to networks, by their names; the one it was created on comes first.

    One that has no networks of its own (`host`, `none`, another container's) has none here.
    """
    mode = container["HostConfig"].get("NetworkMode") or "default"
    if mode in ("host", "none") or _joins_another(container["HostConfig"]):
        return {}
    attached = container["NetworkSettings"].get("Networks") or {}
    wanted = "bridge" if mode == "default" else mode
    first = [name for name, endpoint in attached.items() if wanted in (name, endpoint.get("NetworkID"))]
    return {name: _endpoint(name, attached[name], container["Id"]) for name in [*first, *sorted(set(attached) - set(first))]}


def _endpoint(network: str, endpoint: Attributes, container_id: str) -> dict[str, Any]:
    given = {key: endpoint.get(key) for key in ("IPAMConfig", "Links", "DriverOpts", "GwPriority")}
    # The engine's default network takes no alias (containrrr/watchtower#1906); one alias is the old container's own id.
    names = [] if network == "bridge" else [one for one in endpoint.get("Aliases") or () if one != container_id[:12]]
    return {key: value for key, value in (given | {"Aliases": sorted(set(names))}).items() if value}


def describe(container: Attributes, image: Attributes) -> dict[str, Any]:
    """Say in one canonical form what a container's operator gave it: equal for the old and the new one, or it was not kept."""
    given = given_configuration(container, image)
    host = given.pop("HostConfig")
    host["RestartPolicy"] = restart_policy(container)
    given["Env"] = sorted(given["Env"])
    return _bare({"Config": given, "HostConfig": {key: _ordered(value) for key, value in host.items()}}) | {
        "Networks": given_endpoints(container)
    }


def restart_policy(container: Attributes) -> dict[str, Any]:
    """Say when the engine starts a container again: Name and MaximumRetryCount."""
    policy = container["HostConfig"].get("RestartPolicy") or {}
    # An empty name means `no` to create, and «leave it» to update.
    return {"Name": policy.get("Name") or "no", "MaximumRetryCount": policy.get("MaximumRetryCount") or 0}


def _ordered(value: object) -> object:
    return sorted(value, key=lambda one: json.dumps(one, sort_keys=True)) if isinstance(value, list) else value


def _bare(values: Attributes) -> dict[str, Any]:
    """Leave out what says nothing: null, empty, zero, false."""
    inner = {key: _bare(value) if isinstance(value, dict) else value for key, value in values.items()}
    return {key: value for key, value in inner.items() if value}
