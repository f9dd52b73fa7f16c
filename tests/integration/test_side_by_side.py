"""Side by side: a copy goes to the target and is handed over as a server of its own; production is read, and never written."""

import json
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import Any

import docker.errors
import pytest
import yaml

from runner.containers.claims import CLAIM_LABEL, remove_left_clones
from runner.containers.engine import LABEL
from runner.errors import (
    HandOverFailed,
    JournalBroken,
    NothingToResume,
    PlaceTaken,
    ProductionAhead,
    ProductionWritten,
    RunMissing,
)
from runner.journal.layout import JOURNAL
from runner.journal.reader import read_entries
from runner.journal.runs import list_runs
from runner.mariadb.connection import DatabaseServer, open_server
from runner.mariadb.patience import await_server
from runner.planning.comparison import compare
from runner.planning.fingerprint import ServerPrint
from runner.settings import Server
from tests.support.clouds import TARGET, Nursery, open_nursery
from tests.support.prints import printed
from tests.support.thing import Done, ended, killed, started, thing, until

pytestmark = [pytest.mark.engine, pytest.mark.images]

SCHEMA = "glance"
PASSWORD = "s3cret of the operator"
OPTIONS = ("--log-bin=binlog", "--server-id=7", "--event-scheduler=ON", "--innodb-buffer-pool-size=160M", "--sync-binlog=1")
READS = ("begin", "rollback", "rollback_to_savepoint", "savepoint", "select", "set_option")
"""What may be counted under Com_ besides SHOW: a transaction that reads, and settings of a session."""


@dataclass(frozen=True)
class Case:
    """A production with a proven snapshot and a sealed plan."""

    nursery: Nursery
    cloud: Path
    sealed: str

    @property
    def server(self) -> DatabaseServer:
        return self.nursery.server

    def words(self, folder: Path, *more: str) -> tuple[str, ...]:
        return ("migrate", "--sealed", self.sealed, "--side-by-side", "--into", str(folder), *more)

    @property
    def runs(self) -> Path:
        return self.cloud.parent / "runs"

    @property
    def newest(self) -> Path:
        return list_runs(self.runs)[-1]

    @property
    def snapshot(self) -> str:
        return next(path.name for path in (self.cloud.parent / "snapshots").iterdir() if path.is_dir())

    def print(self) -> ServerPrint:
        return printed(self.server, SCHEMA)


