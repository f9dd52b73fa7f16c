"""A real MariaDB server in a container, for as long as a test session."""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# The reaper is an image of its own, and there may be no registry to pull it from; `with` does its work.
os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")

from testcontainers.core.container import DockerContainer

from runner.containers.engine import LABEL
from runner.mariadb.patience import await_server
from runner.settings import Server, Tls

IMAGE = os.environ.get("THING_A_ME_MARIADB_IMAGE", "thing-a-me/mariadb:latest")
PASSWORD_FILE = "/run/thing-a-me/root-password"
QUICK = (
    "--character-set-server=utf8mb3",
    "--collation-server=utf8mb3_general_ci",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-buffer-pool-size=128M",
)


@dataclass(frozen=True)
class TestServer:
    """Where the server answers, its root password, and the container it runs in."""

    __test__ = False

    address: Server
    password: str
    container: str = ""


@contextmanager
def start_server(*options: str, mounts: tuple[tuple[Path, str], ...] = (), tls: Tls | None = None) -> Iterator[TestServer]:
    """Start a server with more options and read-only mounts, and wait until it takes root's login, over `tls` if given."""
    password = secrets.token_urlsafe(16)
    with tempfile.TemporaryDirectory() as directory:
        secret = Path(directory) / "root-password"
        secret.write_text(password, encoding="utf-8")
        container = (
            DockerContainer(IMAGE, labels={LABEL: "test"})
            .with_command([*QUICK, *options])
            .with_exposed_ports(3306)
            .with_volume_mapping(str(secret), PASSWORD_FILE, "ro")
            .with_tmpfs_mount("/var/lib/mysql")
        )
        for source, target in mounts:
            container = container.with_volume_mapping(str(source), target, "ro")
        with container:
            address = Server(
                host=container.get_container_host_ip(),
                port=int(container.get_exposed_port(3306)),
                user="root",
                password_file="unused",
            )
            await_server(address.model_copy(update={"tls": tls}), password)
            yield TestServer(address, password, container.get_wrapped_container().name)
