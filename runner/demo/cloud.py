"""Put up the demo cloud: empty schemas, service accounts, and the release's own first-install commands."""

import base64
import os
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from runner.containers.engine import ETC, Engine, OneShot
from runner.containers.last_words import last_words
from runner.demo.first_install import BOOTSTRAP_PASSWORD, LANES, SCHEMAS, Lane
from runner.errors import Aftermath, StepFailed
from runner.mariadb.accounts import create_account
from runner.mariadb.connection import DatabaseServer, quote


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where the demo cloud is put up.

    `db_host` is the server's name on `network`; nova stores it in its cell mappings. Everything made gets `labels`.
    """

    engine: Engine
    server: DatabaseServer
    image: str
    network: str
    db_host: str
    labels: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class DemoCloud:
    """What only its operator knows of the cloud: passwords of the services and the admin, and keystone's keys."""

    passwords: Mapping[str, str] = field(repr=False)
    admin_password: str = field(repr=False)
    keys: Mapping[str, bytes] = field(repr=False)


def create_cloud(ground: Ground, *, jobs: int | None = None) -> DemoCloud:
    """Create an empty cloud with real commands, `jobs` of them at a time (default: as many as there are cores).

    Raises:
        QueryFailed: a schema exists already, or our account may not create one.
        StepFailed: a command failed; only the demo's own databases were touched.
        EngineRefused, EngineMissing
    """
    cloud = DemoCloud(
        passwords={project: secrets.token_hex(16) for project in SCHEMAS},
        admin_password=secrets.token_hex(16),
        keys={name: base64.urlsafe_b64encode(secrets.token_bytes(32)) for name in ("0", "1")},
    )
    for project, schemas in SCHEMAS.items():
        for schema in schemas:
            ground.server.execute(f"CREATE DATABASE {quote(schema)} CHARACTER SET utf8mb3")
        create_account(ground.server, project, cloud.passwords[project], schemas)
    with ThreadPoolExecutor(max_workers=jobs or os.cpu_count()) as pool:
        list(pool.map(lambda lane: _install(lane, cloud, ground), LANES))
    return cloud


def _install(lane: Lane, cloud: DemoCloud, ground: Ground) -> None:
    """Run a lane's commands one after another."""
    files = _files(lane, cloud, ground.db_host)
    for command in lane.commands:
        shot = OneShot(
            image=ground.image,
            argv=tuple(word.replace("{etc}", ETC) for word in command),
            network=ground.network,
            labels=ground.labels,
            files=files,
        )
        _run(shot, lane, ground.engine, (*cloud.passwords.values(), cloud.admin_password))
    if lane.then:
        _install(lane.then, cloud, ground)


def _run(shot: OneShot, lane: Lane, engine: Engine, hidden: tuple[str, ...]) -> None:
    container = engine.start(shot)
    try:
        ended = engine.wait(container)
    finally:
        engine.remove(container)
    if ended.exit_code != 0:
        words = last_words(ended.log, secrets=hidden)
        raise StepFailed(
            f"installing the demo cloud: {lane.name} ended with exit code {ended.exit_code}: {words}",
            hint="`thing-a-me images verify` asks the image; `thing-a-me demo --clean` removes what was made",
            aftermath=Aftermath.UNTOUCHED,
        )


def _files(lane: Lane, cloud: DemoCloud, db_host: str) -> dict[str, bytes]:
    """Write the lane's configuration, and what keystone's bootstrap needs besides."""
    urls = {
        schema: f"mysql+pymysql://{project}:{cloud.passwords[project]}@{db_host}/{schema}"
        for project, schemas in SCHEMAS.items()
        for schema in schemas
    }
    text = lane.text.format(etc=ETC, secret=cloud.passwords[lane.project], **urls)
    files = {lane.file: text.encode()}
    if lane.project == "keystone":
        # Keystone takes every file whose name is a number for a key, and leaves the others alone.
        files |= {**cloud.keys, BOOTSTRAP_PASSWORD: cloud.admin_password.encode()}
    return files
