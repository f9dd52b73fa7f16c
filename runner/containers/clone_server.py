"""A clone's server: production's version of MariaDB on a copy of its data, out of which nothing leads.

Its network is internal, and the host has no address on it: steps reach it through a relay that reaches nothing else, we
through a socket in a folder that lets nobody else through.
"""

import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from docker.models.containers import Container
from docker.types import Mount

from runner.containers.claims import Claim
from runner.containers.client import Client, engine_errors
from runner.containers.copies import Copy
from runner.containers.docker_engine import send_input
from runner.containers.leftovers import take_away
from runner.containers.network import make_internal
from runner.containers.workbench import bind
from runner.errors import CloneFailed
from runner.settings import FromSteps

MEMORY = 1024**3
"""Bytes a clone may use by default."""
DEFAULTS = (
    "--innodb-buffer-pool-size=128M",
    # Nobody mourns a clone after a power cut.
    "--innodb-flush-log-at-trx-commit=0",
    "--performance-schema=OFF",
)
"""What may be overridden: later options win."""
SLOW_LOG = ("--log-output=TABLE", "--slow-query-log=ON", "--long-query-time=0", "--min-examined-row-limit=0")
"""Every statement with its time in mysql.slow_log, for those who want to know."""
_HOME = "/run/thing-a-me"
_INIT = f"{_HOME}/init.sql"
_WHOLE = "-- whole"
"""The last line of the init file: one that was cut off makes no server."""
_FIXED = (
    "--datadir=/var/lib/mysql",
    "--socket=/run/mysqld/mysqld.sock",
    f"--pid-file={_HOME}/pid",
    f"--init-file={_INIT}",
    "--tmpdir=/tmp",
    "--port=3306",
    "--skip-name-resolve",
    # What production does by itself, a clone must not do: run events, follow a primary, join a cluster.
    "--event-scheduler=OFF",
    "--skip-slave-start",
    "--skip-log-bin",
    "--loose-wsrep-on=OFF",
    # It would open every file that production had in its memory, and on an overlay copy it.
    "--innodb-buffer-pool-load-at-startup=OFF",
    "--innodb-buffer-pool-dump-at-shutdown=OFF",
    # Our account comes as a hash, which such plugins refuse.
    "--loose-strict-password-validation=OFF",
)
_START = (
    f'umask 077; cat > {_INIT}; [ "$(tail -n 1 {_INIT})" = "{_WHOLE}" ] || exit 125; '
    'exec "$(command -v mariadbd || command -v mysqld)" --no-defaults "$@"'
)
_PROTOCOL = 10
"""The fifth byte of the packet by which a server greets (https://mariadb.com/kb/en/connection/)."""


@dataclass(frozen=True)
class CloneServer:
    """A running clone: `socket` for us, `from_steps` for a relay."""

    name: str
    socket: Path
    from_steps: FromSteps


@contextmanager
def clone_server(
    client: Client,
    claim: Claim,
    copy: Copy,
    *,
    image: str,
    init: Sequence[str],
    options: Sequence[str] = (),
    memory: int = MEMORY,
    settle: bool = False,
    patience: float = 600,
) -> Iterator[CloneServer]:
    """Start a server on a copy, wait until it takes connections, and end it; one at a time per claim.

    `init` are the SQL statements it executes first, each in one line; like every secret they travel over standard input.
    `image` is production's own, or has the same version. The server is killed at the end; with `settle` it is shut down in
    order where the block ended well, so that the copy can be copied again.

    Raises:
        CloneFailed: it ends, or takes no connections within `patience` seconds; its last words are in the message.
        EngineRefused, EngineMissing
    """
    with engine_errors("starting a clone's server"):
        network = client.networks.list(names=[f"^{claim.name}$"]) or [make_internal(client, claim.name, claim.labels)]
        container = _create(client, claim, copy, image=image, network=str(network[0].name), memory=memory, options=options)
    try:
        with engine_errors("starting a clone's server"):
            stdin = container.attach_socket(params={"stdin": 1, "stream": 1})
            container.start()
            send_input(stdin, "\n".join((*init, _WHOLE, "")).encode())
            _await_greeting(container, claim.socket, patience)
        yield CloneServer(claim.name, claim.socket, FromSteps(host=claim.name, network=claim.name))
        if settle:
            with engine_errors("shutting a clone's server down"):
                container.stop(timeout=int(patience))
                code = container.wait()["StatusCode"]
            if code != 0:
                raise CloneFailed(f"a clone's server did not shut down in order (exit code {code}):\n{_last_words(container)}")
    finally:
        with engine_errors("removing a clone's server"):
            take_away(container)


def _create(
    client: Client, claim: Claim, copy: Copy, *, image: str, network: str, memory: int, options: Sequence[str]
) -> Container:
    uid, _, gid = copy.owner.partition(":")
    return client.containers.create(
        image,
        ["-c", _START, "clone", *DEFAULTS, *options, *_FIXED],
        name=claim.name,
        entrypoint="/bin/sh",
        user=copy.owner,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        read_only=True,
        network=network,
        mounts=[
            Mount("/var/lib/mysql", copy.volume, type="volume", no_copy=True),
            # An ALTER TABLE sorts in there: as much as an index is big.
            bind(copy.scratch, "/tmp"),  # noqa: S108
            bind(claim.socket_folder, "/run/mysqld"),
        ],
        tmpfs={_HOME: f"mode=0700,uid={uid},gid={gid},size=1m"},
        mem_limit=memory,
        pids_limit=2048,
        stdin_open=True,
        labels=claim.labels,
    )


def _await_greeting(container: Container, at: Path, patience: float) -> None:
    """Wait until the server greets whoever connects: it does so when its init file has been executed."""
    deadline = time.monotonic() + patience
    while not _greets(at):
        container.reload()
        if container.status == "exited":
            state = container.attrs["State"]
            killed = "; the engine killed it for its memory" if state["OOMKilled"] else ""
            raise CloneFailed(f"a clone's server ended with exit code {state['ExitCode']}{killed}:\n{_last_words(container)}")
        if time.monotonic() > deadline:
            raise CloneFailed(f"a clone's server takes no connections after {patience:.0f} s:\n{_last_words(container)}")
        time.sleep(0.05)


def _greets(at: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.settimeout(1)
        try:
            door.connect(str(at))
            packet = door.recv(5)
        except OSError:
            return False
    return packet[4:] == bytes([_PROTOCOL])


def _last_words(container: Container) -> str:
    """The last lines of its error log that are more than notes; all of the last ones, if there are none."""
    lines = container.logs(tail=200).decode(errors="replace").splitlines()
    telling = [line for line in lines if "[Note]" not in line and "[Warning]" not in line]
    return "\n".join((telling or lines or ["it said nothing"])[-8:])
