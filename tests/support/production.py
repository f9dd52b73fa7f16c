"""A server in a container that snapshots are taken of: small, with one of everything, on a volume of its own."""

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import yaml

from runner.containers.client import connect
from runner.containers.engine import LABEL
from runner.containers.throwaway import Throwaway, remove_server, start_server
from runner.mariadb.connection import DatabaseServer, open_server
from runner.mariadb.patience import await_server
from runner.settings import EngineSettings, Server
from tests.support.clouds import address_of
from tests.support.mariadb import IMAGE

SCHEMA = "keystone"
DATA = (
    "CREATE TABLE big (id INT AUTO_INCREMENT PRIMARY KEY, a CHAR(40), b TEXT, c DATETIME, d DECIMAL(20,6)) ENGINE=InnoDB",
    "INSERT INTO big (a, b, c, d) SELECT SHA1(seq), REPEAT(SHA1(seq), 10), NOW(), seq / 7 FROM seq_1_to_250000",
    "CREATE TABLE small (id INT PRIMARY KEY, name VARCHAR(30)) ENGINE=InnoDB",
    "INSERT INTO small VALUES (1, 'one'), (2, NULL)",
    "CREATE TABLE empty (id INT PRIMARY KEY) ENGINE=InnoDB",
    "CREATE VIEW seen AS SELECT name FROM small",
    "CREATE TRIGGER watching BEFORE INSERT ON small FOR EACH ROW SET NEW.name = TRIM(NEW.name)",
    "CREATE PROCEDURE doing() SELECT 1",
    "CREATE EVENT ticking ON SCHEDULE EVERY 1 DAY DO SELECT 1",
)
OPTIONS = (
    "--character-set-server=utf8mb3",
    "--collation-server=utf8mb3_general_ci",
    "--log-bin=binlog",
    "--server-id=7",
    "--innodb-buffer-pool-size=256M",
)


@dataclass(frozen=True)
class Production:
    """A running server, and root's connection to it."""

    client: docker.DockerClient
    made: Throwaway
    server: DatabaseServer
    address: Server

    @property
    def container(self) -> Any:
        return self.client.containers.get(self.made.name)

    def describe(self, folder: Path, /, *, user: str = "root", password: str | None = None, **snapshots: Any) -> Path:
        """Write a cloud.yaml for it; `snapshots` are its section's keys, by default the container."""
        folder.mkdir(parents=True, exist_ok=True)
        secret = folder / "server.password"
        secret.touch(mode=0o600)
        secret.write_text(password or self.made.password, encoding="utf-8")
        document = {
            "server": {
                "host": self.address.host,
                "user": user,
                "password_file": secret.name,
                "from_steps": {"host": self.made.name, "network": self.made.name},
            },
            "databases": {"keystone": SCHEMA},
            "snapshots": snapshots or {"container": self.made.name},
            "jobs": 2,
        }
        file = folder / "cloud.yaml"
        file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        return file

    def left(self, folder: Path) -> list[str]:
        """Name the containers, volumes and networks that still work on snapshots below a folder, those of their copies too."""
        ours = {"label": f"{LABEL}.snapshot"}
        found = [(one.name, one.labels) for one in self.client.containers.list(all=True, ignore_removed=True, filters=ours)]
        others = (*self.client.volumes.list(filters=ours), *self.client.networks.list(filters=ours))
        found += [(one.name, one.attrs["Labels"]) for one in others]
        return [name for name, labels in found if labels[f"{LABEL}.snapshot"].startswith(str(folder))]


@contextmanager
def open_production(data: Sequence[str] = DATA) -> Iterator[Production]:
    """Start it and fill its schema by these statements; all of it is gone at the end."""
    name = f"{LABEL}-test-{secrets.token_hex(4)}"
    with closing(connect(EngineSettings())) as client:
        try:
            made = start_server(client, IMAGE, name, labels={f"{LABEL}.test": name}, options=OPTIONS)
            # Its own address, because a published port may be taken by somebody else while the server is down.
            address = Server(host=address_of(client, name), user="root", password_file=os.devnull, from_steps=made.from_steps)
            await_server(address, made.password)
            with open_server(address, made.password) as server:
                fill(server, data)
                yield Production(client, made, server, address)
        finally:
            remove_server(client, name)


def fill(server: DatabaseServer, data: Sequence[str]) -> None:
    """Make its schema by these statements, and the account of a service."""
    server.execute(f"CREATE DATABASE {SCHEMA}")
    for statement in data:
        server.at(SCHEMA).execute(statement)
    server.execute("CREATE USER service@'%' IDENTIFIED BY 'secret'")
    server.execute(f"GRANT ALL ON {SCHEMA}.* TO service@'%'")
