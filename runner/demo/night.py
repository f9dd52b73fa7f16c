"""A demo's stage: a throw-away server with a filled 2023.1 cloud, and the cloud.yaml that describes it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from runner.containers.claims import remove_left_clones
from runner.containers.client import connect, engine_errors
from runner.containers.engine import LABEL
from runner.containers.network import network_name, remove_network, remove_steps
from runner.containers.release_image import ensure_mariadb_image, resolve
from runner.containers.throwaway import Throwaway, remove_server, start_server
from runner.demo.live import remove_live
from runner.demo.seed import fill
from runner.events import Note, Tell, silent
from runner.flows.images import Workshop, build
from runner.flows.snapshot import drop_snapshot, open_cupboard
from runner.journal.runs import list_runs
from runner.mariadb.connection import open_server
from runner.scratch.cloud import NewCloud
from runner.scratch.first_install import DATABASES
from runner.scratch.stand import CLOUD, OPTIONS, address_of, describe, install, write_secret
from runner.settings import EngineSettings
from runner.snapshots.shelf import list_places

START, TARGET = "2023.1", "2026.1"
STOPS = ("2023.1", "2024.1", "2025.1", "2026.1")
SERVER = f"{LABEL}-demo-server"
DEMO_LABEL = f"{LABEL}.demo"
USER_PASSWORD = "user.password"  # noqa: S105  # a file's name


@dataclass(frozen=True)
class Stage:
    """A cloud that is up: its cloud.yaml, its server, and what only its operator knows."""

    cloud: Path
    server: Throwaway
    secrets: NewCloud = field(repr=False)


@contextmanager
def demo_cloud(workshop: Workshop, folder: Path, *, jobs: int, keep: bool, tell: Tell) -> Iterator[Stage]:
    """Build what is missing and put the demo's cloud up; the server is gone at the end unless kept.

    Raises:
        the 20s and 30s of `errors`: no engine, or an image cannot be built.
        StepFailed: a first-install command failed.
    """
    build(workshop, STOPS, jobs)
    clean(workshop.site.engine, folder)
    tell(Note(about="demo", text=f"putting up a cloud at {START}: seven projects, two cells, its own MariaDB"))
    with stage(workshop, SERVER, folder, jobs=jobs, keep=keep, tell=tell) as made:
        yield made


@contextmanager
def stage(
    workshop: Workshop, name: str, folder: Path, *, jobs: int, keep: bool = False, tell: Tell = silent
) -> Iterator[Stage]:
    """Start a server called `name`, make and fill a 2023.1 cloud on it, and describe it in `folder`.

    Raises:
        ImageMissing: 2023.1's image is not here.
        StepFailed: a first-install command failed.
    """
    engine = workshop.site.engine
    client = connect(engine)
    server_image = ensure_mariadb_image(client, workshop.site, tell)
    remove_server(client, name)
    try:
        made = start_server(client, server_image, name, labels={DEMO_LABEL: name}, options=OPTIONS)
        login = {"user": "user-01", "project": "team-01", "password_file": USER_PASSWORD}
        cloud = describe(
            folder,
            made,
            engine,
            databases=DATABASES,
            snapshots={"container": made.name},
            read_back={"keystone": login},
        )
        put_up = install(client, made, resolve(client, START), engine, labels={DEMO_LABEL: name}, jobs=jobs)
        with open_server(address_of(made), made.password) as server:
            fill(server)
        # Everybody in this cloud has the same password.
        write_secret(folder / USER_PASSWORD, put_up.admin_password)
        yield Stage(cloud, made, put_up)
    finally:
        if not keep:
            remove_server(client, name)


def clean(engine: EngineSettings, folder: Path) -> None:
    """Remove everything that a demo made: server, containers, networks, folder. Images stay: they are for every run."""
    client = connect(engine)
    remove_live(client, {DEMO_LABEL: SERVER})
    with engine_errors("cleaning up after the demo"):
        for container in client.containers.list(all=True, ignore_removed=True, filters={"label": f"{DEMO_LABEL}={SERVER}"}):
            container.remove(force=True, v=True)
    for run in (*(found.name for found in list_runs(folder / "runs")), f"{SERVER}-setup"):
        remove_steps(client, run)
        remove_network(client, network_name(run))
    remove_left_clones(client)
    remove_server(client, SERVER)
    _drop_snapshots(folder / CLOUD)
    shutil.rmtree(folder, ignore_errors=True)


def _drop_snapshots(cloud: Path) -> None:
    """Drop what lies on the shelf: a snapshot's files belong to the server's user, and only the engine can remove them."""
    if cloud.is_file() and (cloud.parent / "snapshots").is_dir():
        cupboard = open_cupboard(cloud, tell=silent)
        for place in list_places(cupboard.cloud.snapshots):
            drop_snapshot(cupboard, place.id)
