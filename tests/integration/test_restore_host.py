"""Putting a snapshot back on a host that is reached by a shell only: the same promises as on our own engine."""

import json
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from runner.errors import (
    DiskFull,
    HostUnfit,
    HostUnreachable,
    RestoreFailed,
    ServerInUse,
    SnapshotBroken,
    SnapshotForeign,
    ThingAMeError,
)
from runner.events import silent
from runner.flows.snapshot import cupboard_of
from runner.flows.world import read_cloud_file
from runner.mariadb.connection import open_server
from runner.mariadb.session import open_session
from runner.planning.comparison import compare
from runner.planning.fingerprint import ServerPrint
from runner.snapshots import restore_host
from runner.snapshots.restore_host import OnHost, on_host
from runner.snapshots.seat import Left, copy_beside, go_back
from tests.support.mariadb import TestServer
from tests.support.prints import printed
from tests.support.production import SCHEMA
from tests.support.server_host import CONTROL, HOME, SMALL, ServerHost, open_host
from tests.support.thing import Done, ended, started, thing, until

pytestmark = pytest.mark.engine
RESTORE = ("snapshot", "restore", "--yes")
LOST = "mv ~/.ssh/authorized_keys ~/.ssh/lost; pkill -f sshd:.*@notty"
"""Cuts every connection, and lets nobody in any more."""
FOUND = "mv ~/.ssh/lost ~/.ssh/authorized_keys"


@pytest.fixture(scope="module")
def host() -> Iterator[ServerHost]:
    with open_host() as opened:
        yield opened


