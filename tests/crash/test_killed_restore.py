"""A restore that is killed, or interrupted: the same command, given again, brings it to its end; never a third state."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.planning.comparison import compare
from runner.planning.fingerprint import ServerPrint
from runner.snapshots.restore import RESTORE_LABEL
from tests.support.prints import printed
from tests.support.production import SCHEMA, Production, open_production
from tests.support.thing import ended, killed, started, thing, until

pytestmark = pytest.mark.engine
SOAK = pytest.mark.soak
RESTORE = ("snapshot", "restore", "--yes")


@pytest.fixture(scope="module")
def production() -> Iterator[Production]:
    with open_production() as opened:
        opened.container.update(restart_policy={"Name": "on-failure"})
        yield opened


@pytest.fixture
def changed(production: Production, before: ServerPrint) -> None:
    """Something that a restore has to undo."""
    production.server.at(SCHEMA).execute("UPDATE big SET a = 'other' WHERE id = 77")
    production.server.at(SCHEMA).execute("CREATE TABLE IF NOT EXISTS strange (id INT PRIMARY KEY)")


def is_as_before(production: Production, before: ServerPrint) -> None:
    assert compare(before, printed(production.server, SCHEMA), restarted=True).is_equal
    is_clean(production)


def is_clean(production: Production) -> None:
    listed = production.container.exec_run(["ls", "-A", "/var/lib/mysql"]).output.decode().split()
    assert [name for name in listed if name.startswith(".thing-a-me")] == []
    assert at_work(production) == []
    assert production.container.attrs["HostConfig"]["RestartPolicy"]["Name"] == "on-failure"


def at_work(production: Production) -> list[str]:
    volume = production.container.attrs["Mounts"][0]["Name"]
    found = production.client.containers.list(all=True, ignore_removed=True, filters={"label": f"{RESTORE_LABEL}={volume}"})
    return [one.name for one in found]


@pytest.mark.usefixtures("changed")
@pytest.mark.parametrize(
    ("moment", "phase"),
    [
        *(("began", phase) for phase in ("copy", "compare")),
        *(pytest.param("began", phase, marks=SOAK) for phase in ("look", "swap", "start", "tidy up")),
        *(pytest.param("ended", phase, marks=SOAK) for phase in ("look", "copy", "swap", "start", "compare", "tidy up")),
    ],
)
def test_what_was_killed_is_gone_on_with(
    production: Production, proven: Path, before: ServerPrint, phase: str, moment: str
) -> None:
    killed(proven, f"after:phase-{moment}:{phase}", *RESTORE)
    done = thing(proven, *RESTORE)
    assert done.code == 0, done.err
    is_as_before(production, before)


@pytest.mark.usefixtures("changed")
@pytest.mark.soak
def test_a_copy_that_its_dead_runner_left_at_work_is_ended(production: Production, proven: Path, before: ServerPrint) -> None:
    with started(proven, *RESTORE) as process:
        until(
            lambda: production.container.exec_run(["ls", "/var/lib/mysql/.thing-a-me-aside/new/ibdata1"]).exit_code == 0, "copy"
        )
        process.kill()
        ended(process)
    done = thing(proven, *RESTORE)
    assert done.code == 0, done.err
    is_as_before(production, before)


@pytest.mark.usefixtures("changed")
@pytest.mark.parametrize("phase", ["swap", "compare"])
def test_an_interrupt_puts_the_old_data_back(production: Production, proven: Path, phase: str) -> None:
    with started(proven, *RESTORE) as process:
        assert process.stderr
        assert any(f": {phase}" in line for line in process.stderr)
        os.kill(process.pid, signal.SIGINT)
        done = ended(process)
    assert done.code == 130, done.err
    assert "the data that were there before are in place again" in done.err
    assert production.server.scalar(f"SELECT a FROM {SCHEMA}.big WHERE id = 77") == "other"
    is_clean(production)


@pytest.mark.usefixtures("changed")
@pytest.mark.soak
def test_what_was_killed_on_its_way_back_is_settled_first(production: Production, proven: Path, before: ServerPrint) -> None:
    with started(proven, *RESTORE) as process:
        assert process.stderr
        assert any(": compare" in line for line in process.stderr)
        os.kill(process.pid, signal.SIGINT)
        assert any("going back" in line for line in process.stderr)
        until(lambda: not is_up(production), "the way back")
        process.kill()
        ended(process)
    done = thing(proven, *RESTORE)
    assert done.code == 0, done.err
    is_as_before(production, before)


def is_up(production: Production) -> bool:
    return bool(production.container.status == "running")


@pytest.mark.usefixtures("changed")
@pytest.mark.soak
def test_another_snapshot_can_be_put_back_after_one_was_killed(production: Production, proven: Path, tmp_path: Path) -> None:
    other = production.describe(tmp_path)
    assert thing(other, "snapshot", "take").code == 0
    killed(proven, "after:phase-ended:swap", *RESTORE)
    done = thing(other, *RESTORE)
    assert done.code == 0, done.err
    assert "was left filled: settling that first" in done.err
    assert production.server.scalar(f"SELECT a FROM {SCHEMA}.big WHERE id = 77") == "other"
    # What the killed one put in place may have been served since.
    displaced = production.container.exec_run(["sh", "-c", "rm -rfv /var/lib/mysql/.thing-a-me-displaced-*/new/ibdata1"])
    assert displaced.output
    production.container.exec_run(["sh", "-c", "rm -rf /var/lib/mysql/.thing-a-me-displaced-*"])
    is_clean(production)
