"""A service's container recreated on another image, its configuration kept, and taken back.

The old container is renamed and kept until `settle`. Nothing is remembered outside the engine: every function looks what is
there and does what is left to do, so that each may be called again after it was killed anywhere.

    name    kept    what it means
    old     -       nothing was done, or all was taken back
    -       old     killed between renaming and creating, or while taking back
    new     old     recreated; the new one may have to be attached to networks, or started
    new     -       settled
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import docker.errors

from runner.containers.client import Client, engine_errors
from runner.containers.given_configuration import (
    STAND_IN_LABEL,
    Attributes,
    given_configuration,
    given_endpoints,
    restart_policy,
)
from runner.containers.not_kept import find_lost, find_not_kept
from runner.containers.placing import attach, create_on_first_network, follow_stand_ins
from runner.errors import EngineMissing, EngineRefused, ImageMissing, RollOutFailed, ServiceMissing

_NEVER = {"Name": "no", "MaximumRetryCount": 0}
_STOP_SECONDS = 10
"""How long the engine waits for a container that says nothing of it."""


@dataclass(frozen=True)
class Recreated:
    """A service's container on its new image. `image` and `container` are ids; `not_kept` are sentences for the operator."""

    name: str
    kept: str
    image: str
    container: str
    not_kept: tuple[str, ...]


