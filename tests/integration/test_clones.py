"""Clones: copies of a data directory by every way there is, a server on each, and nothing left of either."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from secrets import token_hex

import docker
import pytest

from runner.containers.claims import CLAIM_LABEL, Claim, claim_clone, remove_left_clones
from runner.containers.client import connect
from runner.containers.clone_server import SLOW_LOG
from runner.containers.copies import OVERLAY, PLAIN, REFLINK, WAYS, Copy, Way, copy_tree, keep_copy
from runner.containers.engine import LABEL
from runner.containers.lasting import make_lasting
from runner.containers.network import RUN_LABEL
from runner.containers.throwaway import remove_server, start_server
from runner.errors import CloneFailed, DiskFull, EngineRefused
from runner.mariadb.connection import open_server
from runner.mariadb.patience import await_server
from runner.settings import EngineSettings, Server
from runner.snapshots.clone import Equipment, open_clone, start_clone
from tests.support.copied import digest, take_data
from tests.support.listeners import bridge_address, listen_here, listen_in_container, own_address
from tests.support.mariadb import IMAGE
from tests.support.thing import ROOT

pytestmark = [
    pytest.mark.engine,
    pytest.mark.images,
    pytest.mark.skipif(os.geteuid() != 0, reason="file systems are mounted, and other users' files made"),
]

EQUIPMENT = Equipment(image=IMAGE, tools=IMAGE)
ROWS = 2000


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    with closing(connect(EngineSettings())) as opened:
        yield opened


@pytest.fixture(scope="module")
def taken(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared data directory of a server that has one table; tests copy it, and none writes to it."""
    name = f"{LABEL}-test-{token_hex(4)}"
    try:
        made = start_server(client, IMAGE, name, labels={f"{LABEL}.test": name})
        address = Server(host="127.0.0.1", port=made.port, user="root", password_file="unused")
        await_server(address, made.password)
        with open_server(address, made.password) as server:
            server.execute("CREATE DATABASE shop")
            server.execute("CREATE TABLE shop.things (id INT PRIMARY KEY AUTO_INCREMENT, name VARCHAR(200))")
            server.at("shop").execute(f"INSERT INTO things (name) SELECT REPEAT(seq, 20) FROM seq_1_to_{ROWS}")
        return take_data(client.containers.get(name), tmp_path_factory.mktemp("taken"))
    finally:
        remove_server(client, name)


