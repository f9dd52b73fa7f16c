"""Putting a snapshot back in place of the server that it was taken from: whatever was destroyed is there again, and proven."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from docker.types import Mount

from runner.errors import DiskFull, RestoreFailed, ServerInUse, SnapshotBroken, SnapshotForeign, SnapshotMissing
from runner.events import silent
from runner.flows.snapshot import cupboard_of
from runner.flows.world import read_cloud_file
from runner.mariadb.connection import open_server
from runner.mariadb.patience import await_server
from runner.mariadb.session import open_session
from runner.planning.comparison import compare
from runner.planning.fingerprint import ServerPrint
from runner.snapshots.restore import RESTORE_LABEL
from runner.snapshots.restore_physical import InPlace, in_place
from runner.snapshots.seat import Left, copy_beside, go_back, swap
from tests.support.damage_acts import flip_bit
from tests.support.prints import printed
from tests.support.production import SCHEMA, Production, open_production
from tests.support.thing import Done, thing

pytestmark = pytest.mark.engine
RESTORE = ("snapshot", "restore", "--yes")
ASIDE = ".thing-a-me-"


def snapshot_of(cloud: Path) -> Path:
    return next(path for path in (cloud.parent / "snapshots").glob("*") if path.is_dir())


def share_shelf(cloud: Path, folder: Path) -> None:
    """Give another cloud.yaml the same snapshots."""
    (folder / "snapshots").symlink_to(cloud.parent / "snapshots")


def seat_of(production: Production, cloud: Path) -> InPlace:
    """The server as a restore has it before it."""
    cupboard = cupboard_of(read_cloud_file(cloud)[0], tell=silent)
    place = cupboard.find(None)
    return in_place(cupboard.bench, place, place.read_manifest().taken, production.made.name, production.address)


def inside(production: Production, *command: str) -> str:
    return str(production.container.exec_run(list(command)).output.decode())


def leftovers(production: Production) -> list[str]:
    """What a restore has left: folders in the data directory, and containers."""
    at_work = production.client.containers.list(all=True, ignore_removed=True, filters={"label": RESTORE_LABEL})
    volume = production.container.attrs["Mounts"][0]["Name"]
    folders = [name for name in inside(production, "ls", "-A", "/var/lib/mysql").split() if name.startswith(ASIDE)]
    return folders + [one.name for one in at_work if one.labels[RESTORE_LABEL] == volume]


def is_as_before(production: Production, before: ServerPrint) -> None:
    assert compare(before, printed(production.server, SCHEMA), restarted=True).is_equal
    assert leftovers(production) == []


def destroy_ibdata(production: Production) -> None:
    """Make the system tablespace one that no server starts on."""
    production.container.stop()
    name = production.made.name
    image = production.container.attrs["Image"]
    command = ["dd", "if=/dev/zero", "of=/var/lib/mysql/ibdata1", "bs=1M", "count=4"]
    production.client.containers.run(image, command[1:], entrypoint=command[0], volumes_from=[name], remove=True)
    production.container.start()
    production.container.wait(timeout=60)


def drop_everything(production: Production) -> None:
    production.server.execute(f"DROP DATABASE {SCHEMA}")
    production.server.execute("DROP USER service@'%'")


def alter(production: Production) -> None:
    server = production.server.at(SCHEMA)
    server.execute("DROP TABLE small")
    server.execute("ALTER TABLE big ADD COLUMN e INT, DROP COLUMN c")
    server.execute("UPDATE big SET a = 'other' WHERE id = 77")
    server.execute("CREATE TABLE more (id INT PRIMARY KEY)")


def stop_it(production: Production) -> None:
    production.server.at(SCHEMA).execute("DELETE FROM big WHERE id > 1000")
    production.container.stop()


DESTRUCTION: dict[str, Callable[[Production], object]] = {
    "altered": alter,
    "dropped": drop_everything,
    "down": stop_it,
    "unable to start": destroy_ibdata,
}


@pytest.mark.parametrize("how", DESTRUCTION)
def test_what_was_destroyed_is_there_again(production: Production, proven: Path, before: ServerPrint, how: str) -> None:
    DESTRUCTION[how](production)
    done = thing(proven, *RESTORE)
    assert done.code == 0, done.err
    assert "put back, and proven: 3/3 tables compared, 0 skipped, 0 differences" in done.out
    is_as_before(production, before)


def test_it_is_on_record_with_the_seconds_of_its_phases(production: Production, proven: Path) -> None:
    done = thing(proven, *RESTORE, "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert list(told["seconds"]) == ["look", "copy", "swap", "start", "compare", "tidy up"]
    assert all(seconds > 0 for seconds in told["seconds"].values())
    report = json.loads(thing(proven, "report", Path(told["run"]).name, "--json").out)
    assert (report["flow"], report["outcome"], report["snapshot"]) == ("restore", "proved", snapshot_of(proven).name)


@pytest.mark.soak
def test_the_old_data_stay_where_that_is_wanted_and_a_snapshot_can_be_taken_beside_them(
    production: Production, proven: Path, tmp_path: Path
) -> None:
    production.server.at(SCHEMA).execute("CREATE TABLE old_one (id INT PRIMARY KEY)")
    done = thing(proven, *RESTORE, "--keep-old")
    assert done.code == 0, done.err
    kept = done.out.strip().rpartition(" ")[2]
    assert "old_one.ibd" in inside(production, "ls", f"{kept}/{SCHEMA}")
    taken = thing(production.describe(tmp_path), "snapshot", "take")
    assert taken.code == 0, taken.err
    inside(production, "rm", "-r", str(Path(kept).parent))


@pytest.mark.soak
def test_the_engines_restart_policy_is_what_it_was(production: Production, proven: Path) -> None:
    production.container.update(restart_policy={"Name": "always"})
    try:
        assert thing(proven, *RESTORE).code == 0
        assert production.container.attrs["HostConfig"]["RestartPolicy"]["Name"] == "always"
    finally:
        production.container.update(restart_policy={"Name": "no"})


# -- what goes wrong after the swap ------------------------------------------------------------------------------------


@pytest.mark.soak
def test_where_the_server_does_not_take_us_afterwards_the_old_data_are_in_place_again(
    production: Production, proven: Path, tmp_path: Path
) -> None:
    share_shelf(proven, tmp_path)
    production.server.execute("CREATE USER later@'%' IDENTIFIED BY 'later'")
    production.server.execute("GRANT ALL ON *.* TO later@'%' WITH GRANT OPTION")
    other = production.describe(tmp_path, user="later", password="later", container=production.made.name)
    done = thing(other, *RESTORE)
    done.refused(RestoreFailed, "does not take our account", "the data that were there before are in place again")
    assert production.server.scalar("SELECT COUNT(*) FROM mysql.user WHERE user = 'later'") == 1
    assert leftovers(production) == []
    production.server.execute("DROP USER later@'%'")


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.fixture
def untouched(production: Production, proven: Path) -> Iterator[None]:
    """Demand that the server was neither stopped nor changed."""

    def seen() -> tuple[Any, ...]:
        return production.container.attrs["State"]["StartedAt"], production.server.scalar(f"SELECT COUNT(*) FROM {SCHEMA}.big")

    was = seen()
    yield
    assert seen() == was
    assert leftovers(production) == []


def refuse(done: Done, error: type[Any], *words: str) -> None:
    done.refused(error, *words)
    assert "untouched by this command" in done.err


@pytest.mark.usefixtures("untouched")
def test_it_has_to_be_said_that_it_destroys(proven: Path) -> None:
    done = thing(proven, "snapshot", "restore")
    assert done.code == 2
    assert "--yes" in done.err


@contextmanager
def connected(production: Production) -> Iterator[None]:
    """Be a service that is connected."""
    address = production.address.model_copy(update={"user": "service"})
    with open_server(address, "secret") as server, open_session(server, f"USE {SCHEMA}"):
        yield


@pytest.mark.usefixtures("untouched")
def test_services_that_are_connected_are_named(production: Production, proven: Path) -> None:
    with connected(production):
        refuse(thing(proven, *RESTORE), ServerInUse, "service from ", f"in {SCHEMA}")


def test_who_was_told_that_services_are_connected_may_go_on(production: Production, proven: Path, before: ServerPrint) -> None:
    with connected(production):
        done = thing(proven, *RESTORE, "--although-connected")
    assert done.code == 0, done.err
    assert "going on although connected to" in done.err
    is_as_before(production, before)


@pytest.mark.usefixtures("untouched")
@pytest.mark.soak
def test_what_was_only_taken_is_not_put_back(production: Production, tmp_path: Path) -> None:
    described = production.describe(tmp_path)
    refuse(thing(described, *RESTORE), SnapshotMissing, "there is no snapshot")
    assert thing(described, "snapshot", "take", "--only-take").code == 0
    refuse(thing(described, *RESTORE), SnapshotMissing, "was not proven")


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("name", [f"data/{SCHEMA}/big.ibd", "production.json"])
@pytest.mark.parametrize("damage", [flip_bit, Path.unlink])
def test_a_damaged_snapshot_is_not_put_back(proven: Path, tmp_path: Path, name: str, damage: Callable[[Path], object]) -> None:
    path, saved = snapshot_of(proven) / name, tmp_path / "saved"
    subprocess.run(["cp", "-a", str(path), str(saved)], check=True)
    try:
        damage(path)
        refuse(thing(proven, *RESTORE), SnapshotBroken, Path(name).name)
    finally:
        subprocess.run(["cp", "-a", str(saved), str(path)], check=True)


@pytest.mark.usefixtures("untouched")
def test_another_server_is_not_overwritten(proven: Path, tmp_path: Path) -> None:
    with open_production() as other:
        share_shelf(proven, tmp_path)
        described = other.describe(tmp_path)
        refuse(thing(described, *RESTORE), SnapshotForeign, "was taken from", other.made.name)
        assert other.server.scalar(f"SELECT COUNT(*) FROM {SCHEMA}.small") == 2


@pytest.mark.usefixtures("untouched")
@pytest.mark.soak
def test_an_address_that_leads_elsewhere_than_to_the_container_is_found_out(
    production: Production, proven: Path, tmp_path: Path
) -> None:
    """A twin of the server: the same server_id, the same place of its data, the same password."""
    with open_production() as other:
        share_shelf(proven, tmp_path)
        described = other.describe(tmp_path, container=production.made.name)
        name, host = (one.container.attrs["Config"]["Hostname"] for one in (other, production))
        refuse(thing(described, *RESTORE), SnapshotForeign, f" is {name}/7/", f"not what runs in {host}")


@pytest.mark.usefixtures("untouched")
def test_a_container_that_may_write_to_the_same_volume_has_to_be_stopped(production: Production, proven: Path) -> None:
    volume, name = production.container.attrs["Mounts"][0]["Name"], f"{production.made.name}-beside"
    mounts = [Mount("/beside", volume, type="volume")]
    beside = production.client.containers.run(
        production.container.attrs["Image"], ["600"], entrypoint="sleep", name=name, mounts=mounts, detach=True
    )
    try:
        refuse(thing(proven, *RESTORE), SnapshotForeign, f"the data of {production.made.name}", f"may write: {name}")
    finally:
        beside.remove(force=True)


@pytest.mark.usefixtures("untouched")
def test_nothing_is_renamed_while_a_server_holds_its_files(production: Production, proven: Path) -> None:
    seat = seat_of(production, proven)
    copy_beside(seat, seat.place.read_manifest(), Left(""))
    with pytest.raises(RestoreFailed, match="a process of another container runs on /server"):
        swap(seat)
    assert seat.look().phase == "copied"
    go_back(seat)


@pytest.mark.usefixtures("untouched")
def test_a_volume_without_room_for_both_is_left_as_it_was(production: Production, proven: Path, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", str(small)], check=True)
    try:
        (small / "ibdata1").write_text("old")
        seat = seat_of(production, proven)
        there = replace(seat, hosted=replace(seat.hosted, kind="bind", volume=str(small), home="."))
        with pytest.raises(DiskFull, match="are needed beside the old data"):
            copy_beside(there, seat.place.read_manifest(), Left(""))
        assert [path.name for path in small.iterdir()] == ["ibdata1"]
    finally:
        subprocess.run(["umount", str(small)], check=True)


@pytest.mark.soak
def test_a_server_that_was_restored_lives_on(production: Production, proven: Path) -> None:
    assert thing(proven, *RESTORE).code == 0
    production.server.at(SCHEMA).execute("INSERT INTO small VALUES (3, ' three ')")
    production.container.restart()
    await_server(production.address, production.made.password)
    assert production.server.scalar(f"SELECT name FROM {SCHEMA}.small WHERE id = 3") == "three"
    assert thing(proven, *RESTORE).code == 0