@pytest.fixture(scope="module")
def cloud(host: ServerHost, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cloud.yaml of a cloud that has one proven snapshot."""
    described = host.describe(tmp_path_factory.mktemp("restore-host"))
    done = thing(described, "snapshot", "take")
    assert done.code == 0, done.err
    return described


@pytest.fixture(scope="module")
def before(host: ServerHost, cloud: Path) -> ServerPrint:
    return printed(host.production.server, SCHEMA)


def beside(cloud: Path, folder: Path, host: ServerHost, **changes: Any) -> Path:
    """Describe the same host otherwise, with the same snapshots."""
    (folder / "snapshots").symlink_to(cloud.parent / "snapshots")
    return host.describe(folder, **changes)


def is_as_before(host: ServerHost, before: ServerPrint) -> None:
    assert compare(before, printed(host.production.server, SCHEMA), restarted=True).is_equal
    assert host.left() == []


def alter(host: ServerHost) -> None:
    server = host.production.server.at(SCHEMA)
    server.execute("DROP TABLE small")
    server.execute("UPDATE big SET a = 'other' WHERE id = 77")
    server.execute("CREATE TABLE more (id INT PRIMARY KEY)")


# -- what is put back --------------------------------------------------------------------------------------------------


def test_what_was_altered_is_there_again_and_the_old_data_stay_where_that_is_wanted(
    host: ServerHost, cloud: Path, before: ServerPrint
) -> None:
    alter(host)
    done = thing(cloud, *RESTORE, "--keep-old", "--json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert list(told["seconds"]) == ["look", "copy", "swap", "start", "compare", "tidy up"]
    assert "more.ibd" in host.run(f"ls {told['kept']}/{SCHEMA}")
    host.run(f"rm -r {Path(told['kept']).parent}")
    assert host.run(f"find {HOME} ! -user mysql -print") == ""
    is_as_before(host, before)


@pytest.mark.soak
def test_a_server_that_is_down_and_does_not_come_up_runs_again(host: ServerHost, cloud: Path, before: ServerPrint) -> None:
    host.run(f"{CONTROL} stop; dd if=/dev/zero of={HOME}/ibdata1 bs=1M count=4")
    done = thing(cloud, *RESTORE)
    assert done.code == 0, done.err
    assert "put back, and proven: 3/3 tables compared, 0 skipped, 0 differences" in done.out
    is_as_before(host, before)


# -- what goes wrong after the swap ------------------------------------------------------------------------------------


@pytest.mark.soak
def test_where_the_server_does_not_come_up_the_old_data_are_in_place_again(
    host: ServerHost, cloud: Path, tmp_path: Path
) -> None:
    host.production.server.at(SCHEMA).execute("CREATE TABLE old_one (id INT PRIMARY KEY)")
    start = f"test -e {HOME}/{SCHEMA}/old_one.ibd || {{ echo no such luck; exit 3; }}; {CONTROL} start"
    # What is appended is one word to a shell over there, also behind a command that is no shell, as sudo.
    done = thing(beside(cloud, tmp_path, host, start=start, shell=[*host.shell, "env"]), *RESTORE)
    done.refused(RestoreFailed, "no such luck", "Shutdown complete", "the data that were there before are in place again")
    assert "untouched by this command" in done.err
    assert host.production.server.scalar(f"SELECT COUNT(*) FROM {SCHEMA}.old_one") == 0
    assert host.left() == []


@pytest.mark.soak
def test_a_host_that_is_lost_after_the_swap_leaves_what_the_same_command_goes_on_with(
    host: ServerHost, cloud: Path, before: ServerPrint, tmp_path: Path
) -> None:
    host.production.server.at(SCHEMA).execute("CREATE TABLE strange (id INT PRIMARY KEY)")
    done = thing(beside(cloud, tmp_path, host, start=LOST), *RESTORE)
    done.refused(RestoreFailed, "did not run a command to its end", "the old data could not be put back", "unknown")
    assert host.phase() == "filled"
    host.run(FOUND)
    done = thing(cloud, *RESTORE)
    assert done.code == 0, done.err
    assert "going on with a restore that was left filled" in done.err
    is_as_before(host, before)


# -- what goes wrong before it -----------------------------------------------------------------------------------------


@pytest.fixture
def untouched(host: ServerHost, cloud: Path) -> Iterator[None]:
    """Demand that the server was neither stopped nor changed."""

    def seen() -> tuple[Any, ...]:
        return host.run("pgrep -x mariadbd"), host.production.server.scalar(f"SELECT COUNT(*) FROM {SCHEMA}.big")

    was = seen()
    yield
    assert seen() == was
    assert host.left() == []


def refuse(done: Done, error: type[ThingAMeError], *words: str) -> None:
    done.refused(error, *words)
    assert "untouched by this command" in done.err


@pytest.mark.usefixtures("untouched")
def test_a_connection_that_breaks_in_the_middle_leaves_the_server_as_it_was(host: ServerHost, cloud: Path) -> None:
    with started(cloud, *RESTORE) as process:
        until(lambda: host.run(f"ls {HOME}/.thing-a-me-aside/new").strip(), "the copy")
        host.run(LOST)
        done = ended(process)
    refuse(done, HostUnreachable, "did not run a command to its end")
    assert host.phase() == "copying"
    until(lambda: not host.run("pgrep -x python3"), "the end of who received")
    host.run(FOUND)
    go_back(seat_of(cloud))


@pytest.mark.usefixtures("untouched")
def test_services_that_are_connected_are_named(host: ServerHost, cloud: Path) -> None:
    address = host.production.address.model_copy(update={"user": "service"})
    with open_server(address, "secret") as server, open_session(server, f"USE {SCHEMA}"):
        refuse(thing(cloud, *RESTORE), ServerInUse, "service from ", f"in {SCHEMA}")


@pytest.mark.usefixtures("untouched")
def test_a_damaged_snapshot_is_not_put_back(cloud: Path, tmp_path: Path) -> None:
    path, saved = next(cloud.parent.glob(f"snapshots/*/data/{SCHEMA}/big.ibd")), tmp_path / "saved"
    subprocess.run(["cp", "-a", str(path), str(saved)], check=True)
    try:
        with path.open("r+b") as file:
            file.seek(path.stat().st_size // 2)
            file.write(b"x")
        refuse(thing(cloud, *RESTORE), SnapshotBroken, "big.ibd")
    finally:
        subprocess.run(["cp", "-a", str(saved), str(path)], check=True)


@pytest.mark.usefixtures("untouched")
@pytest.mark.soak
def test_a_server_that_cannot_be_stopped_stays(host: ServerHost, cloud: Path, tmp_path: Path) -> None:
    done = thing(beside(cloud, tmp_path, host, stop="echo the unit is not loaded; exit 5"), *RESTORE)
    refuse(done, RestoreFailed, "snapshots.host.stop", "the unit is not loaded", "are in place again")


@pytest.mark.usefixtures("untouched")
def test_another_host_is_not_touched(host: ServerHost, cloud: Path, tmp_path: Path) -> None:
    image = host.production.container.image
    other = host.production.client.containers.run(
        image, ["60"], entrypoint="sleep", detach=True, labels={"thing-a-me.test": ""}
    )
    try:
        described = beside(cloud, tmp_path, host, shell=["docker", "exec", "-i", other.name, "sh", "-c"])
        refuse(
            thing(described, *RESTORE),
            SnapshotForeign,
            f"was taken from {host.hostname}",
        )
    finally:
        other.remove(force=True, v=True)


@pytest.mark.usefixtures("untouched")
def test_an_address_that_leads_to_another_server_is_refused(
    host: ServerHost, cloud: Path, tmp_path: Path, mariadb: TestServer
) -> None:
    described = beside(cloud, tmp_path, host, password=mariadb.password)
    document = yaml.safe_load(described.read_text())
    document["server"] |= {"host": mariadb.address.host, "port": mariadb.address.port}
    described.write_text(yaml.safe_dump(document))
    refuse(thing(described, *RESTORE), SnapshotForeign, "was taken from")


BARE = "mkdir -p /opt/bare && ln -sf /bin/sh /usr/bin/id /opt/bare; "
OLD = "mkdir -p /opt/old && echo 'echo 3.6' > /opt/old/python3 && chmod 755 /opt/old/python3; "
UNFIT: dict[str, tuple[dict[str, Any], type[ThingAMeError], str]] = {
    "nothing there": ({"shell": ["/no/such/ssh"]}, HostUnreachable, "cannot run snapshots.host.shell /no/such/ssh"),
    "no connection": ({"shell": ["sh", "-c", "echo connection refused >&2; exit 255"]}, HostUnreachable, "connection refused"),
    "not root": ({"as": ("-u", "nobody")}, HostUnfit, "leads to user 65534"),
    "no python": ({"as": ("-e", "PATH=/opt/bare")}, HostUnfit, "python3 3.9 or newer is needed"),
    "old python": ({"as": ("-e", "PATH=/opt/old:/usr/sbin:/usr/bin:/sbin:/bin")}, HostUnfit, "there is 3.6"),
    "no such status": ({"status": "/no/such/systemctl is-active mariadb"}, HostUnfit, "snapshots.host.status"),
    "always down": ({"status": "false"}, SnapshotForeign, "is down; process "),
    "of another": ({"status": f"! {CONTROL} status"}, SnapshotForeign, "(mariadbd) holds its files"),
}


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("how", UNFIT)
def test_a_host_that_is_not_fit_is_refused(host: ServerHost, cloud: Path, tmp_path: Path, how: str) -> None:
    changes, error, words = UNFIT[how]
    host.run(BARE + OLD)
    if options := changes.get("as"):
        changes = {"shell": ["docker", "exec", "-i", *options, host.name, "sh", "-c"]}
    refuse(thing(beside(cloud, tmp_path, host, **changes), *RESTORE), error, words)


# -- one seat, asked directly ------------------------------------------------------------------------------------------


def seat_of(cloud: Path, **changes: Any) -> OnHost:
    cupboard = cupboard_of(read_cloud_file(cloud)[0], tell=silent)
    place, commands = cupboard.find(None), cupboard.cloud.document.snapshots.host
    assert commands
    seat = on_host(cupboard.bench, place, place.read_taken(), commands)
    return replace(seat, commands=commands.model_copy(update=changes))


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("changes", "words"),
    [({}, "snapshots.host.status says that it runs"), ({"status": "false"}, r"process \d+ \(mariadbd\) holds /var/lib/mysql")],
)
def test_a_stop_that_stops_nothing_is_found_out(
    cloud: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], words: str
) -> None:
    monkeypatch.setattr(restore_host, "_SETTLING", 0.0)
    with pytest.raises(RestoreFailed, match=words):
        seat_of(cloud, stop="true", **changes).stop()


@pytest.mark.soak
def test_a_start_that_starts_nothing_is_found_out(host: ServerHost, cloud: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore_host, "_SETTLING", 0.0)
    seat = seat_of(cloud)
    seat.stop()
    assert (seat.status, seat.holder()) == ("down", "")
    with pytest.raises(RestoreFailed, match=r"(?s)it does not run: .*Shutdown complete"):
        replace(seat, commands=seat.commands.model_copy(update={"start": "true"})).start()
    seat.start()
    assert seat.holder()


@pytest.mark.usefixtures("untouched")
def test_a_volume_without_room_for_both_is_left_as_it_was(host: ServerHost, cloud: Path) -> None:
    host.run(f"echo old > {SMALL}/ibdata1")
    seat = replace(seat_of(cloud), home=SMALL)
    with pytest.raises(DiskFull, match="are needed beside the old data"):
        copy_beside(seat, seat.place.read_manifest(), Left(""))
    assert host.run(f"ls -A {SMALL}").split() == ["ibdata1"]
