"""What runs for as long as the demo's cloud does: containers that are confined, answer over HTTP, and are removed together."""

import http.client
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from urllib.parse import urlsplit

from runner.containers.client import Client, engine_errors
from runner.containers.docker_engine import USER
from runner.containers.engine import LABEL
from runner.containers.last_words import last_words
from runner.errors import ServiceRefused

LIVE = {LABEL: "live"}
"""What all of them carry besides the labels that they are given."""
PATIENCE = 90.0
"""Seconds until the first answer; a Keystone takes a few."""
_PAUSE = 0.05


def start_live(
    client: Client,
    image: str,
    name: str,
    *,
    words: Sequence[str],
    port: int,
    inside: int,
    labels: Mapping[str, str],
    network: str = "bridge",
    volumes: Mapping[str, Mapping[str, str]] | None = None,
    stop_signal: str = "SIGTERM",
) -> None:
    """Start `words` in a container without rights, its port `inside` at 127.0.0.1:`port`, the same after every start.

    Nothing of it is in the container's own layer: whoever recreates it by its configuration loses nothing.

    Raises:
        EngineRefused, EngineMissing
    """
    with engine_errors(f"starting {name}"):
        container = client.containers.create(
            image,
            list(words),
            name=name,
            user=f"{USER}:{USER}",
            network=network,
            ports={f"{inside}/tcp": ("127.0.0.1", port)},
            volumes={volume: dict(place) for volume, place in (volumes or {}).items()},
            tmpfs={"/tmp": f"mode=0700,uid={USER},gid={USER},size=64m"},  # noqa: S108
            read_only=True,
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            pids_limit=256,
            mem_limit="512m",
            stop_signal=stop_signal,
            # A watch that asks four times a second fills a disk in the end.
            log_config={"type": "json-file", "config": {"max-size": "16m"}},
            labels={**labels, **LIVE},
        )
        container.start()


def await_answer(client: Client, name: str, url: str, *, hidden: tuple[str, ...] = (), patience: float = PATIENCE) -> float:
    """Wait until `url` answers with 200, and return how many seconds that took.

    Raises:
        ServiceRefused: the container ended, or said nothing for `patience` seconds; its last words are told, but `hidden` ones.
        EngineRefused, EngineMissing
    """
    began = time.monotonic()
    while (waited := time.monotonic() - began) < patience:
        if answers(url):
            return round(waited, 3)
        with engine_errors(f"looking after {name}"):
            container = client.containers.get(name)
            if container.status != "running":
                break
        time.sleep(_PAUSE)
    with engine_errors(f"reading what {name} said"):
        words = last_words(client.containers.get(name).logs(tail=200), secrets=hidden)
    raise ServiceRefused(
        f"{name} does not answer at {url}: {words}", hint="`docker logs` has all of it; `thing-a-me demo --clean` removes it"
    )


def answers(url: str) -> bool:
    """Say whether a URL answers with 200 within two seconds."""
    at = urlsplit(url)
    connection = http.client.HTTPConnection(at.hostname or "", at.port, timeout=2)
    try:
        connection.request("GET", at.path or "/")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def remove_live(client: Client, labels: Mapping[str, str]) -> None:
    """Remove all that carries these labels: containers, those that a roll-out kept aside too, then volumes.

    What is gone already is as good.

    Raises:
        EngineRefused, EngineMissing
    """
    wanted = [f"{label}={value}" for label, value in {**labels, **LIVE}.items()]
    with engine_errors("removing what ran in the demo's cloud"):
        for container in client.containers.list(all=True, filters={"label": wanted}, ignore_removed=True):
            container.remove(force=True, v=True)
        for volume in client.volumes.list(filters={"label": wanted}):
            volume.remove(force=True)
