"""A host of its own for a database server: a container that is spoken to by ssh only, as one would to a machine elsewhere."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runner.containers.blueprint import Blueprint
from runner.containers.build import build_once
from runner.containers.client import connect
from runner.containers.engine import LABEL
from runner.containers.release_image import SUITE, ensure_mariadb_image, mariadb_blueprint
from runner.containers.tarball import pack
from runner.containers.throwaway import Throwaway
from runner.events import silent
from runner.mariadb.connection import open_server
from runner.mariadb.option_file import option_file
from runner.mariadb.patience import await_server
from runner.settings import EngineSettings, FromSteps, Server
from tests.support.images import HERE, SITE
from tests.support.production import DATA, OPTIONS, Production, fill

HOME, SMALL = "/var/lib/mysql", "/small"
CONTROL = "/usr/local/bin/server-control"
_BACKUP = "mariadb-backup --defaults-extra-file=/root/backup.cnf --backup --stream=mbstream --target-dir=/tmp/backup"
_KEY = "ssh-keygen -q -N '' -f ~/.ssh/id_rsa && cp ~/.ssh/id_rsa.pub ~/.ssh/authorized_keys"
_SSH = ("ssh", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR", "root@127.0.0.1")


@dataclass(frozen=True)
class ServerHost:
    """The host; `production` is the server on it, whose container plays the machine."""

    production: Production

    @property
    def name(self) -> str:
        return self.production.made.name

    @property
    def hostname(self) -> str:
        return str(self.production.container.attrs["Config"]["Hostname"])

    @property
    def shell(self) -> list[str]:
        """Its way in. The client of ssh runs in there too: a machine that tests run on need not have one."""
        return ["docker", "exec", "-i", self.name, *_SSH]

    def describe(self, folder: Path, /, *, password: str | None = None, user: str = "root", **changes: Any) -> Path:
        """Write a cloud.yaml for it; `changes` are keys of `snapshots.host`."""
        host = {"shell": self.shell, **{word: f"{CONTROL} {word}" for word in ("stop", "start", "status", "log")}, **changes}
        command = [*self.shell, _BACKUP]
        return self.production.describe(folder, user=user, password=password, command=command, host=host)

    def run(self, command: str) -> str:
        """Run something on it, by a way of the tests' own."""
        call = ["docker", "exec", self.name, "sh", "-c", command]
        return subprocess.run(call, capture_output=True, text=True, check=False).stdout

    def phase(self) -> str:
        """In which phase a restore is there; empty: in none."""
        return self.run(f"cd {HOME}/.thing-a-me-aside 2>/dev/null && ls -d phase.*").strip().removeprefix("phase.")

    def left(self) -> list[str]:
        """What a restore has left on it: folders in the data directory, and processes of ours."""
        folders = [name for name in self.run(f"ls -A {HOME}").split() if name.startswith(".thing-a-me")]
        return folders + self.run("pgrep -x python3").split()


@contextmanager
def open_host() -> Iterator[ServerHost]:
    """Make one, and fill its server; all of it is gone at the end."""
    name = f"{LABEL}-test-host-{secrets.token_hex(4)}"
    with closing(connect(EngineSettings())) as client:
        try:
            password = secrets.token_hex(16)
            container = client.containers.create(
                _image(client),
                name=name,
                hostname=f"db-{name[-8:]}",
                init=True,
                tmpfs={SMALL: "size=100m"},
                labels={f"{LABEL}.test": name},
            )
            given = {
                "root/server-options": " ".join(OPTIONS).encode(),
                "root/backup.cnf": option_file(("client",), "root", password),
                "run/thing-a-me/root-password": password.encode(),
            }
            container.put_archive("/", pack(given, mode=0o400))
            container.start()
            container.exec_run(["sh", "-c", _KEY])
            container.reload()
            there = container.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
            address = Server(host=there, user="root", password_file=os.devnull)
            await_server(address, password)
            with open_server(address, password) as server:
                fill(server, [statement.replace("_250000", "_60000") for statement in DATA])
                yield ServerHost(Production(client, Throwaway(name, 0, FromSteps(host=name), password), server, address))
        finally:
            for one in client.containers.list(all=True, ignore_removed=True, filters={"name": f"^{name}$"}):
                one.remove(force=True, v=True)


def _image(client: Any) -> str:
    ensure_mariadb_image(client, SITE, silent)
    blueprint = Blueprint(
        name="test-server-host",
        suite=SUITE,
        dockerfile=(HERE / "server_host.Dockerfile").read_bytes(),
        files={"server-control": (HERE / "server-control").read_bytes()},
        parents={"SERVER": mariadb_blueprint().reference},
        flat=True,
    )
    return build_once(client, blueprint, SITE.build)
