"""Physical snapshots: mariadb-backup of the server's own version streams the data files while services write on.

Commits are blocked for about a second at its end; what is seen in that second is what the snapshot holds (10.11).
Facts: https://mariadb.com/kb/en/mariadb-backup-options/, and the messages of the tool itself.
"""

import os
import re
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Literal

from runner.containers.tool import ETC, Tool, at_work, say_end
from runner.containers.workbench import bind
from runner.errors import DiskFull, SnapshotFailed
from runner.mariadb.option_file import option_file
from runner.snapshots.method import Bench, Stream
from runner.snapshots.pack import HERE, Receiving, handing, labels, packing
from runner.snapshots.shelf import Place

_BLOCKED = "Acquired locks for BACKUP STAGE BLOCK_COMMIT"
_POSITION = re.compile(r"binlog position: filename '([^']+)', position '(\d+)'")
_WHOLE = "completed OK!"
_BACKUP = (
    'exec "$(command -v mariadb-backup || command -v mariabackup)"'
    f" --defaults-extra-file={ETC}/backup.cnf --backup --stream=mbstream"
    ' --parallel="$1" --target-dir=/tmp/backup > "$2"'
)
_UNPACK = 'exec eatmydata mbstream -x -p "$1" -C "$2"'
"""mbstream has each file on the disk before it goes on; once for all of them, by `prepare`, takes a fraction of the time."""
_PREPARE = (
    '"$(command -v mariadb-backup || command -v mariabackup)"'
    ' --prepare --target-dir=/data --use-memory="$1" --tmpdir=/data; chown -R "$2" /data; sync -f /data'
)
_MEMORY = 512 * 1024**2
"""Bytes of buffer that a prepare may use: the redo log of a backup is small."""


@dataclass(frozen=True)
class Neighbour:
    """The server's container on our engine, and our account as seen from inside it."""

    container: str
    image: str
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: bool

    @property
    def options(self) -> bytes:
        """The option file by which mariadb-backup logs in."""
        more = [f"host={self.host}", f"port={self.port}", "protocol=tcp"]
        if self.tls:
            # The way is a loopback: there is nobody between who could show another certificate.
            more += ["ssl", "skip-ssl-verify-server-cert"]
        return option_file(("client",), self.user, self.password, *more)

    def tool(self, bench: Bench, place: Place) -> Tool:
        """Describe the container that runs mariadb-backup beside the server."""
        return Tool(
            image=self.image,
            argv=("/bin/sh", "-euc", _BACKUP, "backup", str(max(2, bench.jobs)), f"{HERE}/{place.fifo.name}"),
            labels=labels(place),
            files={"backup.cnf": self.options},
            # It reads the files of the server's user, and writes into a FIFO of ours.
            rights=("DAC_OVERRIDE",),
            network=f"container:{self.container}",
            mounts=(bind(place.folder, HERE),),
            volumes_from=self.container,
        )


Writer = Callable[[Place], AbstractContextManager[Iterable[str]]]
"""Begins mariadb-backup, which writes into a place's FIFO, and gives what it says, line by line."""


@dataclass(frozen=True)
class Physical:
    """Take by mariadb-backup; `size` is the server's, in bytes. Without `keeps_stream` its stream is unpacked as it comes."""

    bench: Bench
    size: int
    writer: Writer
    keeps_stream: bool
    name: Literal["physical"] = "physical"

    def take(self, place: Place, at_point: Callable[[], None]) -> Stream:
        """Stream, and store the stream or its files; `at_point` is called while commits are blocked.

        Raises:
            SnapshotFailed: mariadb-backup failed.
            DiskFull, SnapshotLocked, EngineRefused, EngineMissing
        """
        with self._receiving(place) as received, self.writer(place) as words:
            position = hear(words, at_point, self.bench.go_on)
        return replace(received.result(place), position=position)

    def _receiving(self, place: Place) -> AbstractContextManager[Receiving]:
        if self.keeps_stream:
            return packing(self.bench, place, doing="taking", total=self.size)
        place.data.mkdir(mode=0o700)
        return handing(self.bench, place, unpack_command(self.bench, place), doing="taking", total=self.size)


