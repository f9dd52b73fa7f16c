"""A throw-away server with a cloud of its own on it, and the cloud.yaml that describes it."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from runner.containers.client import Client
from runner.containers.docker_engine import DockerEngine
from runner.containers.network import step_network
from runner.containers.throwaway import Throwaway
from runner.mariadb.connection import open_server
from runner.mariadb.patience import await_server
from runner.scratch.cloud import Ground, NewCloud, create_cloud
from runner.scratch.first_install import KNOWN, Installation
from runner.settings import EngineSettings, Server

CLOUD = "cloud.yaml"
SERVER_PASSWORD = "root.password"  # noqa: S105  # a file's name
OPTIONS = ("--character-set-server=utf8mb3", "--collation-server=utf8mb3_general_ci", "--innodb-buffer-pool-size=1G")
"""What the server of a cloud is started with that is made to be thrown away."""


def describe(folder: Path, made: Throwaway, engine: EngineSettings, *, databases: Mapping[str, Any], **more: Any) -> Path:
    """Write the cloud.yaml of what stands on a server, and the server's password beside it for nobody else to read.

    `more` are further keys of the document. Returns the file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_secret(folder / SERVER_PASSWORD, made.password)
    document = {
        "server": {
            "host": "127.0.0.1",
            "port": made.port,
            "user": "root",
            "password_file": SERVER_PASSWORD,
            "from_steps": {"host": made.name, "network": made.name},
        },
        "databases": dict(databases),
        "engine": {"url": engine.url},
        **more,
    }
    cloud = folder / CLOUD
    cloud.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return cloud


def write_secret(file: Path, secret: str) -> None:
    """Write a file that nobody else may read."""
    file.touch(mode=0o600)
    file.write_text(secret, encoding="utf-8")


def address_of(made: Throwaway) -> Server:
    """Say how a throw-away server is reached from here; its password is not in a file."""
    return Server(host="127.0.0.1", port=made.port, user="root", password_file=os.devnull, from_steps=made.from_steps)


def install(
    client: Client,
    made: Throwaway,
    image: str,
    engine: EngineSettings,
    *,
    apart: Mapping[str, str] | None = None,
    labels: Mapping[str, str],
    installations: Mapping[str, Installation] = KNOWN,
    bare: Collection[str] = (),
    jobs: int,
) -> NewCloud:
    """Wait for a server, and create an empty cloud on it by the release's own commands (see `create_cloud`).

    `apart` maps the projects that have images of their own to them.

    Raises:
        StepFailed: a first-install command failed.
        QueryFailed, ServerUnreachable, EngineRefused, EngineMissing
    """
    address = address_of(made)
    await_server(address, made.password)
    with (
        open_server(address, made.password) as server,
        step_network(client, f"{made.name}-setup", address, image=image, aliases=(made.name,)) as network,
    ):
        ground = Ground(
            engine=DockerEngine(engine),
            server=server,
            image=image,
            apart=apart or {},
            network=network.name,
            db_host=made.name,
            labels=labels,
        )
        return create_cloud(ground, installations, bare=bare, jobs=jobs)
