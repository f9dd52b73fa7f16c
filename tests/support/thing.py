"""The real `thing-a-me`, as a process: to its end, or killed where a test wants it."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker

from runner.containers.engine import LABEL
from runner.errors import ThingAMeError
from runner.journal import entry as e
from runner.journal.reader import read_entries
from runner.journal.replay import Position, replay
from runner.journal.runs import list_runs
from runner.mariadb.connection import quote
from tests.support.clouds import TARGET, SmallCloud

THING = (str(Path(sys.executable).with_name("thing-a-me")),)
ROOT = Path(__file__).parents[2]
MIGRATE = ("migrate", "--to", TARGET, "--accept-no-snapshot")


@dataclass(frozen=True)
class Done:
    """How a process ended and what it said."""

    code: int
    out: str
    err: str

    def refused(self, error: type[ThingAMeError], *words: str) -> None:
        """Demand that it ended with this error's exit code, and said these words and the error's aftermath."""
        assert self.code == error.exit_code, self.err
        for word in words:
            assert word in self.err, self.err


def thing(cloud: SmallCloud | Path, *arguments: str, at: str | None = None, seconds: float = 120) -> Done:
    """Run it to its end; with `at`, to the point where it kills itself (tests/support/stopper.py)."""
    with started(cloud, *arguments, at=at) as process:
        return ended(process, seconds)


def without_cloud(folder: Path, *arguments: str, seconds: float = 600) -> Done:
    """Run it to its end in a folder where there is no cloud.yaml."""
    done = subprocess.run((*THING, *arguments), cwd=folder, capture_output=True, text=True, check=False, timeout=seconds)
    return Done(done.returncode, done.stdout, done.stderr)


def killed(cloud: SmallCloud | Path, at: str, *arguments: str) -> None:
    """Run it to a point where it kills itself, and demand that it did."""
    done = thing(cloud, *arguments, at=at)
    assert done.code == -signal.SIGKILL, f"{at} was never reached: {done.code} {done.err}"


@contextmanager
def started(cloud: SmallCloud | Path, *arguments: str, at: str | None = None) -> "Iterator[subprocess.Popen[str]]":
    """Start it; what still runs at the end of the block is killed."""
    file = cloud.file if isinstance(cloud, SmallCloud) else cloud
    command = (sys.executable, "-m", "tests.support.stopper", at) if at else THING
    process = subprocess.Popen(
        [*command, *arguments, "--cloud", str(file)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A group of its own, so that ^C goes to it alone.
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def ended(process: "subprocess.Popen[str]", seconds: float = 120) -> Done:
    """Wait for its end."""
    out, err = process.communicate(timeout=seconds)
    return Done(process.returncode, out, err)


def until(true: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """Wait until something holds, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < deadline, f"waited {seconds} s in vain: {what}"
        time.sleep(0.1)
    return found


@contextmanager
def held(cloud: SmallCloud, project: str, table: str) -> Iterator[Callable[[], None]]:
    """Read a table in an open transaction, so that whoever alters it waits; the call that is yielded ends it early."""
    table = f"{quote(cloud.schemas[project])}.{quote(table)}"
    with closing(cloud.server.engine.raw_connection()) as session, closing(session.cursor()) as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"SELECT 1 FROM {table} LIMIT 1")
        yield session.rollback


def waiting(cloud: SmallCloud, project: str) -> list[int]:
    """The sessions of steps that wait for a table of this project."""
    rows = cloud.server.rows(
        "SELECT id FROM information_schema.processlist"
        " WHERE db = :schema AND user LIKE 'tam%' AND state LIKE 'Waiting for table metadata lock%'",
        schema=cloud.schemas[project],
    )
    return [number for (number,) in rows]


def folder_of(cloud: SmallCloud) -> Path:
    """The one chain of this cloud; checks have folders of their own."""
    if not cloud.runs.is_dir():
        raise AssertionError("no run was begun")
    (folder,) = (path for path in cloud.runs.iterdir() if (path / "plan.json").is_file())
    return folder


def has_run(cloud: SmallCloud) -> bool:
    return cloud.runs.is_dir() and any((path / "plan.json").is_file() for path in cloud.runs.iterdir())


def entries(cloud: SmallCloud) -> list[e.Entry]:
    return [stamped.entry for stamped in read_entries(folder_of(cloud))]


def position(cloud: SmallCloud) -> Position:
    """What the journal implies; replaying it also says that no entry contradicts another."""
    return replay(read_entries(folder_of(cloud)))


def starts(cloud: SmallCloud, step: str) -> list[e.StepStarted]:
    return [entry for entry in entries(cloud) if isinstance(entry, e.StepStarted) and entry.step == step]


def containers(client: docker.DockerClient, cloud: SmallCloud, step: str | None = None) -> list[Any]:
    """The containers of this cloud's run, or of one of its steps; ended ones too."""
    labels = [f"{LABEL}=step", f"{LABEL}.run={folder_of(cloud).name}", *([f"{LABEL}.step={step}"] if step else [])]
    return list(client.containers.list(all=True, filters={"label": labels}, ignore_removed=True))


def networks(client: docker.DockerClient, cloud: SmallCloud) -> list[str]:
    return [one.name for one in client.networks.list(filters={"label": f"{LABEL}.run={folder_of(cloud).name}"})]


def accounts(cloud: SmallCloud) -> list[str]:
    """The temporary accounts of this cloud's run; of its checks too, whose names have other letters."""
    letters = [path.name.rpartition("-")[2] for path in list_runs(cloud.runs)]
    users = [user for (user,) in cloud.server.rows("SELECT user FROM mysql.user WHERE user LIKE 'tam\\_%'")]
    return [user for user in users if user.split("_")[1] in letters]


__all__ = [
    "MIGRATE",
    "Done",
    "accounts",
    "containers",
    "ended",
    "entries",
    "folder_of",
    "has_run",
    "held",
    "killed",
    "networks",
    "position",
    "started",
    "starts",
    "thing",
    "until",
    "waiting",
]
