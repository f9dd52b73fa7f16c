"""A server that stands for production: in a container, on a volume of its own, filled with a cloud's tables."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from bench.filling import SCHEMAS, fill
from runner.containers.client import Client, connect
from runner.containers.throwaway import remove_server, start_server
from runner.mariadb.connection import DatabaseServer, open_server
from runner.mariadb.patience import await_server
from runner.settings import EngineSettings, Server

IMAGE = "thing-a-me/mariadb:latest"
_LABEL = "thing-a-me.bench"
_OPTIONS = (
    "--character-set-server=utf8mb3",
    "--collation-server=utf8mb3_general_ci",
    "--log-bin=binlog",
    "--server-id=7",
    "--innodb-buffer-pool-size=1G",
)


@dataclass(frozen=True)
class Reached:
    """Where a server answers, and root's password."""

    host: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Production:
    """A running server; `cloud` is the cloud.yaml that describes it, and `packing` one that has streams stored."""

    client: Client
    name: str
    reached: Reached
    server: DatabaseServer
    cloud: Path
    packing: Path
    jobs: int

    @property
    def data_bytes(self) -> int:
        """The size of its data files."""
        return int(self.server.scalar("SELECT SUM(file_size) FROM information_schema.innodb_sys_tablespaces") or 0)

    @property
    def cpu_seconds(self) -> float:
        """What its container has used of the processors so far."""
        stats = self.client.containers.get(self.name).stats(stream=False, one_shot=True)
        return float(stats["cpu_stats"]["cpu_usage"]["total_usage"]) / 1e9


@contextmanager
def open_production(name: str, folder: Path, gigabytes: float) -> Iterator[Production]:
    """Start it and fill it; all of it is gone at the end."""
    with empty_server(name) as (client, reached), _connected(reached) as server:
        fill(server, gigabytes)
        jobs = os.cpu_count() or 1
        cloud, packing = (_describe(folder, name, reached, jobs, packed=packed) for packed in (False, True))
        yield Production(client, name, reached, server, cloud, packing, jobs)


@contextmanager
def empty_server(name: str) -> Iterator[tuple[Client, Reached]]:
    """Start a server with nothing in it; it is gone at the end."""
    with closing(connect(EngineSettings())) as client:
        remove_server(client, name)
        try:
            made = start_server(client, IMAGE, name, labels={_LABEL: name}, options=_OPTIONS)
            # Its own address: a published port changes when the server is started again, as putting back does.
            host = str(client.containers.get(name).attrs["NetworkSettings"]["Networks"][name]["IPAddress"])
            reached = Reached(host, made.password)
            await_server(_address(reached), made.password)
            yield client, reached
        finally:
            remove_server(client, name)


@contextmanager
def _connected(reached: Reached) -> Iterator[DatabaseServer]:
    with open_server(_address(reached), reached.password) as server:
        yield server


def _address(reached: Reached) -> Server:
    return Server(host=reached.host, user="root", password_file=os.devnull)


def _describe(folder: Path, name: str, reached: Reached, jobs: int, *, packed: bool) -> Path:
    secret, file = folder / "root.password", folder / ("packing.yaml" if packed else "cloud.yaml")
    secret.touch(mode=0o600)
    secret.write_text(reached.password)
    document = {
        "server": {
            "host": reached.host,
            "user": "root",
            "password_file": secret.name,
            "from_steps": {"host": name, "network": name},
        },
        "databases": {schema: schema for schema in SCHEMAS if schema != "nova"},
        "snapshots": {"container": name, "keep": 1, "packed": packed},
        "jobs": jobs,
    }
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return file
