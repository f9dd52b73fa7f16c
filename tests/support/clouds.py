"""A small real cloud: keystone, glance and placement at 2023.1, made by its own commands, filled, and copied per test."""

import itertools
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import docker
import yaml

from runner.containers.client import connect
from runner.containers.docker_engine import DockerEngine
from runner.containers.engine import ETC, LABEL, OneShot
from runner.containers.network import network_name, remove_network, remove_steps
from runner.containers.release_image import resolve
from runner.containers.throwaway import Throwaway, remove_server, start_server
from runner.demo.seed import glance, keystone, placement
from runner.demo.seed.rows import put
from runner.demo.seed.story import Installed, Size
from runner.mariadb.accounts import drop_account
from runner.mariadb.connection import DatabaseServer, open_server, quote
from runner.mariadb.lease_row import SCHEMA as LEASE
from runner.mariadb.patience import await_server
from runner.scratch.first_install import BOOTSTRAP_PASSWORD, LANES, SCHEMAS, Lane
from runner.settings import EngineSettings, Server
from tests.support.mariadb import IMAGE, PASSWORD_FILE

START, TARGET = "2023.1", "2024.1"
"""One hop: five steps in three lanes, of which two are one lane's."""
PROJECTS = ("keystone", "glance", "placement")
SEEDS = {"keystone": keystone.seed, "glance": glance.seed, "placement": placement.seed}
SIZE = Size(instances=80, images=40, soft_deleted=10)
_OPTIONS = ("--character-set-server=utf8mb3", "--collation-server=utf8mb3_general_ci", "--innodb-buffer-pool-size=128M")
_ROOT = f'--user=root --password="$(cat {PASSWORD_FILE})"'
_copies = itertools.count(1)


@dataclass(frozen=True)
class SmallCloud:
    """A copy of its own on the nursery's server. `schemas` maps a project to its schema."""

    file: Path
    server: DatabaseServer
    schemas: Mapping[str, str]

    @property
    def runs(self) -> Path:
        document = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        return self.file.parent / str(document.get("runs", "runs"))

    def of(self, project: str) -> DatabaseServer:
        """The server, at a project's schema."""
        return self.server.at(self.schemas[project])

    def rewrite(self, **changes: Any) -> None:
        """Change top-level keys of cloud.yaml."""
        document = yaml.safe_load(self.file.read_text(encoding="utf-8")) | changes
        self.file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")

    def rewrite_server(self, **changes: Any) -> None:
        """Change keys of cloud.yaml's `server`."""
        document = yaml.safe_load(self.file.read_text(encoding="utf-8"))
        self.rewrite(server={key: value for key, value in (document["server"] | changes).items() if value is not None})


@dataclass(frozen=True)
class Nursery:
    """A server that small clouds are copied on. Its data are on a volume: it may be restarted."""

    client: docker.DockerClient
    made: Throwaway
    server: DatabaseServer
    address: Server

    @property
    def container(self) -> Any:
        return self.client.containers.get(self.made.name)

    def copy(self, folder: Path, projects: Iterable[str] = PROJECTS) -> SmallCloud:
        """Copy these projects into schemas of its own, and describe them in `folder`."""
        number = next(_copies)
        schemas = {project: f"c{number}_{project}" for project in projects}
        for project, schema in schemas.items():
            self.server.execute(f"CREATE DATABASE {quote(schema)} CHARACTER SET utf8mb3")
            pipe = f"mariadb-dump {_ROOT} --single-transaction --skip-lock-tables {project} | mariadb {_ROOT} {schema}"
            done = self.container.exec_run(["bash", "-o", "pipefail", "-c", pipe])
            assert done.exit_code == 0, done.output
        return SmallCloud(self.describe(folder, schemas), self.server, schemas)

    def describe(self, folder: Path, databases: Mapping[str, Any]) -> Path:
        """Write a cloud.yaml for these databases, and the root password beside it."""
        secret = folder / "root.password"
        secret.touch(mode=0o600)
        secret.write_text(self.made.password, encoding="utf-8")
        document = {
            "server": {
                "host": self.address.host,
                "port": self.address.port,
                "user": "root",
                "password_file": secret.name,
                "from_steps": {"host": self.made.name, "network": self.made.name},
            },
            "databases": dict(databases),
            "jobs": 2,
        }
        file = folder / "cloud.yaml"
        file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
        return file

    def forget(self, cloud: SmallCloud) -> None:
        """Drop a copy, and what its runs left where a test failed."""
        # The lease of a runner that was killed: the next cloud of this server has run folders of its own, and does not know.
        self.server.execute(f"DROP DATABASE IF EXISTS {LEASE}")
        runs = cloud.runs.iterdir() if cloud.runs.is_dir() else ()
        for run in runs:
            remove_steps(self.client, run.name)
            remove_network(self.client, network_name(run.name))
            letters = run.name.rpartition("-")[2]
            for (user,) in self.server.rows("SELECT user FROM mysql.user WHERE user LIKE :run", run=rf"tam\_{letters}\_%"):
                drop_account(self.server, user)
        for schema in cloud.schemas.values():
            self.server.execute(f"DROP DATABASE IF EXISTS {quote(schema)}")


