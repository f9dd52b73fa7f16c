"""Put back by SQL: the cloud's schemas are dropped, and myloader loads the dump in parallel. Other schemas are not touched.

From the first drop to the last load the schemas are neither the old nor the new ones: there is no way back but to do it again.
"""

import time
from dataclasses import dataclass

from runner.containers.leftovers import remove_containers
from runner.containers.network import upstream_of
from runner.containers.tool import ETC, Tool, at_work, say_end
from runner.containers.workbench import bind
from runner.errors import Aftermath, RestoreFailed
from runner.mariadb.connection import DatabaseServer, quote
from runner.mariadb.option_file import option_file
from runner.planning.snapshot import Taken
from runner.settings import Server
from runner.snapshots.method import Bench, progress
from runner.snapshots.pack import HERE, labels
from runner.snapshots.removal import remove_dump
from runner.snapshots.restore import RESTORE_LABEL
from runner.snapshots.shelf import Place
from runner.snapshots.stored import unpack

_LOAD = f'exec myloader --defaults-file={ETC}/load.cnf --directory={HERE}/dump/tables --enable-binlog --verbose=3 "$@"'


@dataclass(frozen=True)
class BySql:
    """A snapshot, and the server whose schemas it is to become; `address` and `password` are cloud.yaml's."""

    bench: Bench
    place: Place
    address: Server
    password: str

    def unpack(self, taken: Taken) -> None:
        """Unpack the dump, and demand that it is the one that was stored; a loader that its dead runner left is ended.

        Raises:
            SnapshotBroken, SnapshotLocked, SnapshotFailed, DiskFull, EngineRefused, EngineMissing
        """
        remove_containers(self.bench.client, {RESTORE_LABEL: self._label})
        remove_dump(self.bench, self.place)
        self.place.dump.mkdir(mode=0o700)
        unpack(self.bench, self.place, taken, ("tar", "-xC", f"{HERE}/{self.place.dump.name}"))

    def load(self, server: DatabaseServer, taken: Taken) -> None:
        """Drop the cloud's schemas and load them.

        Raises:
            RestoreFailed: the schemas are half loaded.
            QueryFailed, RightsMissing, EngineRefused, EngineMissing
        """
        # Made before anything is dropped: it asks for the server's address.
        loader = self._loader()
        for schema in taken.schemas:
            server.execute(f"DROP DATABASE IF EXISTS {quote(schema)}")
        told, clock = progress(self.bench, self.place, "loading", 0), time.monotonic()
        with at_work(self.bench.engine, loader, f"loading {self.place.id}") as work:
            for _ in work.words():
                told(0, time.monotonic() - clock)
            ended = work.end()
        if ended.exit_code or "CRITICAL" in ended.words:
            telling = [line for line in ended.words.splitlines() if "CRITICAL" in line or "rror" in line]
            raise RestoreFailed(f"myloader: {'; '.join(telling[-2:]) or say_end(ended)}", aftermath=Aftermath.CHANGED)

    def tidy_up(self) -> None:
        """Remove what was unpacked."""
        remove_dump(self.bench, self.place)

    @property
    def _label(self) -> str:
        # Whatever snapshot it loaded: two loaders at one server would mix what they load.
        return f"{self.address.host}:{self.address.port}"

    def _loader(self) -> Tool:
        upstream = upstream_of(self.address)
        return Tool(
            image=self.bench.tools,
            argv=(
                *("/bin/sh", "-euc", _LOAD, "load", f"--host={upstream.host}", f"--port={upstream.port}"),
                *(f"--threads={max(2, self.bench.jobs)}", *(("--ssl",) if self.address.tls else ())),
            ),
            labels={**labels(self.place), RESTORE_LABEL: self._label},
            files={"load.cnf": option_file(("client", "myloader"), self.address.user, self.password)},
            rights=("DAC_OVERRIDE",),
            network=upstream.network or "bridge",
            mounts=(bind(self.place.folder, HERE),),
        )
