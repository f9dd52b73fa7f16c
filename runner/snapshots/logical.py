"""Logical snapshots, of a server that is reached by SQL only: mydumper dumps the cloud's schemas, myloader loads them.

FLUSH TABLES WITH READ LOCK is ours, and held for as long as it takes mydumper and us to begin a transaction in every
connection. What mydumper writes is not exact for FLOAT (0.10): where that matters, the proof says so.
"""

import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Literal

from runner.containers.network import upstream_of
from runner.containers.tool import ETC, Ended, Tool, at_work, say_end
from runner.containers.workbench import bind
from runner.errors import QueryFailed, SnapshotFailed
from runner.mariadb.account_scripts import write_accounts
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.event_scripts import write_events
from runner.mariadb.option_file import option_file
from runner.mariadb.session import Session, open_session
from runner.planning.snapshot import Origin
from runner.settings import Server
from runner.snapshots.method import Bench, Stream, progress
from runner.snapshots.pack import HERE, labels, own_words, packing
from runner.snapshots.shelf import Place

_LOCK_SECONDS = 10
"""While our lock waits for a long statement, everybody who writes waits for it."""
_HELD_SECONDS = 30
_BEGUN = re.compile(r"Thread \d+ dumping")
_MORE = "more.sql"
"""Beside the folder of the dump's own files: myloader 0.10 dies of any other file among them."""
_DUMP = (
    # The lock is taken when all is ready to begin, so that it is held for an instant only.
    f"while [ ! -e {HERE}/dump/.go ]; do sleep 0.02; done; rm {HERE}/dump/.go; exec mydumper --defaults-file={ETC}/dump.cnf"
    " --triggers --routines --build-empty-files --no-locks --verbose=3"
    f' --outputdir={HERE}/dump/tables "$@"'
)
_SERVE = (
    "owner=$1; shift;"
    " mariadb-install-db --no-defaults --datadir=/data --auth-root-authentication-method=normal --skip-test-db --user=root"
    ' >&2; "$(command -v mariadbd || command -v mysqld)" --no-defaults --user=root --datadir=/data --tmpdir=/data'
    ' --socket=/run/mysqld/mysqld.sock --pid-file=/run/mysqld/pid "$@" --skip-networking --skip-log-bin --event-scheduler=OFF;'
    ' chown -R "$owner" /data'
)
_OUR_ACCOUNT = (
    # Not root, who is made anew like every account; and only who may be a proxy can let others be one.
    "CREATE USER tam_load@localhost; GRANT ALL ON *.* TO tam_load@localhost WITH GRANT OPTION;"
    " GRANT PROXY ON ''@'%' TO tam_load@localhost WITH GRANT OPTION"
)
_LOAD = (
    'in=--socket=/run/mysqld/mysqld.sock; tries=0; until mariadb-admin "$in" --user=root ping > /dev/null 2>&1;'
    " do tries=$((tries + 1)); [ $tries -lt 600 ]; sleep 0.1; done;"
    f' myloader "$in" --user=root --directory={HERE}/dump/tables --threads="$1" >&2;'
    f' mariadb "$in" --user=root -e "{_OUR_ACCOUNT}";'
    # In one connection, whose account goes under way.
    f" {{ cat {HERE}/dump/{_MORE}; echo 'DROP USER tam_load@localhost; SHUTDOWN;'; }}"
    ' | mariadb "$in" --user=tam_load --default-character-set=utf8mb4'
)