def recreate(
    client: Client,
    name: str,
    image: str,
    *,
    kept: str,
    command: tuple[str, ...] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Recreated:
    """Recreate a container on `image` and start it; the old one is stopped, and kept as `kept`, a name that is used once.

    `command` replaces the old one's. `labels` are added, and count as the operator's from then on.

    Raises:
        ImageMissing: nothing was touched.
        ServiceMissing: there is no such container.
        RollOutFailed: what the engine said, and what is where.
        EngineMissing
    """
    with _told(client, f"recreating {name}", name, kept):
        wanted = _find_image(client, image)
        not_kept: tuple[str, ...] = ()
        old = _set_aside(client, name, kept)
        if old is None:
            new = _inspect(client, name)
        else:
            added = dict(labels or {}) | {STAND_IN_LABEL: kept}
            body = _new_configuration(client, old, command, added) | {"Image": image}
            new = _put_in_place(client, name, old, body)
            not_kept = find_not_kept(client, old) + find_lost(body, given_endpoints(old), new)
        _demand_image(new, name, wanted)
        if not new["State"]["Running"]:
            client.api.start(new["Id"])
    return Recreated(name, kept, wanted, new["Id"], not_kept)


def take_back(client: Client, name: str, kept: str) -> None:
    """Remove the new container, and give the old one its name and its restart policy back; it is not started.

    The old one's volumes stay, also those without a name. What only the new image declares as a volume goes.

    Raises:
        ServiceMissing: neither is there.
        RollOutFailed: what the engine said, and what is where; also where the old one was removed already.
        EngineMissing
    """
    with _told(client, f"taking {name} back", name, kept):
        old, new = _find(client, kept), _find(client, name)
        if old is None and new is None:
            raise ServiceMissing(f"there is no container {name}, and none {kept}")
        if old is None:
            if _stands_in_for(new) == kept:
                raise RollOutFailed(f"{kept} was removed: {name} cannot be taken back")
            return
        if new is not None:
            _demand_ours(new, name, kept)
            # First, because the new one is where the policy is written down.
            _set_restart_policy(client, old, restart_policy(new))
            _stop(client, new)
            client.api.remove_container(new["Id"], v=True, force=True)
        client.api.rename(old["Id"], name)


def settle(client: Client, kept: str) -> None:
    """Remove the old container for good, and no volume; the new one has to be there. What is gone already is as good.

    Raises:
        RollOutFailed: none stands in for it, or the engine refused.
        EngineMissing
    """
    with _told(client, f"removing {kept}", kept):
        old = _find(client, kept)
        if old is None:
            return
        if not client.api.containers(all=True, filters={"label": f"{STAND_IN_LABEL}={kept}"}):
            raise RollOutFailed(f"{kept} is not removed: no container stands in for it")
        client.api.remove_container(old["Id"])


def _set_aside(client: Client, name: str, kept: str) -> Attributes | None:
    """Stop the old container and give it the name under which it is kept. None: it was settled."""
    standing, old = _find(client, name), _find(client, kept)
    if old is not None:
        if standing is not None:
            _demand_ours(standing, name, kept)
        return old
    if standing is None:
        raise ServiceMissing(f"there is no container {name}, and none {kept}")
    if _stands_in_for(standing) == kept:
        return None
    if standing["HostConfig"].get("AutoRemove"):
        raise RollOutFailed(f"{name} was started with --rm: it is gone once it is stopped, and could not be taken back")
    _inspect_its_image(client, standing)
    _stop(client, standing)
    client.api.rename(standing["Id"], kept)
    return _inspect(client, kept)


def _new_configuration(
    client: Client, old: Attributes, command: tuple[str, ...] | None, labels: Mapping[str, str]
) -> dict[str, Any]:
    body = given_configuration(old, _inspect_its_image(client, old))
    body["HostConfig"] = follow_stand_ins(client, body["HostConfig"])
    body["Labels"] |= labels
    return body if command is None else body | {"Cmd": list(command)}


def _put_in_place(client: Client, name: str, old: Attributes, body: Mapping[str, Any]) -> Attributes:
    """Create the new container, or go on with one that was created before."""
    endpoints = given_endpoints(old)
    if _find(client, name) is None:
        create_on_first_network(client, name, body, endpoints)
    # Not before: from here on the new one is where the policy is written down.
    _set_restart_policy(client, old, _NEVER)
    if endpoints:
        attach(client, _inspect(client, name), endpoints)
    return _inspect(client, name)


def _demand_ours(container: Attributes, name: str, kept: str) -> None:
    if _stands_in_for(container) != kept:
        raise RollOutFailed(f"there is a container {name} and a container {kept}, and the one does not stand in for the other")


def _demand_image(new: Attributes, name: str, image: str) -> None:
    if new["Image"] != image:
        raise RollOutFailed(f"{name} was recreated before, on {new['Config']['Image']}: take it back first")


def _stands_in_for(container: Attributes | None) -> str | None:
    labels = (container or {}).get("Config", {}).get("Labels") or {}
    return str(labels[STAND_IN_LABEL]) if STAND_IN_LABEL in labels else None


def _set_restart_policy(client: Client, container: Attributes, policy: Mapping[str, Any]) -> None:
    if restart_policy(container) != policy:
        client.api.update_container(container["Id"], restart_policy=dict(policy))


def _stop(client: Client, container: Attributes) -> None:
    if container["State"]["Running"]:
        client.api.stop(container["Id"], timeout=container["Config"].get("StopTimeout") or _STOP_SECONDS)


def _find(client: Client, name: str) -> Attributes | None:
    """An engine takes the beginning of an id for a name too."""
    with suppress(docker.errors.NotFound):
        found: Attributes = client.api.inspect_container(name)
        return found if found["Name"] == f"/{name}" else None
    return None


def _inspect(client: Client, name: str) -> Attributes:
    found: Attributes = client.api.inspect_container(name)
    return found


def _find_image(client: Client, image: str) -> str:
    try:
        return str(client.api.inspect_image(image)["Id"])
    except docker.errors.ImageNotFound as error:
        raise ImageMissing(f"the image {image} is not on this engine", hint="build it, or pull it, and try again") from error


def _inspect_its_image(client: Client, container: Attributes) -> Attributes:
    """What an image gave can be told only while it is there."""
    try:
        found: Attributes = client.api.inspect_image(container["Image"])
    except docker.errors.ImageNotFound as error:
        name = container["Name"].lstrip("/")
        raise RollOutFailed(f"the image of {name} was removed: what its operator gave it can no longer be told") from error
    return found


@contextmanager
def _told(client: Client, doing: str, *names: str) -> Iterator[None]:
    """Say what the engine said, and what is where."""
    try:
        with engine_errors(doing):
            yield
    except EngineRefused as error:
        raise RollOutFailed(f"{error.message}; {_whereabouts(client, names)}") from error


def _whereabouts(client: Client, names: tuple[str, ...]) -> str:
    said = []
    for name in names:
        try:
            with engine_errors(f"looking for {name}"):
                found = _find(client, name)
        except (EngineRefused, EngineMissing):
            said.append(f"nobody knows of {name}")
            continue
        said.append(f"{name} is {found['State']['Status']} on {found['Config']['Image']}" if found else f"there is no {name}")
    return ", ".join(said)
