"""A throw-away MariaDB server in a container: for fresh schemas, for the demo, for tests."""

import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

import docker
import docker.errors

from runner.containers.client import Client, engine_errors
from runner.containers.engine import LABEL
from runner.containers.tarball import pack
from runner.settings import FromSteps

_QUICK = (
    # Nobody mourns a throw-away server after a power cut.
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--skip-log-bin",
    "--performance-schema=off",
)

_CONFLICT = 409


@dataclass(frozen=True)
class Throwaway:
    """A running server: `port` on 127.0.0.1 for us, the same after every start; `from_steps` for a relay."""

    name: str
    port: int
    from_steps: FromSteps
    password: str = field(repr=False)


def start_server(
    client: Client,
    image: str,
    name: str,
    *,
    labels: Mapping[str, str],
    options: tuple[str, ...] = (),
    in_memory: bool = False,
) -> Throwaway:
    """Start a server that outlives this process; `remove_server` ends it, or the claim whose labels it carries.

    One in memory is quick, and loses all when the power goes. It takes connections some seconds later: whoever connects waits
    for it (`await_server`).

    Raises:
        EngineRefused, EngineMissing
    """
    password, port = secrets.token_hex(16), free_port()
    tags = {LABEL: "server", **labels}
    with engine_errors(f"starting the server {name}"):
        network = client.networks.create(name, driver="bridge", labels=tags)
        container = client.containers.create(
            image,
            command=[*(_QUICK if in_memory else ()), *options],
            name=name,
            network=network.name,
            ports={"3306/tcp": ("127.0.0.1", port)},
            tmpfs={"/var/lib/mysql": "size=4g"} if in_memory else None,
            labels=tags,
        )
        container.put_archive("/run", pack({"thing-a-me/root-password": password.encode()}, mode=0o400))
        container.start()
    return Throwaway(name, port, FromSteps(host=name, network=name), password)


def free_port() -> int:
    """Ask the kernel for a port that nobody has: one that the engine chooses would be another after every start."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def remove_server(client: Client, name: str) -> None:
    """Remove a server, its data and its network; what is gone already is as good."""
    with engine_errors(f"removing the server {name}"):
        _remove_container(client, name)
        for network in client.networks.list(names=[f"^{name}$"]):
            network.remove()


def _remove_container(client: Client, name: str) -> None:
    try:
        client.containers.get(name).remove(force=True, v=True)
    except docker.errors.NotFound:
        return
    except docker.errors.APIError as error:
        # Somebody else is at it (409 "already in progress"): it will be gone.
        if error.status_code != _CONFLICT:
            raise
