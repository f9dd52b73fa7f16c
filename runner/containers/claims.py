"""A claim: all that one process holds of the engine for one clone or throw-away server, findable and removable as a whole.

Containers, networks and volumes of a clone carry its claim's labels. A claim is held by a lock on a file, which the
kernel takes back when its holder dies; what a dead holder left is removed by whoever comes next.
"""

import fcntl
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import docker.errors
from docker.models.networks import Network

from runner.containers.client import Client, engine_errors
from runner.containers.engine import LABEL
from runner.containers.leftovers import take_away
from runner.containers.network import RUN_LABEL, network_name, remove_network, remove_steps
from runner.containers.workbench import Workbench
from runner.errors import ThingAMeError

CLAIM_LABEL = f"{LABEL}.clone"
FOLDER_LABEL = f"{LABEL}.clone.folder"
"""On a volume: the folder of this host that its content lies in."""
IMAGE_LABEL = f"{LABEL}.clone.image"
"""On a volume: the image whose tools made that folder, and can remove it."""
SUCCESSOR_LABEL = f"{LABEL}.successor"
"""On a container that carries no claim: the folder that its data lie in. It goes where that folder goes, and never else."""
_SEAT_LABEL = f"{LABEL}.clone.seat"
_HOLDER_LABEL = f"{LABEL}.clone.holder"
_LOCK = "lock"
_SOCKET = "mysqld.sock"


@dataclass(frozen=True)
class Claim:
    """A held claim. `seat` is a folder of this process's user alone; it holds the lock, and the server's socket.

    `more` are labels of whoever holds it, by which all of it can be ended from outside.
    """

    name: str
    seat: Path
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def labels(self) -> dict[str, str]:
        return {
            **self.more,
            LABEL: "clone",
            CLAIM_LABEL: self.name,
            _SEAT_LABEL: str(self.seat),
            _HOLDER_LABEL: f"{os.getpid()}@{socket.gethostname()}",
        }

    @property
    def socket_folder(self) -> Path:
        return self.seat / "socket"

    @property
    def socket(self) -> Path:
        return self.socket_folder / _SOCKET


@contextmanager
def claim_clone(client: Client, more: Mapping[str, str] | None = None) -> Iterator[Claim]:
    """Hold a claim; at the end all that carries its labels is removed, also after a failure or an interrupt.

    Raises:
        EngineRefused, EngineMissing: something could not be removed; the next clone tries again.
    """
    # A socket's path has at most 107 bytes; a temporary folder of one's own may be deeper than that.
    parent = tempfile.gettempdir()
    seat = Path(tempfile.mkdtemp(prefix=f"{LABEL}-", dir=parent if len(parent) < 60 else "/tmp"))  # noqa: S108, PLR2004
    claim = Claim(f"{LABEL}-clone-{secrets.token_hex(4)}", seat, more or {})
    with (seat / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Whatever user the server runs as makes its socket here; the seat itself lets nobody else through.
        claim.socket_folder.mkdir()
        claim.socket_folder.chmod(0o777)
        try:
            yield claim
        except BaseException:
            with suppress(ThingAMeError):
                _remove(client, claim.name, seat)
            raise
        _remove(client, claim.name, seat)


def remove_left_clones(client: Client) -> tuple[str, ...]:
    """Remove what dead holders left, and name their claims. What another host or another user holds is left alone.

    Raises:
        EngineRefused, EngineMissing
    """
    ours = {"label": CLAIM_LABEL}
    with engine_errors("looking for clones that were left"):
        found = [one.labels for one in client.containers.list(all=True, filters=ours, ignore_removed=True)]
        found += [one.attrs["Labels"] for one in (*client.networks.list(filters=ours), *client.volumes.list(filters=ours))]
    gone = []
    for name, labels in {labels[CLAIM_LABEL]: labels for labels in found}.items():
        seat = Path(labels[_SEAT_LABEL])
        with _abandoned(seat, labels[_HOLDER_LABEL]) as is_abandoned:
            if is_abandoned:
                _remove(client, name, seat)
                gone.append(name)
    return tuple(gone)


@contextmanager
def _abandoned(seat: Path, holder: str) -> Iterator[bool]:
    """Say whether nobody holds the claim any more; if so, hold it meanwhile."""
    try:
        lock = (seat / _LOCK).open()
    except FileNotFoundError:
        # Taken away by whoever tidies temporary folders, or another host's: the process tells, if it was here.
        pid, _, host = holder.partition("@")
        yield host == socket.gethostname() and not Path("/proc", pid).exists()
        return
    except PermissionError:
        yield False
        return
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _remove(client: Client, name: str, seat: Path) -> None:
    """Remove all of a claim, in an order in which nothing is in use any more when its turn comes."""
    mine = {"label": f"{CLAIM_LABEL}={name}"}
    with engine_errors(f"removing the clone {name}"):
        for container in client.containers.list(all=True, filters=mine, ignore_removed=True):
            take_away(container)
        for network in client.networks.list(filters=mine):
            _remove_guests(client, network)
            with suppress(docker.errors.NotFound):
                network.remove()
        for volume in client.volumes.list(filters=mine):
            _remove_folder(client, volume.attrs["Labels"])
            with suppress(docker.errors.NotFound):
                volume.remove(force=True)
    shutil.rmtree(seat, ignore_errors=True)


def _remove_guests(client: Client, network: Network) -> None:
    """Remove the runs whose relays hang on a clone's network, and their steps: without the clone they are nothing."""
    guests = client.containers.list(all=True, filters={"network": network.id}, ignore_removed=True)
    for run in {guest.labels[RUN_LABEL] for guest in guests if RUN_LABEL in guest.labels}:
        remove_steps(client, run)
        remove_network(client, network_name(run))


def _remove_folder(client: Client, labels: Mapping[str, str]) -> None:
    folder = Path(labels[FOLDER_LABEL])
    for container in client.containers.list(all=True, filters={"label": f"{SUCCESSOR_LABEL}={folder}"}, ignore_removed=True):
        take_away(container, volumes=False)
    Workbench(client, labels[IMAGE_LABEL], {CLAIM_LABEL: labels[CLAIM_LABEL]}).remove(folder)
