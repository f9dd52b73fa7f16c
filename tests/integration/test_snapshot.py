"""Snapshots of a real server: taken while it is written to, proven, listed, dropped."""

import json
import shlex
import subprocess
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from runner.errors import SnapshotBroken, SnapshotForeign, SnapshotLocked, SnapshotMissing, SnapshotNotProved
from runner.events import silent
from runner.flows.snapshot import open_cupboard, take_snapshot
from runner.flows.world import open_world
from runner.planning.snapshot import Rung, SnapshotManifest
from runner.snapshots.shelf import Place, State, write_last
from tests.support.damage_acts import flip_bit
from tests.support.mariadb import IMAGE
from tests.support.production import SCHEMA, Production
from tests.support.proven import folders
from tests.support.seals import seal_rehearsal
from tests.support.thing import thing

pytestmark = pytest.mark.engine
BESIDE = [Rung.TAKEN, Rung.PREPARED, Rung.RESTORED, Rung.STARTED, Rung.HASHED, Rung.COMPARED]
"""The ladder where files are hashed while they are compared."""


def manifest_of(folder: Path) -> SnapshotManifest:
    return SnapshotManifest.model_validate_json((folder / "snapshot.json").read_text())


@pytest.fixture(scope="module")
def packed(production: Production, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud.yaml of a cloud that has one proven snapshot, whose stream is stored."""
    cloud = production.describe(tmp_path_factory.mktemp("packed"), container=production.made.name, packed=True)
    done = thing(cloud, "snapshot", "take")
    assert done.code == 0, done.err
    assert " stored, " in done.out
    return cloud


def test_a_snapshot_climbs_every_rung_and_compares_every_table(proven: Path, production: Production) -> None:
    (folder,) = folders(proven)
    manifest = manifest_of(folder)
    assert [climbed.rung for climbed in manifest.rungs] == BESIDE
    assert manifest.comparison.is_equal
    assert manifest.comparison.tables == 3
    assert manifest.taken.gtid.startswith("0-7-")
    assert manifest.taken.schemas == (SCHEMA,)
    assert {"ibdata1", f"{SCHEMA}/big.ibd"} <= {file.name for file in manifest.data}
    assert not manifest.taken.is_packed
    assert {path.name for path in folder.iterdir()} == {".lock", "data", "production.json", "snapshot.json", "taken.json"}
    assert production.left(proven.parent) == []


def test_one_whose_stream_is_stored_climbs_the_same_ladder(packed: Path, production: Production) -> None:
    (folder,) = folders(packed)
    manifest = manifest_of(folder)
    assert [climbed.rung for climbed in manifest.rungs] == list(Rung)
    assert (folder / "stream.zst").stat().st_size < manifest.taken.stored_bytes < manifest.data_bytes
    assert production.left(packed.parent) == []


def test_it_is_listed_with_its_size_and_how_far_it_came(proven: Path) -> None:
    (listed,) = json.loads(thing(proven, "snapshot", "list", "--json").out)
    assert (listed["state"], listed["method"], listed["held"], listed["tables"]) == ("proven", "physical", False, 3)
    assert 0 < listed["stored_bytes"] < listed["data_bytes"]
    assert not listed["packed"]
    assert listed["rungs"][-1] == "compared"
    assert "proven" in thing(proven, "snapshot", "list").out


def backup_of(production: Production) -> str:
    """A shell's command that prints mariadb-backup's stream."""
    script = (
        "mariadb-backup --backup --stream=mbstream --user=root --password=$(cat /run/thing-a-me/root-password)"
        " --target-dir=/tmp/backup"
    )
    return f"docker exec {production.made.name} sh -c {shlex.quote(script)}"


@pytest.mark.soak
def test_progress_is_told_in_bytes(production: Production, tmp_path: Path) -> None:
    # A stream that pauses after it began: progress is told where there is time to tell it.
    pausing = f"{{ {backup_of(production)}; }} | {{ head -c 100000; sleep 3; cat; }}"
    done = thing(production.describe(tmp_path, command=["sh", "-c", pausing]), "snapshot", "take", "--json")
    events = [json.loads(line) for line in done.err.splitlines()]
    assert done.code == 0, done.err
    assert {event["rung"] for event in events if event.get("event") == "rung-reached"} == set(Rung)
    assert any(event["bytes_done"] > 0 for event in events if event.get("event") == "snapshot-progress")
    assert json.loads(done.out)["comparison"]["compared"] == 3


def test_a_server_that_is_written_to_is_proven_at_the_snapshots_own_point(production: Production, tmp_path: Path) -> None:
    server, ended = production.server.at(SCHEMA), threading.Event()
    written = []

    def write(start: int) -> None:
        while not ended.is_set():
            server.execute("UPDATE big SET a = SHA1(RAND()) WHERE id BETWEEN :start AND :start + 50", start=start)
            server.execute("INSERT INTO big (a, b) VALUES (SHA1(RAND()), 'more')")
            written.append(start)

    writers = [threading.Thread(target=write, args=(start,)) for start in (100, 5000)]
    for writer in writers:
        writer.start()
    try:
        done = thing(production.describe(tmp_path), "snapshot", "take")
    finally:
        ended.set()
        for writer in writers:
            writer.join()
    assert done.code == 0, done.err
    assert "3/3 tables compared, 0 skipped, 0 differences" in done.out
    assert len(written) > 20


class LeavingError(Exception):
    """What a window raises where it is to be turned back."""


# docker-py leaves a socket open where a stream is not heard to its end.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("packed", [False, True])
def test_whoever_takes_one_may_be_told_to_leave_at_any_moment(production: Production, tmp_path: Path, packed: bool) -> None:
    file, asked = production.describe(tmp_path, container=production.made.name, packed=packed), Counter[str]()

    def take(leave_at: int | None = None) -> Place:
        def go_on() -> None:
            asked["times"] += 1
            if asked["times"] == leave_at:
                raise LeavingError

        asked.clear()
        with open_world(file) as world:
            cupboard = open_cupboard(file, tell=silent)
            heeding = replace(cupboard, bench=replace(cupboard.bench, go_on=go_on))
            return take_snapshot(world, heeding, only_take=False, tell=silent)

    assert take().state is State.PROVEN
    times = asked["times"]
    assert times > 10
    # How often it is asked differs: some of it comes by the clock.
    for leave_at in (1, times // 2, times * 3 // 4):
        before = folders(file)
        with pytest.raises(LeavingError):
            take(leave_at)
        assert production.left(tmp_path) == []
        left = set(folders(file)) - set(before)
        # A stream that was stored by then is taken.
        assert all(packed and Place(folder).state is State.TAKEN for folder in left)
    assert take().state is State.PROVEN


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_only_taken_is_no_snapshot_until_it_is_proven(production: Production, tmp_path: Path, packed: bool) -> None:
    cloud = production.describe(tmp_path, container=production.made.name, packed=packed)
    assert "taken, not proven" in thing(cloud, "snapshot", "take", "--only-take").out
    (folder,) = folders(cloud)
    assert not (folder / "snapshot.json").exists()
    assert (folder / "data").exists() is not packed
    assert (folder / "stream.zst").exists() is packed
    assert json.loads(thing(cloud, "snapshot", "list", "--json").out)[0]["rungs"] == ["taken"]
    done = thing(cloud, "snapshot", "prove", folder.name[-4:])
    assert done.code == 0, done.err
    assert manifest_of(folder).comparison.is_equal


def test_the_newest_are_kept_and_the_others_dropped(production: Production, tmp_path: Path) -> None:
    cloud = production.describe(tmp_path)
    for _ in range(2):
        assert thing(cloud, "snapshot", "take", "--keep", "1", "-q").code == 0
    (kept,) = folders(cloud)
    assert thing(cloud, "snapshot", "drop", kept.name).out == f"{kept.name}: dropped\n"
    assert folders(cloud) == []
    thing(cloud, "snapshot", "drop", kept.name).refused(SnapshotMissing, "no snapshot is called")


def test_what_was_rehearsed_last_outlasts_the_windows_that_were_turned_back(production: Production, tmp_path: Path) -> None:
    cloud = production.describe(tmp_path)
    assert thing(cloud, "snapshot", "take", "--keep", "1", "-q").code == 0
    (rehearsed,) = folders(cloud)
    seal_rehearsal(cloud.parent / "runs", rehearsed.name)
    for _ in range(2):
        assert thing(cloud, "snapshot", "take", "--keep", "1", "-q").code == 0
    kept = folders(cloud)
    assert rehearsed in kept
    assert len(kept) == 2


def test_an_operators_command_may_write_the_stream(production: Production, tmp_path: Path) -> None:
    cloud = production.describe(tmp_path, command=["sh", "-c", backup_of(production)])
    done = thing(cloud, "snapshot", "take")
    assert done.code == 0, done.err
    assert "3/3 tables compared" in done.out


@pytest.mark.parametrize("before", ["", "{backup} | head -c 3000000;"])
@pytest.mark.parametrize("packed", [False, True])
def test_a_command_that_fails_is_told_in_its_own_words(
    production: Production, tmp_path: Path, packed: bool, before: str
) -> None:
    said = f"{before.format(backup=backup_of(production))} echo 'ssh: connect to host db1: error 113' >&2; exit 255"
    cloud = production.describe(tmp_path, command=["sh", "-c", said], packed=packed)
    done = thing(cloud, "snapshot", "take")
    assert done.code == 103, done.err
    assert "ssh: connect to host db1" in done.err
    assert folders(cloud) == []


# -- encrypted ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    for name in ("right", "wrong"):
        made = subprocess.run(["docker", "run", "--rm", "--entrypoint", "age-keygen", IMAGE], capture_output=True, check=True)
        (folder / name).write_bytes(made.stdout)
    return {name: folder / name for name in ("right", "wrong")}


def test_an_encrypted_snapshot_opens_to_its_identity_only(
    production: Production, tmp_path: Path, keys: dict[str, Path]
) -> None:
    public = next(line.split()[-1] for line in keys["right"].read_text().splitlines() if "public key" in line)
    common = {"container": production.made.name, "encrypt_to": public}
    assert thing(production.describe(tmp_path, **common), "snapshot", "take", "--only-take").code == 0
    (folder,) = folders(tmp_path / "cloud.yaml")
    assert (folder / "stream.zst.age").read_bytes().startswith(b"age-encryption.org/v1")
    thing(tmp_path / "cloud.yaml", "snapshot", "prove").refused(SnapshotLocked, "names no snapshots.identity_file")
    cloud = production.describe(tmp_path, **common, identity_file=str(keys["wrong"]))
    thing(cloud, "snapshot", "prove").refused(SnapshotLocked, "no identity matched")
    cloud = production.describe(tmp_path, **common, identity_file=str(keys["right"]))
    done = thing(cloud, "snapshot", "prove")
    assert done.code == 0, done.err


def test_a_recipient_that_age_does_not_take_is_told(production: Production, tmp_path: Path) -> None:
    cloud = production.describe(tmp_path, container=production.made.name, encrypt_to="age1nobody")
    thing(cloud, "snapshot", "take").refused(SnapshotLocked, "malformed recipient")
    assert folders(cloud) == []


# -- what becomes of it later ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kept", ["proven", "packed"])
def test_a_proven_snapshot_can_be_proven_again(kept: str, request: pytest.FixtureRequest) -> None:
    cloud: Path = request.getfixturevalue(kept)
    (folder,) = folders(cloud)
    before = (folder / "snapshot.json").read_bytes()
    done = thing(cloud, "snapshot", "prove")
    assert done.code == 0, done.err
    assert (folder / "snapshot.json").read_bytes() == before


@pytest.mark.parametrize(
    ("kept", "name"),
    [("packed", "stream.zst"), ("packed", "data"), ("proven", "data"), ("proven", "production.json"), ("proven", "taken.json")],
)
def test_half_a_snapshot_is_none(kept: str, name: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    cloud: Path = request.getfixturevalue(kept)
    (folder,) = folders(cloud)
    (folder / name).rename(tmp_path / "aside")
    try:
        (listed,) = json.loads(thing(cloud, "snapshot", "list", "--json").out)
        assert listed["state"] == "broken"
        assert name in listed["fault"]
        thing(cloud, "snapshot", "prove").refused(SnapshotBroken, name)
    finally:
        (tmp_path / "aside").rename(folder / name)


def test_files_that_were_taken_are_what_they_were_or_are_named(production: Production, tmp_path: Path) -> None:
    cloud = production.describe(tmp_path)
    assert thing(cloud, "snapshot", "take", "--only-take").code == 0
    (folder,) = folders(cloud)
    data, aside = folder / "data", folder / "aside"
    data.rename(aside)
    thing(cloud, "snapshot", "prove").refused(SnapshotBroken, "half deleted: data is missing")
    aside.rename(data)
    flip_bit(data / SCHEMA / "big.ibd")
    (data / "stray").mkdir()
    thing(cloud, "snapshot", "prove").refused(SnapshotBroken, f"{SCHEMA}/big.ibd was changed", "stray was not there before")
    flip_bit(data / SCHEMA / "big.ibd")
    (data / "stray").rmdir()
    done = thing(cloud, "snapshot", "prove")
    assert done.code == 0, done.err
    assert [climbed.rung for climbed in manifest_of(folder).rungs] == list(Rung)


def test_a_snapshot_of_another_cloud_is_refused(proven: Path, tmp_path: Path) -> None:
    (folder,) = folders(proven)
    other = tmp_path / "cloud.yaml"
    text = proven.read_text().replace("keystone: keystone", "glance: glance")
    other.write_text(text.replace("snapshots:", f"snapshots:\n  folder: {folder.parent}", 1))
    thing(other, "snapshot", "prove").refused(SnapshotForeign, "of another cloud", "glance (glance)", "keystone (keystone)")


@pytest.mark.soak
def test_a_snapshot_of_a_newer_server_than_any_image_here_is_refused(production: Production, tmp_path: Path) -> None:
    cloud = production.describe(tmp_path)
    assert thing(cloud, "snapshot", "take", "--only-take").code == 0
    (folder,) = folders(cloud)
    place = Place(folder)
    taken = place.read_taken()
    lost = taken.origin.model_copy(update={"image": "sha256:" + "0" * 64})
    newer = lost.model_copy(update={"version": "12.1.2-MariaDB-log"})
    write_last(place.taken, taken.model_copy(update={"origin": newer}))
    thing(cloud, "snapshot", "prove").refused(SnapshotForeign, "and 12.1.2 is needed")
    write_last(place.taken, taken.model_copy(update={"origin": lost}))
    done = thing(cloud, "snapshot", "prove")
    assert done.code == 0, done.err


# -- a server that is reached by SQL only ------------------------------------------------------------------------------


def test_a_dump_is_loaded_and_compared_like_files(production: Production, tmp_path: Path) -> None:
    cloud = production.describe(tmp_path, method="logical")
    done = thing(cloud, "snapshot", "take", seconds=300)
    assert done.code == 0, done.err
    assert "3/3 tables compared, 0 skipped, 0 differences" in done.out
    (folder,) = folders(cloud)
    assert manifest_of(folder).taken.method == "logical"
    assert not (folder / "dump").exists()
    assert production.left(tmp_path) == []


@pytest.mark.soak
def test_what_a_dumper_loses_is_found_by_the_proof(production: Production, tmp_path: Path) -> None:
    server = production.server.at(SCHEMA)
    server.execute("CREATE TABLE exact (id INT PRIMARY KEY, value FLOAT) ENGINE=InnoDB")
    server.execute("INSERT INTO exact VALUES (1, 1.2345678)")
    try:
        done = thing(production.describe(tmp_path, method="logical"), "snapshot", "take", seconds=300)
    finally:
        server.execute("DROP TABLE exact")
    done.refused(SnapshotNotProved, f"values {SCHEMA}.exact")
    (folder,) = folders(tmp_path / "cloud.yaml")
    assert {path.name for path in folder.iterdir()} == {".lock", "production.json", "stream.zst", "taken.json"}