@contextmanager
def mounted(folder: Path, *options: str) -> Iterator[Path]:
    """Mount a file system for the length of the block."""
    folder.mkdir(parents=True)
    subprocess.run(["mount", *options, str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def xfs(tmp_path: Path) -> Iterator[Path]:
    """An XFS in a file: a file system whose files can share blocks."""
    image = tmp_path / "xfs.img"
    with image.open("wb") as file:
        file.truncate(2 * 1024**3)
    subprocess.run(["mkfs.xfs", "-q", str(image)], check=True)
    with mounted(tmp_path / "xfs", "-o", "loop", str(image)) as folder:
        yield folder


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A file system in memory: its files share no blocks, and it can lie below and above an overlay."""
    with mounted(tmp_path / "memory", "-t", "tmpfs", "-o", "size=1g", "tmpfs") as folder:
        yield folder


def put(taken: Path, folder: Path) -> Path:
    """Put the data directory somewhere else, as it is."""
    subprocess.run(["cp", "-a", str(taken), str(folder / "data")], check=True)
    return folder / "data"


def left(client: docker.DockerClient, claim: str) -> list[str]:
    """What the engine still has of a claim."""
    mine = {"label": f"{CLAIM_LABEL}={claim}"}
    kinds = (
        client.containers.list(all=True, ignore_removed=True, filters=mine),
        client.networks.list(filters=mine),
        client.volumes.list(filters=mine),
    )
    return [one.name for kind in kinds for one in kind]


@contextmanager
def copied(client: docker.DockerClient, source: Path, ways: tuple[Way, ...]) -> Iterator[tuple[Claim, Copy]]:
    with claim_clone(client) as claim:
        yield claim, copy_tree(client, claim, source, source.parent / "clones" / "one", image=IMAGE, ways=ways)


@pytest.mark.parametrize(("way", "place"), [(REFLINK, "xfs"), (OVERLAY, "memory"), (OVERLAY, "tmp_path"), (PLAIN, "memory")])
def test_every_way_gives_a_server_of_its_own_on_the_same_data(
    way: Way, place: str, client: docker.DockerClient, taken: Path, request: pytest.FixtureRequest
) -> None:
    folder: Path = request.getfixturevalue(place)
    source = put(taken, folder)
    before = digest(source)

    with copied(client, source, (way,)) as (claim, copy), start_clone(client, claim, copy, EQUIPMENT) as clone:
        assert copy.way == way.name
        assert clone.server.scalar("SELECT COUNT(*) FROM shop.things") == ROWS
        clone.server.execute("UPDATE shop.things SET name = 'another'")
        clone.server.execute("ALTER TABLE shop.things ADD COLUMN more INT, ADD INDEX (name)")
        seat = claim.seat

    assert digest(source) == before
    assert list((folder / "clones").iterdir()) == []
    assert left(client, claim.name) == []
    assert not seat.exists()


def test_shared_blocks_take_no_room(client: docker.DockerClient, taken: Path, xfs: Path) -> None:
    source = put(taken, xfs)
    size = sum(path.stat().st_size for path in source.rglob("*"))
    os.sync()
    free = os.statvfs(xfs)
    with copied(client, source, WAYS) as (_, copy):
        os.sync()
        after = os.statvfs(xfs)
        assert (copy.way, copy.passed_over) == ("reflink", ())
        assert (free.f_bavail - after.f_bavail) * free.f_frsize < size / 10
        assert digest(copy.layers[0]) == digest(source)


def test_the_first_way_that_works_is_taken_and_the_others_are_told(
    client: docker.DockerClient, taken: Path, memory: Path
) -> None:
    with copied(client, put(taken, memory), WAYS) as (_, copy):
        assert copy.way == "overlay"
        (reason,) = copy.passed_over
        assert reason == f"reflink: files in {memory}/clones cannot share blocks: Operation not supported"


def test_a_path_that_an_overlay_would_misread_is_copied(client: docker.DockerClient, taken: Path, memory: Path) -> None:
    odd = memory / "a,b:c"
    odd.mkdir()
    with copied(client, put(taken, odd), WAYS) as (claim, copy), start_clone(client, claim, copy, EQUIPMENT) as clone:
        assert copy.way == "plain"
        assert copy.passed_over[1] == "overlay: a path holds a comma, a colon or a backslash"
        assert clone.server.scalar("SELECT COUNT(*) FROM shop.things") == ROWS


@pytest.mark.parametrize(("ways", "place"), [((REFLINK,), "xfs"), ((OVERLAY,), "memory"), ((OVERLAY, PLAIN), "memory")])
def test_a_copy_can_be_copied_and_left_behind_as_a_checkpoint(
    ways: tuple[Way, ...], place: str, client: docker.DockerClient, taken: Path, request: pytest.FixtureRequest
) -> None:
    source = put(taken, request.getfixturevalue(place))
    with copied(client, source, ways[:1]) as (claim, first):
        with start_clone(client, claim, first, EQUIPMENT, settle=True) as clone:
            clone.server.execute("DELETE FROM shop.things WHERE id > 10")
        second = copy_tree(client, claim, first, source.parent / "clones" / "two", image=IMAGE, ways=ways[-1:])
        with start_clone(client, claim, second, EQUIPMENT) as clone:
            clone.server.execute("DELETE FROM shop.things")
        third = copy_tree(client, claim, first, source.parent / "clones" / "three", image=IMAGE, ways=ways[-1:])
        with start_clone(client, claim, third, EQUIPMENT) as clone:
            assert clone.server.scalar("SELECT COUNT(*) FROM shop.things") == 10
    assert list((source.parent / "clones").iterdir()) == []


@pytest.mark.parametrize(("way", "place"), [(REFLINK, "xfs"), (PLAIN, "memory")])
def test_an_independent_copy_can_be_kept(
    way: Way, place: str, client: docker.DockerClient, taken: Path, request: pytest.FixtureRequest
) -> None:
    source = put(taken, request.getfixturevalue(place))
    before = digest(source)
    with copied(client, source, (way,)) as (_, copy):
        kept = keep_copy(client, copy)
    subprocess.run(["rm", "-r", str(source)], check=True)
    assert digest(kept) == before


@pytest.mark.parametrize(("way", "place"), [("reflink", "xfs"), ("plain", "memory")])
def test_a_lasting_copy_can_be_kept(
    way: str, place: str, client: docker.DockerClient, taken: Path, request: pytest.FixtureRequest
) -> None:
    folder: Path = request.getfixturevalue(place)
    source = put(taken, folder)
    with copied(client, source, WAYS) as (claim, copy):
        lasting = make_lasting(client, claim, copy, folder / "kept", image=IMAGE)
        kept = keep_copy(client, lasting)
    assert lasting.way == way
    assert list((folder / "clones").iterdir()) == []
    assert digest(kept) == digest(source)


def test_a_lasting_copy_leaves_as_much_room_as_it_takes(client: docker.DockerClient, taken: Path, tmp_path: Path) -> None:
    size = sum(path.stat().st_blocks * 512 for path in taken.rglob("*")) >> 20
    room = mounted(tmp_path / "small", "-t", "tmpfs", "-o", f"size={size + size // 2}m", "tmpfs")
    with room as small, copied(client, put(taken, tmp_path), WAYS) as (claim, copy):
        with pytest.raises(DiskFull, match=r"a copy takes \d+ MiB and should leave as much; \d+ MiB are free in "):
            make_lasting(client, claim, copy, small / "kept", image=IMAGE)
        assert list(small.iterdir()) == []


def test_too_little_room_is_said_before_anything_is_copied(client: docker.DockerClient, taken: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=16m", "tmpfs") as small, claim_clone(client) as claim:
        with pytest.raises(DiskFull, match=r"no room for a copy in .*: \d+ KiB are needed, \d+ are free"):
            copy_tree(client, claim, taken, small / "one", image=IMAGE, ways=(REFLINK, PLAIN))
        assert list(small.iterdir()) == []


def test_where_no_way_works_every_reason_is_named(client: docker.DockerClient, taken: Path, memory: Path) -> None:
    with (
        claim_clone(client) as claim,
        pytest.raises(EngineRefused, match=r"cannot be copied to .*: reflink: files in .* cannot share blocks"),
    ):
        copy_tree(client, claim, taken, memory / "one", image=IMAGE, ways=(REFLINK,))
    assert list(memory.iterdir()) == []


def test_a_folder_without_data_is_not_copied(client: docker.DockerClient, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(EngineRefused, match="holds no data"), open_clone(client, tmp_path / "data", tmp_path, EQUIPMENT):
        pytest.fail("there is nothing to clone")


def test_a_folder_that_is_not_there_is_named(client: docker.DockerClient, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(EngineRefused, match=str(gone)), open_clone(client, gone, tmp_path / "clones", EQUIPMENT):
        pytest.fail("there is nothing to clone")


def test_a_server_that_cannot_start_says_why(client: docker.DockerClient, taken: Path, tmp_path: Path) -> None:
    source = put(taken, tmp_path)
    with (source / "ibdata1").open("r+b") as file:
        file.write(b"\xff" * 65536)
    with (
        pytest.raises(CloneFailed, match=r"exit code 1:\n(.*\n)*.*InnoDB: .*ibdata1"),
        open_clone(client, source, tmp_path / "clones", EQUIPMENT),
    ):
        pytest.fail("the system tablespace is damaged")
    assert list((tmp_path / "clones").iterdir()) == []


def test_an_option_that_the_server_does_not_know_is_named(client: docker.DockerClient, taken: Path, tmp_path: Path) -> None:
    odd = Equipment(image=IMAGE, tools=IMAGE, options=("--no-such-option",))
    with pytest.raises(CloneFailed, match="unknown option '--no-such-option'"), open_clone(client, taken, tmp_path, odd):
        pytest.fail("the server does not know the option")


def test_a_server_without_memory_says_so(client: docker.DockerClient, taken: Path, tmp_path: Path) -> None:
    poor = Equipment(image=IMAGE, tools=IMAGE, memory=48 * 1024**2)
    with pytest.raises(CloneFailed, match="killed it for its memory"), open_clone(client, taken, tmp_path, poor):
        pytest.fail("a server needs more")


def test_production_is_out_of_its_reach(client: docker.DockerClient, taken: Path, tmp_path: Path) -> None:
    name = f"{LABEL}-test-{token_hex(4)}"
    with listen_here(1) as here, listen_in_container(client, name, "thing-a-me/2024.1:latest", (3306,)) as there:
        with open_clone(client, taken, tmp_path, EQUIPMENT) as clone:
            places = [(own_address(), here.ports[0]), (bridge_address(), here.ports[0]), (there.address, 3306)]
            steps = clone.address.from_steps
            assert steps is not None
            server = client.containers.get(steps.host)
            for host, port in places:
                socket.create_connection((host, port), 5).close()
                knock = ["timeout", "5", "bash", "-c", f"exec 3<>/dev/tcp/{host}/{port}"]
                assert server.exec_run(knock).exit_code != 0
            facts = server.attrs["HostConfig"]
            assert (facts["CapDrop"], facts["ReadonlyRootfs"], facts["Privileged"]) == (["ALL"], True, False)
            assert facts["PortBindings"] in ({}, None)
        # They came from here.
        assert (len(here.came), there.came) == (2, 1)


def test_only_this_user_reaches_the_socket_and_the_account_is_good_for_nothing_else(
    client: docker.DockerClient, taken: Path, tmp_path: Path
) -> None:
    with copied(client, put(taken, tmp_path), WAYS) as (claim, copy), start_clone(client, claim, copy, EQUIPMENT) as clone:
        assert claim.seat.stat().st_mode & 0o077 == 0
        accounts = clone.server.rows("SELECT user, host FROM mysql.user WHERE user LIKE 'tam%'")
        assert accounts == [(clone.address.user, "localhost")]


def test_statements_are_timed_where_that_is_asked_for(client: docker.DockerClient, taken: Path, tmp_path: Path) -> None:
    listening = Equipment(image=IMAGE, tools=IMAGE, options=SLOW_LOG)
    with open_clone(client, taken, tmp_path, listening) as clone:
        clone.server.execute("ALTER TABLE shop.things ADD COLUMN more INT")
        logged = clone.server.rows("SELECT CAST(sql_text AS CHAR) FROM mysql.slow_log")
        assert ("ALTER TABLE shop.things ADD COLUMN more INT",) in logged


HOLD = """
import sys, time
from pathlib import Path
from runner.containers.claims import claim_clone
from runner.containers.client import connect
from runner.containers.copies import copy_tree
from runner.containers.docker_engine import DockerEngine
from runner.containers.engine import OneShot
from runner.containers.network import RUN_LABEL, step_network
from runner.settings import EngineSettings
from runner.snapshots.clone import Equipment, start_clone
data, place, image, until = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
client = connect(EngineSettings())
with claim_clone(client) as claim:
    copy = copy_tree(client, claim, data, place / "one", image=image)
    if until == "copied":
        print(claim.name, claim.seat, flush=True)
        time.sleep(600)
    with start_clone(client, claim, copy, Equipment(image=image, tools=image)) as clone:
        if until == "running":
            print(claim.name, claim.seat, flush=True)
            time.sleep(600)
        run, steps = "on-" + claim.name, "thing-a-me/2024.1:latest"
        with step_network(client, run, clone.address, image=steps, aliases=["10.231.7.9"]) as network:
            shot = OneShot(image=steps, argv=("sleep", "600"), network=network.name, labels={RUN_LABEL: run})
            DockerEngine(EngineSettings()).start(shot)
            print(claim.name, claim.seat, flush=True)
            time.sleep(600)
"""


def run_on(client: docker.DockerClient, claim: str) -> list[str]:
    """What there is of the run whose steps a clone serves."""
    mine = {"label": f"{RUN_LABEL}=on-{claim}"}
    return [
        one.name
        for one in (*client.containers.list(all=True, ignore_removed=True, filters=mine), *client.networks.list(filters=mine))
    ]


@pytest.mark.parametrize(("until", "of_run"), [("copied", 0), ("running", 0), ("stepping", 4)])
def test_what_a_killed_runner_left_is_removed_and_what_a_living_one_holds_is_not(
    until: str, of_run: int, client: docker.DockerClient, taken: Path, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", HOLD, str(taken), str(tmp_path), IMAGE, until]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            name, seat = process.stdout.readline().split()
            assert name not in remove_left_clones(client)
            assert left(client, name) != []
            assert len(run_on(client, name)) == of_run
        finally:
            process.kill()
    assert process.returncode == -signal.SIGKILL
    assert name in remove_left_clones(client)
    assert (left(client, name), run_on(client, name)) == ([], [])
    assert list(tmp_path.iterdir()) == []
    assert not Path(seat).exists()


def test_an_interrupt_leaves_nothing(client: docker.DockerClient, taken: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(taken), str(tmp_path), IMAGE, "running"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            name, _ = process.stdout.readline().split()
            process.send_signal(signal.SIGINT)
            process.wait(60)
        finally:
            process.kill()
    assert left(client, name) == []
    assert list(tmp_path.iterdir()) == []