@contextmanager
def open_nursery(*options: str, projects: tuple[str, ...] = PROJECTS) -> Iterator[Nursery]:
    """Start a server and install the cloud that is copied; all of it is gone at the end. `options` are mariadbd's."""
    name = f"{LABEL}-test-{secrets.token_hex(4)}"
    with closing(connect(EngineSettings())) as client:
        try:
            made = start_server(client, IMAGE, name, labels={f"{LABEL}.test": name}, options=(*_OPTIONS, *options))
            # Its own address, because a published port may be taken by somebody else while the server is down.
            address = Server(host=address_of(client, name), user="root", password_file=os.devnull, from_steps=made.from_steps)
            await_server(address, made.password)
            with open_server(address, made.password) as server:
                nursery = Nursery(client, made, server, address)
                install(nursery, projects)
                _fill(nursery, projects)
                yield nursery
        finally:
            remove_server(client, name)


def address_of(client: docker.DockerClient, name: str) -> str:
    """The address of a container on the network that has its name."""
    return str(client.containers.get(name).attrs["NetworkSettings"]["Networks"][name]["IPAddress"])


def install(nursery: Nursery, projects: Iterable[str], release: str = START) -> None:
    """Make projects' databases by a release's own commands, in schemas that are named as in its guides."""
    names = tuple(projects)
    for schema in (schema for project in names for schema in SCHEMAS[project]):
        nursery.server.execute(f"CREATE DATABASE {quote(schema)} CHARACTER SET utf8mb3")
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(lambda lane: _install(lane, nursery, release), (lane for lane in LANES if lane.project in names)))


def _fill(nursery: Nursery, projects: Iterable[str]) -> None:
    password_hash, roles = "", {}
    if "keystone" in projects:
        password_hash = nursery.server.scalar("SELECT password_hash FROM keystone.password")
        roles = dict(nursery.server.rows("SELECT name, id FROM keystone.role"))
    installed = Installed(password_hash=password_hash, roles=roles, default_volume_type="", cells={})
    for project in projects:
        for batch in SEEDS[project](SIZE, installed):
            put(nursery.server, batch)


def _install(lane: Lane, nursery: Nursery, release: str) -> None:
    """Run a lane's commands as the demo does, as root: nothing in a copy remembers the account."""
    made = nursery.made
    urls = {schema: f"mysql+pymysql://root:{made.password}@{made.name}/{schema}" for schema in SCHEMAS[lane.project]}
    written = {name: text.format(etc=ETC, secret="bus", **urls).encode() for name, text in lane.files.items()}
    # Any 32 bytes do for a key that encrypts nothing which is read again.
    files = {**written, "0": b"A" * 43 + b"=", "1": b"B" * 43 + b"=", BOOTSTRAP_PASSWORD: b"bootstrap"}
    shot = OneShot(
        image=resolve(nursery.client, release),
        argv=(),
        network=made.name,
        labels={f"{LABEL}.test": made.name},
        files=files,
    )
    engine = DockerEngine(EngineSettings())
    for command in lane.commands:
        container = engine.start(replace(shot, argv=tuple(word.replace("{etc}", ETC) for word in command)))
        try:
            ended = engine.wait(container)
        finally:
            engine.remove(container)
        assert ended.exit_code == 0, ended.log.decode(errors="replace")
    if lane.then:
        _install(lane.then, nursery, release)
