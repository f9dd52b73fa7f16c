"""A take or a proof that is interrupted, or killed: nothing is left that could be mistaken for a snapshot."""

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from docker.models.containers import Container

from runner.containers.engine import LABEL
from runner.errors import SnapshotBusy
from runner.snapshots.hold import change_shelf, change_snapshot
from runner.snapshots.shelf import Place
from tests.support.production import Production
from tests.support.proven import folders
from tests.support.thing import ended, started, thing

pytestmark = pytest.mark.engine


def await_that(what: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_streaming(cloud: Path) -> bool:
    return any(path.stat().st_size > 0 for path in (cloud.parent / "snapshots").glob("*/stream.zst"))


def is_unpacking(cloud: Path) -> bool:
    return any((cloud.parent / "snapshots").glob("*/data/ibdata1"))


def packing(production: Production, folder: Path) -> Path:
    """The cloud.yaml of a cloud whose snapshots' streams are stored."""
    return production.describe(folder, container=production.made.name, packed=True)


def unpackers(production: Production, cloud: Path) -> list[Container]:
    """What unpacks the stream while it is stored."""
    found = production.client.containers.list(filters={"label": LABEL}, ignore_removed=True)
    return [one for one in found if "untap" in (one.attrs["Config"]["Cmd"] or ()) and str(cloud.parent) in str(one.labels)]


def states(cloud: Path) -> list[str]:
    return [one["state"] for one in json.loads(thing(cloud, "snapshot", "list", "--json").out)]


@pytest.mark.parametrize("moment", [is_streaming, is_unpacking])
def test_an_interrupted_take_leaves_nothing(production: Production, tmp_path: Path, moment: Callable[[Path], bool]) -> None:
    cloud = (packing if moment is is_streaming else Production.describe)(production, tmp_path)
    with started(cloud, "snapshot", "take") as process:
        await_that(lambda: moment(cloud))
        os.kill(process.pid, signal.SIGINT)
        done = ended(process)
    assert done.code == 130, done.err
    assert folders(cloud) == []
    assert production.left(tmp_path) == []


def test_an_interrupt_while_the_proof_has_begun_beside_the_take_leaves_no_half_of_it(
    production: Production, tmp_path: Path
) -> None:
    cloud = packing(production, tmp_path)
    with started(cloud, "snapshot", "take") as process:
        await_that(lambda: is_unpacking(cloud))
        os.kill(process.pid, signal.SIGINT)
        done = ended(process)
    assert done.code == 130, done.err
    # Where the fingerprint had been read by then, it is taken.
    assert states(cloud) in ([], ["taken"])
    assert not is_unpacking(cloud)
    assert production.left(tmp_path) == []


@pytest.mark.parametrize("accident", ["remove", pytest.param("pause", marks=pytest.mark.soak)])
def test_what_cannot_be_unpacked_while_it_is_stored_is_unpacked_afterwards(
    production: Production, tmp_path: Path, accident: str
) -> None:
    cloud = packing(production, tmp_path)
    with started(cloud, "snapshot", "take") as process:
        await_that(lambda: unpackers(production, cloud))
        for one in unpackers(production, cloud):
            one.remove(force=True) if accident == "remove" else one.pause()
        done = ended(process)
    assert done.code == 0, done.err
    (folder,) = folders(cloud)
    assert states(cloud) == ["proven"]
    assert not (folder / ".tap").exists()
    assert production.left(tmp_path) == []


@pytest.mark.parametrize("moment", [is_streaming, is_unpacking])
def test_what_a_killed_take_left_is_told_and_removed_by_the_next(
    production: Production, tmp_path: Path, moment: Callable[[Path], bool]
) -> None:
    cloud = (packing if moment is is_streaming else Production.describe)(production, tmp_path)
    with started(cloud, "snapshot", "take") as process:
        await_that(lambda: moment(cloud))
        process.kill()
        assert ended(process).code == -signal.SIGKILL
    (left,) = folders(cloud)
    assert states(cloud) == ["unfinished"]
    done = thing(cloud, "snapshot", "take", "--only-take")
    assert done.code == 0, done.err
    assert f"removed {left.name}" in done.err
    (kept,) = folders(cloud)
    assert kept != left
    assert states(cloud) == ["taken"]
    assert production.left(tmp_path) == []


@pytest.mark.soak
def test_what_a_killed_take_left_can_be_dropped(production: Production, tmp_path: Path) -> None:
    cloud = packing(production, tmp_path)
    with started(cloud, "snapshot", "take") as process:
        await_that(lambda: is_streaming(cloud))
        process.kill()
        ended(process)
    (left,) = folders(cloud)
    assert thing(cloud, "snapshot", "drop", left.name).code == 0
    assert folders(cloud) == []
    assert production.left(tmp_path) == []


@pytest.mark.parametrize("signal_sent", [signal.SIGINT, signal.SIGKILL])
def test_files_whose_proof_was_ended_are_no_snapshot(
    production: Production, tmp_path: Path, signal_sent: signal.Signals
) -> None:
    cloud = production.describe(tmp_path)
    with started(cloud, "snapshot", "take") as process:
        await_that(lambda: any((cloud.parent / "snapshots").glob("*/clones/*")))
        os.kill(process.pid, signal_sent)
        ended(process)
    assert states(cloud) == ([] if signal_sent is signal.SIGINT else ["unfinished"])
    done = thing(cloud, "snapshot", "take")
    assert done.code == 0, done.err
    assert states(cloud) == ["proven"]
    assert production.left(tmp_path) == []


@pytest.mark.parametrize("moment", ["unpacked", "cloned", "cloned from files"])
def test_a_killed_proof_can_be_done_again(production: Production, tmp_path: Path, moment: str) -> None:
    cloud = (Production.describe if moment == "cloned from files" else packing)(production, tmp_path)
    assert thing(cloud, "snapshot", "take", "--only-take").code == 0
    (folder,) = folders(cloud)
    reached = (folder / "data" / "ibdata1").exists if moment == "unpacked" else lambda: any((folder / "clones").glob("*"))
    with started(cloud, "snapshot", "prove") as process:
        await_that(reached)
        process.kill()
        ended(process)
    assert states(cloud) == ["taken"]
    done = thing(cloud, "snapshot", "prove")
    assert done.code == 0, done.err
    assert states(cloud) == ["proven"]
    assert production.left(tmp_path) == []
    clones = production.client.volumes.list(filters={"label": f"{LABEL}=clone"})
    assert [volume.name for volume in clones if str(tmp_path) in str(volume.attrs)] == []


def test_what_somebody_works_with_is_left_alone(production: Production, tmp_path: Path) -> None:
    cloud = production.describe(tmp_path)
    assert thing(cloud, "snapshot", "take", "--only-take").code == 0
    (folder,) = folders(cloud)
    with change_snapshot(Place(folder)):
        thing(cloud, "snapshot", "drop", folder.name).refused(SnapshotBusy, f"held by process {os.getpid()}")
        thing(cloud, "snapshot", "prove").refused(SnapshotBusy, folder.name)
        assert json.loads(thing(cloud, "snapshot", "list", "--json").out)[0]["held"] is True
    with change_shelf(folder.parent):
        thing(cloud, "snapshot", "take").refused(SnapshotBusy, "snapshots is held by process")
    assert states(cloud) == ["taken"]
