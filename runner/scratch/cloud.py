"""Put up a new cloud: empty schemas, service accounts, and the release's own first-install commands."""

import base64
import os
import secrets
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from runner.containers.engine import ETC, Engine, OneShot
from runner.containers.last_words import last_words
from runner.errors import Aftermath, StepFailed
from runner.mariadb.accounts import create_account
from runner.mariadb.connection import DatabaseServer, quote
from runner.scratch.first_install import BOOTSTRAP_PASSWORD, KNOWN, Installation, Lane


@dataclass(frozen=True, kw_only=True)
class Ground:
    """Where a cloud is put up.

    `image` is its release's, `apart` those of projects that have their own. `db_host` is the server's name on `network`, which
    nova stores in its cell mappings. Everything made gets `labels`.
    """

    engine: Engine
    server: DatabaseServer
    image: str
    network: str
    db_host: str
    labels: Mapping[str, str]
    apart: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class NewCloud:
    """What only its operator knows of a new cloud: passwords of the services and the admin, and keystone's keys."""

    passwords: Mapping[str, str] = field(repr=False)
    admin_password: str = field(repr=False)
    keys: Mapping[str, bytes] = field(repr=False)


def create_cloud(
    ground: Ground,
    installations: Mapping[str, Installation] = KNOWN,
    *,
    bare: Collection[str] = (),
    jobs: int | None = None,
) -> NewCloud:
    """Create an empty cloud with real commands, `jobs` of them at a time (default: as many as there are cores).

    `installations` is keyed by project; of those in `bare` there is nothing but schemas and accounts.

    Raises:
        QueryFailed: a schema exists already, or our account may not create one.
        StepFailed: a command failed; nothing but the new cloud's own databases was touched.
        EngineRefused, EngineMissing
    """
    cloud = NewCloud(
        passwords={project: secrets.token_hex(16) for project in installations},
        admin_password=secrets.token_hex(16),
        keys={name: base64.urlsafe_b64encode(secrets.token_bytes(32)) for name in ("0", "1")},
    )
    for project, installation in installations.items():
        schemas = tuple(installation.schemas.values())
        for schema in schemas:
            ground.server.execute(f"CREATE DATABASE {quote(schema)} CHARACTER SET utf8mb3")
        create_account(ground.server, project, cloud.passwords[project], schemas)
    lanes = [lane for project, one in installations.items() if project not in bare for lane in one.lanes]
    urls = {
        project: dict.fromkeys(one.without, "")
        | {
            name: f"mysql+pymysql://{project}:{cloud.passwords[project]}@{ground.db_host}/{schema}"
            for name, schema in one.schemas.items()
        }
        for project, one in installations.items()
    }
    with ThreadPoolExecutor(max_workers=jobs or os.cpu_count()) as pool:
        list(pool.map(lambda lane: _install(lane, cloud, ground, urls[lane.project]), lanes))
    return cloud


def _install(lane: Lane, cloud: NewCloud, ground: Ground, urls: Mapping[str, str]) -> None:
    """Run a lane's commands one after another."""
    files = _files(lane, cloud, urls)
    for command in lane.commands:
        shot = OneShot(
            image=ground.apart.get(lane.project, ground.image),
            argv=tuple(word.replace("{etc}", ETC) for word in command),
            network=ground.network,
            labels=ground.labels,
            files=files,
            environment={name: value.replace("{etc}", ETC) for name, value in lane.environment.items()},
        )
        _run(shot, lane, ground.engine, (*cloud.passwords.values(), cloud.admin_password))
    if lane.then:
        _install(lane.then, cloud, ground, urls)


def _run(shot: OneShot, lane: Lane, engine: Engine, hidden: tuple[str, ...]) -> None:
    container = engine.start(shot)
    try:
        ended = engine.wait(container)
    finally:
        engine.remove(container)
    if ended.exit_code != 0:
        words = last_words(ended.log, secrets=hidden)
        raise StepFailed(
            f"installing a new cloud: {lane.name} ended with exit code {ended.exit_code}: {words}",
            hint="the image cannot install its own release: `thing-a-me images verify` asks it",
            aftermath=Aftermath.UNTOUCHED,
        )


def _files(lane: Lane, cloud: NewCloud, urls: Mapping[str, str]) -> dict[str, bytes]:
    """Write the lane's configuration, and what keystone's bootstrap needs besides."""
    given = {**urls, "etc": ETC, "secret": cloud.passwords[lane.project]}
    files = {name: template.format_map(given).encode() for name, template in lane.files.items()}
    if lane.project == "keystone":
        # Keystone takes every file whose name is a number for a key, and leaves the others alone.
        files |= {**cloud.keys, BOOTSTRAP_PASSWORD: cloud.admin_password.encode()}
    return files
