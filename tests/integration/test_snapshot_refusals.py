"""What keeps a snapshot from being taken: disks, rights, the wrong container or image, a server that goes away."""

import io
import subprocess
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.containers.engine import LABEL
from runner.errors import (
    BadDocument,
    DiskFull,
    EngineMissing,
    ImageMissing,
    RightsMissing,
    SnapshotFolderUnfit,
    SnapshotForeign,
    SnapshotMissing,
)
from runner.events import silent
from runner.flows.snapshot import cupboard_of
from runner.flows.world import open_world
from runner.mariadb.snapshot_source import read_source
from runner.planning.snapshot import Origin
from runner.snapshots.physical import Neighbour, Physical, beside
from runner.snapshots.take import Subject, take
from tests.support.mariadb import IMAGE
from tests.support.production import SCHEMA, Production
from tests.support.thing import ended, started, thing

pytestmark = pytest.mark.engine


@contextmanager
def mounted(at: Path, options: str) -> Iterator[Path]:
    """A file system of its own, in memory."""
    at.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(at)], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", str(at)], check=True)


# -- folders -----------------------------------------------------------------------------------------------------------


def test_too_little_room_is_found_out_beforehand(production: Production, tmp_path: Path) -> None:
    with mounted(tmp_path / "snapshots", "size=300m") as shelf:
        done = thing(production.describe(tmp_path), "snapshot", "take")
        done.refused(DiskFull, "a snapshot needs up to", "are free")
        assert [path.name for path in shelf.iterdir()] == [".lock"]


@pytest.mark.parametrize("keeps_stream", [False, True])
def test_a_disk_that_fills_up_meanwhile_leaves_nothing(production: Production, tmp_path: Path, keeps_stream: bool) -> None:
    with mounted(tmp_path / "snapshots", "size=12m") as shelf, open_world(production.describe(tmp_path)) as world:
        bench = cupboard_of(world.cloud, tell=silent).bench
        source = read_source(world.server)
        container = production.container
        address = container.attrs["NetworkSettings"]["Networks"][production.made.name]["IPAddress"]
        image = container.attrs["Image"]
        neighbour = Neighbour(production.made.name, image, address, 3306, "root", production.made.password, tls=False)
        origin = Origin(identity="", version=source.facts.version, image=image, owner="0:0", options=())
        # Straight to the taking, past the question whether there is room.
        method = Physical(bench, source.size, beside(bench, neighbour), keeps_stream)
        with pytest.raises(DiskFull, match="no room left"):
            take(bench, shelf, method, Subject(world.server, origin, {"keystone": SCHEMA}, (SCHEMA,)))
        assert [path.name for path in shelf.iterdir()] == [".lock"]
    assert production.left(tmp_path) == []


def test_a_read_only_folder_is_told(production: Production, tmp_path: Path) -> None:
    with mounted(tmp_path / "snapshots", "ro,size=4g"):
        thing(production.describe(tmp_path), "snapshot", "take").refused(SnapshotFolderUnfit, "Read-only")


@pytest.mark.soak
def test_another_file_system_will_do(production: Production, tmp_path: Path) -> None:
    with mounted(tmp_path / "snapshots", "size=4g") as shelf:
        cloud = production.describe(tmp_path)
        done = thing(cloud, "snapshot", "take")
        assert done.code == 0, done.err
        (folder,) = (path for path in shelf.iterdir() if path.is_dir())
        assert thing(cloud, "snapshot", "drop", folder.name).code == 0


# -- rights ------------------------------------------------------------------------------------------------------------


def test_missing_rights_are_named_with_the_grants_that_give_them(production: Production, tmp_path: Path) -> None:
    server = production.server
    server.execute("CREATE OR REPLACE USER taker@'%' IDENTIFIED BY 'secret'")
    server.execute(f"GRANT SELECT ON {SCHEMA}.* TO taker@'%'")
    cloud = production.describe(tmp_path, user="taker", password="secret", container=production.made.name)
    done = thing(cloud, "snapshot", "take")
    done.refused(RightsMissing, "RELOAD, PROCESS, LOCK TABLES, BINLOG MONITOR on *.*", "SELECT on `mysql`.*", "TRIGGER")
    (hint,) = (line for line in done.err.splitlines() if line.startswith("hint:"))
    for grant in hint.partition("GRANT")[2].split("GRANT"):
        server.execute(f"GRANT {grant.strip().rstrip(';')}")
    done = thing(cloud, "snapshot", "take")
    assert done.code == 0, done.err