@contextmanager
def during(case: Case, phase: str, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """Start it, and go on when it has entered a phase."""
    known = set(list_runs(case.runs))

    def has_begun() -> bool:
        told = []
        for run in set(list_runs(case.runs)) - known:
            with suppress(RunMissing):
                told += [stamped.entry for stamped in read_entries(run)]
        return any(entry.kind == "phase-began" and entry.phase == phase for entry in told)

    with started(case.cloud, *words) as process:
        until(lambda: has_begun() or process.poll() is not None, phase)
        assert process.poll() is None, ended(process).err
        yield process


@dataclass
class Story:
    """One that was handed over; what was seen of production before and after."""

    folder: Path
    port: int
    done: Done
    before: tuple[ServerPrint, list[Any]]
    after: tuple[ServerPrint, list[Any]]
    commands: set[str] = field(default_factory=set)

    @property
    def told(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.done.out)
        return found


def commands(server: DatabaseServer) -> dict[str, int]:
    return {str(name).removeprefix("Com_"): int(value) for name, value in server.rows("SHOW GLOBAL STATUS LIKE 'Com\\_%'")}


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def forget(nursery: Nursery, name: str) -> None:
    with suppress(docker.errors.NotFound):
        nursery.client.containers.get(name).remove(force=True, v=True)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    folder = tmp_path_factory.mktemp("beside")
    with open_nursery(*OPTIONS, projects=(SCHEMA,)) as nursery:
        server = nursery.server
        near = nursery.address.host.rpartition(".")[0]
        server.execute("CREATE USER glance@'%' IDENTIFIED BY 'services own'")
        server.execute(f"GRANT ALL ON {SCHEMA}.* TO glance@'%'")
        server.execute("CREATE USER glance@'10.9.%' IDENTIFIED BY 'another' REQUIRE SSL")
        server.execute(f"CREATE USER operator@'{near}.%' IDENTIFIED BY :password", password=PASSWORD)
        server.execute(f"GRANT ALL ON *.* TO operator@'{near}.%' WITH GRANT OPTION")
        server.execute(f"CREATE EVENT {SCHEMA}.ticking ON SCHEDULE EVERY 1 DAY STARTS NOW() + INTERVAL 1 DAY DO SELECT 1")
        cloud = nursery.describe(folder, {SCHEMA: SCHEMA})
        document = yaml.safe_load(cloud.read_text()) | {"snapshots": {"container": nursery.made.name}}
        cloud.write_text(yaml.safe_dump(document, sort_keys=False))
        for words in (("snapshot", "take"), ("rehearse", "--to", TARGET)):
            done = thing(cloud, *words)
            assert done.code == 0, done.err
        (sealed,) = (folder / "runs").glob("*/sealed.json")
        yield Case(nursery, cloud, str(sealed))


@pytest.fixture(scope="module")
def story(case: Case) -> Iterator[Story]:
    name, port = f"{LABEL}-test-{token_hex(4)}", free_port()
    folder = case.cloud.parent / name
    before, counted = (case.print(), case.server.rows("SHOW MASTER STATUS")), commands(case.server)
    done = thing(case.cloud, *case.words(folder, "--publish", f"127.0.0.1:{port}", "--json"))
    after = commands(case.server)
    changed = {command for command in after if after[command] != counted[command]}
    try:
        assert done.code == 0, done.err
        yield Story(folder, port, done, before, (case.print(), case.server.rows("SHOW MASTER STATUS")), changed)
    finally:
        forget(case.nursery, name)


@pytest.fixture
def new_server(case: Case, story: Story) -> Iterator[DatabaseServer]:
    """Root's connection to what was handed over: production's root, with production's password."""
    address = Server(host="127.0.0.1", port=story.port, user="root", password_file="unused")
    with open_server(address, case.nursery.made.password) as server:
        yield server


def left(case: Case, folder: Path) -> list[str]:
    """What there still is of a migration that came to nothing."""
    client = case.nursery.client
    volumes = [one.name for one in client.volumes.list(filters={"label": f"{CLAIM_LABEL}"}) if str(folder) in str(one.attrs)]
    containers = [one.name for one in client.containers.list(all=True, ignore_removed=True) if one.name == folder.name]
    return [*volumes, *containers, *([str(folder)] if folder.exists() else [])]


# -- what is handed over -----------------------------------------------------------------------------------------------


def test_production_is_read_and_nothing_else(case: Case, story: Story) -> None:
    assert compare(story.before[0], story.after[0]).is_equal
    assert story.before[1] == story.after[1], "its binary log stands where it stood"
    assert {name for name in story.commands if not name.startswith("show_")} <= set(READS)


def test_the_new_server_is_at_the_target_with_productions_rows_and_accounts(
    case: Case, story: Story, new_server: DatabaseServer, tmp_path: Path
) -> None:
    document = yaml.safe_load(case.cloud.read_text())
    document["server"] |= {"host": "127.0.0.1", "port": story.port, "password_file": str(case.cloud.parent / "root.password")}
    there = tmp_path / "cloud.yaml"
    there.write_text(yaml.safe_dump(document))
    assert TARGET in thing(there, "inspect").out
    images = "SELECT COUNT(*) FROM glance.images"
    assert new_server.scalar(images) == case.server.scalar(images) > 0
    services = Server(host="127.0.0.1", port=story.port, user="glance", password_file="unused")
    with open_server(services, "services own") as opened:
        assert opened.scalar(images)
    assert "REQUIRE SSL" in new_server.scalar("SHOW CREATE USER glance@'10.9.%'")
    assert compare(story.before[0], printed(new_server, SCHEMA)).differences, "the schema is another release's"
    assert printed(new_server, SCHEMA).accounts == story.before[0].accounts


def test_it_runs_with_productions_own_options(case: Case, new_server: DatabaseServer) -> None:
    names = (
        "'log_bin', 'server_id', 'event_scheduler', 'innodb_buffer_pool_size', 'sync_binlog', 'skip_name_resolve', 'sql_mode'"
    )
    asked = f"SHOW GLOBAL VARIABLES WHERE variable_name IN ({names})"
    found = dict(new_server.rows(asked))
    assert found == dict(case.server.rows(asked))
    assert (found["log_bin"], found["server_id"], found["event_scheduler"]) == ("ON", "7", "ON")


def test_nothing_of_ours_is_on_it(new_server: DatabaseServer) -> None:
    assert new_server.rows("SELECT user FROM mysql.user WHERE user LIKE 'tam%'") == []
    assert new_server.rows("SHOW DATABASES LIKE 'tam%'") == []


def test_nothing_of_ours_ends_it_and_the_engine_starts_it_again(case: Case, story: Story) -> None:
    container = case.nursery.client.containers.get(story.folder.name)
    assert CLAIM_LABEL not in container.labels
    assert container.attrs["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    remove_left_clones(case.nursery.client)
    container.restart(timeout=60)
    address = Server(host="127.0.0.1", port=story.port, user="root", password_file="unused")
    await_server(address, case.nursery.made.password)


def test_the_result_says_where_it_is(case: Case, story: Story) -> None:
    new = story.told["new_server"]
    assert (new["address"], new["container"]) == (f"127.0.0.1:{story.port}", story.folder.name)
    assert new["binary_log"] is True
    assert new["point"].startswith("0-7-")
    report = json.loads(thing(case.cloud, "report", story.told["run"], "--json").out)
    assert (report["flow"], report["outcome"], report["handed_over"]["uid"]) == ("side-by-side", "proved", new["uid"])
    proofs = {(one["proof"], one["subject"]): one["holds"] for one in report["proofs"]}
    assert proofs["production", "untouched"] is True
    assert proofs["hand-over", "accounts"] is True
    assert proofs["rehearsed", SCHEMA] is True
    assert f"| address | `127.0.0.1:{story.port}`" in thing(case.cloud, "report", story.told["run"]).out


# -- what is refused ---------------------------------------------------------------------------------------------------


def test_a_place_that_is_taken_is_refused_before_anything_begins(case: Case, tmp_path: Path) -> None:
    runs = len(list_runs(case.runs))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        publish = f"127.0.0.1:{taken.getsockname()[1]}"
        name = case.nursery.made.name
        thing(case.cloud, *case.words(tmp_path, "--name", name, "--publish", publish)).refused(
            PlaceTaken, f"{tmp_path} is there already", f"a container {name}", f"{publish} cannot be listened at", "untouched"
        )
    assert len(list_runs(case.runs)) == runs


def test_what_was_written_since_the_snapshot_is_named(case: Case, tmp_path: Path) -> None:
    case.server.execute(
        "INSERT INTO glance.images (id, status, created_at, deleted, min_disk, min_ram, protected, os_hidden, visibility)"
        " VALUES ('late', 'queued', NOW(), 0, 0, 0, 0, 0, 'private')"
    )
    case.server.execute("CREATE DATABASE late")
    case.server.execute("CREATE USER late@'%' IDENTIFIED BY 'late'")
    case.server.execute("GRANT SELECT ON glance.* TO late@'%'")
    try:
        done = thing(case.cloud, *case.words(tmp_path / "new"))
    finally:
        case.server.execute("DELETE FROM glance.images WHERE id = 'late'")
        case.server.execute("DROP DATABASE late")
        case.server.execute("DROP USER late@'%'")
    done.refused(
        ProductionAhead, "rows glance.images: was 50 rows, is 51 rows", "schema-extra late", "account-extra `late`@`%`"
    )
    assert left(case, tmp_path / "new") == []


def test_an_account_that_is_not_let_in_is_found_out_before_the_chain(case: Case, tmp_path: Path) -> None:
    """Production lets the operator in from its own network; the new server is to be on another."""
    document = yaml.safe_load(case.cloud.read_text())
    (tmp_path / "operator.password").write_text(PASSWORD)
    document["server"] |= {"user": "operator", "password_file": str(tmp_path / "operator.password")}
    document["server"]["from_steps"]["network"] = "bridge"
    document["snapshots"]["folder"] = str(case.cloud.parent / "snapshots")
    cloud = tmp_path / "cloud.yaml"
    cloud.write_text(yaml.safe_dump(document))
    done = thing(cloud, *case.words(tmp_path / "new"))
    done.refused(HandOverFailed, "does not take our account", "untouched")
    assert "phase 3/10: try" in done.err
    assert "phase 4" not in done.err
    assert left(case, tmp_path / "new") == []


# -- what goes wrong on the way ----------------------------------------------------------------------------------------


def test_who_writes_to_production_meanwhile_is_found_out_and_what_he_wrote_named(case: Case, tmp_path: Path) -> None:
    """Before it, too: that is lost with his consent, and on record. With `--keep` what was made stays."""
    folder = tmp_path / f"{LABEL}-test-{token_hex(4)}"
    words = case.words(folder, "--keep", "--although-behind", "--snapshot", case.snapshot[-4:])
    case.server.execute("UPDATE glance.metadef_namespaces SET display_name = CONCAT(display_name, '!') LIMIT 1")
    try:
        with during(case, "chain", *words) as process:
            case.server.execute("UPDATE glance.images SET name = CONCAT(name, '!') LIMIT 1")
            done = ended(process)
        done.refused(ProductionWritten, "values glance.images: was checksum", "databases: unknown", "stays")
        assert "glance.metadef_namespaces" not in done.err.partition("error:")[2], "that was before"
        assert "going on although production is not what it was" in thing(case.cloud, "report", case.newest.name).out
        assert left(case, folder) == [folder.name, str(folder)]
    finally:
        for column, table in (("display_name", "metadef_namespaces"), ("name", "images")):
            case.server.execute(f"UPDATE glance.{table} SET {column} = TRIM(TRAILING '!' FROM {column})")
        forget(case.nursery, folder.name)


@pytest.mark.soak
def test_a_chain_that_fails_leaves_production_alone_and_nothing_behind(case: Case, tmp_path: Path) -> None:
    with during(case, "chain", *case.words(tmp_path / "new")) as process:
        for clone in case.nursery.client.containers.list(ignore_removed=True, filters={"label": CLAIM_LABEL}):
            if any(str(tmp_path) in mount["Source"] for mount in clone.attrs["Mounts"]):
                clone.kill()
        done = ended(process)
    assert done.code, done.err
    assert "databases: untouched" in done.err
    assert left(case, tmp_path / "new") == []
    assert "thing-a-me resume" not in thing(case.cloud, "status", case.newest.name).out


@pytest.mark.soak
def test_a_journal_that_fails_after_the_hand_over_does_not_hide_the_new_server(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / f"{LABEL}-test-{token_hex(4)}"
    full = (
        "CREATE TRIGGER full BEFORE INSERT ON entries WHEN json_extract(NEW.body, '$.kind') = 'handed-over'"
        " BEGIN SELECT RAISE(ABORT, 'no room'); END"
    )
    try:
        with during(case, "fresh schemas", *case.words(folder)) as process:
            with closing(sqlite3.connect(case.newest / JOURNAL, timeout=30)) as journal:
                journal.execute(full)
            done = ended(process)
        done.refused(JournalBroken, "no room", f"the new server is there, and proven: {folder.name}:3306", "untouched")
        assert left(case, folder) == [folder.name, str(folder)]
        remove_left_clones(case.nursery.client)
        assert case.nursery.client.containers.get(folder.name).status == "running"
    finally:
        forget(case.nursery, folder.name)


@pytest.mark.soak
def test_what_a_runner_that_was_killed_left_is_removed_by_the_next(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / f"{LABEL}-test-{token_hex(4)}"
    try:
        killed(case.cloud, "after:phase-ended:hand over", *case.words(folder))
        volume, *rest = left(case, folder)
        assert rest == [folder.name, str(folder)]
        thing(case.cloud, "resume", case.newest.name).refused(NothingToResume, "is no migration but a record of `side-by-side`")
        assert left(case, folder) == [], volume
    finally:
        forget(case.nursery, folder.name)