@dataclass(frozen=True)
class Logical:
    """Take by mydumper: `address` and `password` are cloud.yaml's, `schemas` the cloud's, `size` the server's in bytes."""

    bench: Bench
    server: DatabaseServer
    address: Server
    password: str = field(repr=False)
    schemas: tuple[str, ...]
    size: int
    name: Literal["logical"] = "logical"
    keeps_stream: Literal[True] = True

    def take(self, place: Place, at_point: Callable[[], None]) -> Stream:
        """Dump, pack and store; `at_point` is called while our lock keeps everybody from writing.

        Raises:
            SnapshotFailed: mydumper failed, or the lock was not to be had.
            DiskFull, SnapshotLocked, EngineRefused, EngineMissing
        """
        (place.dump / "tables").mkdir(mode=0o700, parents=True)
        self._dump(place, at_point)
        size = _size_of(place)
        writer = replace(self._tool(place), argv=("/bin/sh", "-euc", f"tar -C {HERE}/dump -cf {HERE}/{place.fifo.name} ."))
        with packing(self.bench, place, doing="packing", total=size) as packed:
            with at_work(self.bench.engine, replace(writer, network="none", files={}), "packing a dump") as work:
                ended = work.end()
            if ended.exit_code:
                raise SnapshotFailed(f"packing {place.id}: {own_words(ended)}")
        shutil.rmtree(place.dump)
        return packed.result(place)

    def _tool(self, place: Place) -> Tool:
        upstream = upstream_of(self.address)
        schemas = "|".join(re.escape(schema) for schema in self.schemas)
        return Tool(
            image=self.bench.tools,
            argv=(
                *("/bin/sh", "-euc", _DUMP, "dump", f"--host={upstream.host}", f"--port={upstream.port}"),
                *(f"--regex=^({schemas})\\.", f"--threads={max(2, self.bench.jobs)}"),
                *(("--ssl",) if self.address.tls else ()),
            ),
            labels=labels(place),
            files={"dump.cnf": option_file(("client", "mydumper"), self.address.user, self.password)},
            user=f"{os.getuid()}:{os.getgid()}",
            network=upstream.network or "bridge",
            mounts=(bind(place.folder, HERE),),
        )

    def _dump(self, place: Place, at_point: Callable[[], None]) -> None:
        patience = f"SET SESSION lock_wait_timeout = {_LOCK_SECONDS}"
        told, clock = progress(self.bench, place, "dumping", self.size), time.monotonic()
        with at_work(self.bench.engine, self._tool(place), "mydumper") as work, open_session(self.server, patience) as session:
            words = work.words()
            with _locked(session):
                (place.dump / ".go").touch()
                if not any(_BEGUN.search(line) for line in words):
                    raise SnapshotFailed(f"mydumper: {_telling(work.end())}")
                at_point()
            more = write_accounts(session, self.schemas) + write_events(session, self.schemas)
            for _ in words:
                self.bench.go_on()
                told(_size_of(place), time.monotonic() - clock)
            ended = work.end()
        if ended.exit_code or "CRITICAL" in ended.words:
            raise SnapshotFailed(f"mydumper: {_telling(ended)}")
        (place.dump / _MORE).write_text(more, encoding="utf-8")


def _size_of(place: Place) -> int:
    """Add up what was dumped so far; a file that was renamed meanwhile counts the next time."""
    size = 0
    for path in (place.dump / "tables").iterdir():
        with suppress(FileNotFoundError):
            size += path.stat().st_size
    return size


@contextmanager
def _locked(session: Session) -> Iterator[None]:
    """Keep everybody from writing for the length of the block; if that takes too long the lock is given up, and the take fails.

    Raises:
        SnapshotFailed: a long statement is in the way.
    """
    try:
        session.execute("FLUSH TABLES WITH READ LOCK")
    except QueryFailed as error:
        raise SnapshotFailed(
            f"no lock within {_LOCK_SECONDS} s: {error.message}", hint="a long statement is in the way: take it again later"
        ) from error
    # Whatever hangs, production must not wait for it.
    watchdog = threading.Timer(_HELD_SECONDS, session.server.execute, (f"KILL CONNECTION {session.number}",))
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()
        session.execute("UNLOCK TABLES")


def load(bench: Bench, place: Place, image: str, origin: Origin) -> None:
    """Make a data directory of a dump that was unpacked: a fresh server of the right version loads it, and is shut down.

    Raises:
        SnapshotFailed, ImageMissing, EngineRefused, EngineMissing
    """
    sockets = place.dump / ".socket"
    sockets.mkdir(mode=0o700)
    common = (bind(place.folder, HERE), bind(sockets, "/run/mysqld"))
    server = Tool(
        image=image,
        argv=("/bin/sh", "-euc", _SERVE, "serve", origin.owner, *origin.options),
        labels=labels(place),
        rights=("CHOWN", "DAC_OVERRIDE"),
        mounts=(*common, bind(place.data, "/data")),
    )
    loader = Tool(
        image=bench.tools,
        argv=("/bin/bash", "-euo", "pipefail", "-c", _LOAD, "load", str(max(2, bench.jobs))),
        labels=labels(place),
        rights=("DAC_OVERRIDE",),
        mounts=common,
    )
    with at_work(bench.engine, server, f"loading {place.id}") as serving:
        with at_work(bench.engine, loader, f"loading {place.id}") as loading:
            ended = loading.end()
        if ended.exit_code or "CRITICAL" in ended.words:
            raise SnapshotFailed(f"loading {place.id}: {_telling(ended)}")
        served = serving.end()
    if served.exit_code:
        raise SnapshotFailed(f"loading {place.id}: {say_end(served)}")


def _telling(ended: Ended) -> str:
    """The last lines that name what is wrong."""
    lines = [line.strip() for line in ended.words.splitlines() if "CRITICAL" in line or "ERROR" in line or "rror:" in line]
    return "; ".join(lines[-2:]) or say_end(ended)