def hear(words: Iterable[str], at_point: Callable[[], None], go_on: Callable[[], object] = lambda: None) -> str:
    """Hear mariadb-backup to its end, and call `at_point` when it says that commits are blocked.

    `go_on` is asked after each line, never between the one that says so and `at_point`.

    Returns the place in the binary log (`file:offset`) that it says it stands for; empty where it says none.

    Raises:
        SnapshotFailed: it never said so, or did not end as one that is whole; its last words are in the message.
    """
    was_held, last, position = False, "", ""
    for line in words:
        if _BLOCKED in line:
            at_point()
            was_held = True
        elif found := _POSITION.search(line):
            position = f"{found[1]}:{found[2]}"
        last = line.strip() or last
        go_on()
    if _WHOLE not in last:
        raise SnapshotFailed(f"mariadb-backup failed: {last or 'it said nothing'}")
    if not was_held:
        raise SnapshotFailed("mariadb-backup did not say when commits were blocked: it is of a version that we do not know")
    return position


def beside(bench: Bench, neighbour: Neighbour) -> Writer:
    """Make the writer that runs beside a server in a container."""

    @contextmanager
    def write(place: Place) -> Iterator[Iterable[str]]:
        with at_work(bench.engine, neighbour.tool(bench, place), "mariadb-backup") as work:

            def words() -> Iterator[str]:
                yield from work.words()
                ended = work.end()
                if ended.exit_code:
                    raise SnapshotFailed(f"mariadb-backup: {_telling(ended.words) or say_end(ended)}")

            yield words()

    return write


def by_command(command: tuple[str, ...]) -> Writer:
    """Make the writer that is a command of the operator's."""

    @contextmanager
    def write(place: Place) -> Iterator[Iterable[str]]:
        try:
            with place.fifo.open("wb", buffering=0) as fifo:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=fifo,
                    stderr=subprocess.PIPE,
                    text=True,
                    errors="replace",
                    # A terminal that is closed is no matter to it.
                    start_new_session=True,
                )
        except OSError as error:
            raise SnapshotFailed(f"cannot run snapshots.command {command[0]}: {error.strerror}") from error
        with process:
            try:
                yield _words_of(process, command[0])
            finally:
                # One of another user's (sudo) is ended by its closed output.
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGTERM)

    return write


def _words_of(process: "subprocess.Popen[str]", name: str) -> Iterator[str]:
    said: deque[str] = deque(maxlen=50)
    for line in process.stderr or ():
        said.append(line)
        yield line
    if process.wait():
        words = _telling("".join(said)) or f"exit code {process.returncode}"
        raise SnapshotFailed(f"snapshots.command {name}: {words}")


def unpack_command(bench: Bench, place: Place) -> tuple[str, ...]:
    """The command that makes a data directory, which is there and empty, of the stream that it reads."""
    return ("sh", "-euc", _UNPACK, "unpack", str(max(2, bench.jobs)), f"{HERE}/{place.data.name}")


def prepare(bench: Bench, place: Place, image: str, owner: str) -> None:
    """Apply the redo log to what was unpacked, as the server itself would after a crash; then all of it is on the disk.

    It belongs to `owner` (uid:gid) afterwards, as whom servers run on it.

    Raises:
        SnapshotFailed, DiskFull, ImageMissing, EngineRefused, EngineMissing
    """
    tool = Tool(
        image=image,
        argv=("/bin/sh", "-euc", _PREPARE, "prepare", str(_MEMORY), owner),
        labels=labels(place),
        rights=("CHOWN", "DAC_OVERRIDE"),
        mounts=(bind(place.data, "/data"),),
    )
    with at_work(bench.engine, tool, f"preparing {place.id}") as work:
        ended = work.end()
    if "No space left" in ended.words:
        raise DiskFull(f"no room left for {place.data}", hint="free some space, and give the same command again")
    if ended.exit_code or _WHOLE not in ended.words:
        raise SnapshotFailed(f"preparing {place.id}: {_telling(ended.words) or say_end(ended)}")


def _telling(words: str) -> str:
    """The last lines that name what is wrong: mariadb-backup's very last ones only say that it ends."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    errors = [line for line in lines if "rror" in line or "failed" in line or "denied" in line]
    return "; ".join((errors or lines)[-2:])