# -- container and image -----------------------------------------------------------------------------------------------


def test_a_container_that_is_not_there_is_named(production: Production, tmp_path: Path) -> None:
    cloud = production.describe(tmp_path, container="nobody-here")
    thing(cloud, "snapshot", "take").refused(SnapshotForeign, "there is no container nobody-here")


def test_a_container_of_another_server_is_refused(production: Production, tmp_path: Path) -> None:
    client = production.client
    other = client.containers.run(IMAGE, ["600"], entrypoint="sleep", detach=True, labels={f"{LABEL}.test": "take"})
    try:
        cloud = production.describe(tmp_path, container=other.name)
        thing(cloud, "snapshot", "take").refused(SnapshotForeign, "but the server of cloud.yaml runs on")
    finally:
        other.remove(force=True, v=True)


def test_an_image_of_another_version_is_refused(production: Production, tmp_path: Path) -> None:
    client = production.client
    script = b"#!/bin/sh\necho 'mariadbd  Ver 11.4.2-MariaDB for debian-linux-gnu'\n"
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        entry = tarfile.TarInfo("mariadbd")
        entry.size, entry.mode = len(script), 0o755
        archive.addfile(entry, io.BytesIO(script))
    container = client.containers.create(IMAGE, labels={f"{LABEL}.test": "take"})
    image = None
    try:
        container.put_archive("/usr/local/bin", packed.getvalue())
        image = container.commit("take-test", "other")
        cloud = production.describe(tmp_path, container=production.made.name, image="take-test:other")
        thing(cloud, "snapshot", "take").refused(SnapshotForeign, "holds MariaDB 11.4.2, and 10.")
    finally:
        container.remove(force=True, v=True)
        if image:
            client.images.remove("take-test:other")


def test_an_image_that_is_not_here_is_named(production: Production, tmp_path: Path) -> None:
    cloud = production.describe(tmp_path, container=production.made.name, image="nowhere/mariadb:1")
    thing(cloud, "snapshot", "take").refused(ImageMissing, "no image nowhere/mariadb:1")


def test_container_and_command_exclude_one_another(production: Production, tmp_path: Path) -> None:
    cloud = production.describe(tmp_path, container="a", command=["b"])
    thing(cloud, "snapshot", "take").refused(BadDocument, "container and command exclude one another")


def test_no_snapshot_and_no_engine_are_told(production: Production, tmp_path: Path) -> None:
    cloud = production.describe(tmp_path)
    thing(cloud, "snapshot", "prove").refused(SnapshotMissing, "there is no snapshot in")
    assert "there is no snapshot" in thing(cloud, "snapshot", "list").out
    cloud.write_text(cloud.read_text() + f"engine: {{url: 'unix://{tmp_path}/nobody.sock'}}\n")
    thing(cloud, "snapshot", "take").refused(EngineMissing, "nobody.sock")


# -- a server that goes away -------------------------------------------------------------------------------------------


def test_a_server_that_restarts_meanwhile_leaves_nothing_but_words(production: Production, tmp_path: Path) -> None:
    cloud = production.describe(tmp_path)
    with started(cloud, "snapshot", "take") as process:
        deadline = time.monotonic() + 60
        while not any(tmp_path.glob("snapshots/*/data/ibdata1")):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        production.container.kill()
        production.container.start()
        done = ended(process)
    assert done.code in (40, 46, 103), done.err[-900:]
    assert "untouched" in done.err
    assert [path.name for path in (tmp_path / "snapshots").iterdir()] == [".lock"]
    assert production.left(tmp_path) == []
