"""A restore on another host, killed, or left alone by its host: the same command, given again, brings it to its end."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.errors import HostUnreachable
from runner.mariadb.patience import await_server
from runner.planning.comparison import compare
from runner.planning.fingerprint import ServerPrint
from runner.snapshots.restore import RESTORE_LABEL
from tests.support.prints import printed
from tests.support.production import SCHEMA
from tests.support.server_host import HOME, ServerHost, open_host
from tests.support.thing import ended, killed, started, thing, until

pytestmark = [pytest.mark.engine, pytest.mark.soak]
RESTORE = ("snapshot", "restore", "--yes")


@pytest.fixture(scope="module")
def host() -> Iterator[ServerHost]:
    with open_host() as opened:
        yield opened


@pytest.fixture(scope="module")
def cloud(host: ServerHost, tmp_path_factory: pytest.TempPathFactory) -> Path:
    described = host.describe(tmp_path_factory.mktemp("killed-restore-host"))
    done = thing(described, "snapshot", "take")
    assert done.code == 0, done.err
    return described


@pytest.fixture(scope="module")
def before(host: ServerHost, cloud: Path) -> ServerPrint:
    return printed(host.production.server, SCHEMA)


@pytest.fixture
def changed(host: ServerHost, before: ServerPrint) -> None:
    """Something that a restore has to undo."""
    host.production.server.at(SCHEMA).execute("UPDATE big SET a = 'other' WHERE id = 77")
    host.production.server.at(SCHEMA).execute("CREATE TABLE IF NOT EXISTS strange (id INT PRIMARY KEY)")


def comes_to_its_end(host: ServerHost, cloud: Path, before: ServerPrint) -> None:
    done = thing(cloud, *RESTORE)
    assert done.code == 0, done.err
    assert compare(before, printed(host.production.server, SCHEMA), restarted=True).is_equal
    is_clean(host)


def is_clean(host: ServerHost) -> None:
    assert host.left() == []
    found = host.production.client.containers.list(all=True, filters={"label": RESTORE_LABEL}, ignore_removed=True)
    assert [one.name for one in found if one.labels[RESTORE_LABEL].endswith(f"{host.hostname}:{HOME}")] == []


@pytest.mark.usefixtures("changed")
@pytest.mark.parametrize(
    ("point", "phase"),
    [
        ("ended:look", ""),
        ("ended:copy", "copied"),
        ("ended:swap", "filled"),
        ("began:compare", "filled"),
        ("began:tidy up", "filled"),
    ],
)
def test_what_was_killed_is_gone_on_with(host: ServerHost, cloud: Path, before: ServerPrint, point: str, phase: str) -> None:
    killed(cloud, f"after:phase-{point}", *RESTORE)
    assert host.phase() == phase
    comes_to_its_end(host, cloud, before)


@pytest.mark.usefixtures("changed")
def test_who_still_received_when_its_runner_died_is_ended(host: ServerHost, cloud: Path, before: ServerPrint) -> None:
    with started(cloud, *RESTORE) as process:
        until(lambda: host.run(f"ls {HOME}/.thing-a-me-aside/new").strip(), "the copy")
        process.kill()
        ended(process)
    assert host.phase() == "copying"
    comes_to_its_end(host, cloud, before)


@pytest.mark.usefixtures("changed")
def test_an_interrupt_puts_the_old_data_back(host: ServerHost, cloud: Path) -> None:
    with started(cloud, *RESTORE) as process:
        assert process.stderr
        assert any(": swap" in line for line in process.stderr)
        os.kill(process.pid, signal.SIGINT)
        done = ended(process)
    assert done.code == 130, done.err
    assert "the data that were there before are in place again" in done.err
    assert host.production.server.scalar(f"SELECT a FROM {SCHEMA}.big WHERE id = 77") == "other"
    is_clean(host)


@pytest.mark.usefixtures("changed")
def test_what_was_killed_between_two_renames_is_gone_on_with(host: ServerHost, cloud: Path, before: ServerPrint) -> None:
    killed(cloud, "after:phase-began:swap", *RESTORE)
    host.run("/usr/local/bin/server-control stop")
    host.run(f"cd {HOME}/.thing-a-me-aside && mv phase.copied phase.emptying && mv ../ibdata1 ../mysql old/")
    comes_to_its_end(host, cloud, before)


@pytest.mark.usefixtures("changed")
def test_a_host_that_goes_down_in_the_middle_of_the_copy_comes_up_as_it_was(
    host: ServerHost, cloud: Path, before: ServerPrint
) -> None:
    with started(cloud, *RESTORE) as process:
        until(lambda: host.run(f"ls {HOME}/.thing-a-me-aside/new").strip(), "the copy")
        host.production.container.kill()
        done = ended(process)
    done.refused(HostUnreachable, "did not run a command to its end", "untouched by this command")
    host.production.container.start()
    await_server(host.production.address, host.production.made.password)
    assert host.production.server.scalar(f"SELECT a FROM {SCHEMA}.big WHERE id = 77") == "other"
    assert host.phase() == "copying"
    comes_to_its_end(host, cloud, before)
