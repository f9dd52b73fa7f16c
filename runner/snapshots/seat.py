"""Where a server sits: its data directory, which a snapshot is to become, and what stops and starts the server on it.

`restore_physical.py`: a container of our engine; `restore_host.py`: another host, by a shell of the operator's. To both what
is where is told by the data directory itself (inside/put_back.py), so that whoever comes after a crash can go on or back.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from runner.containers.tool import Ended, say_end
from runner.errors import DiskFull, RestoreFailed, SnapshotBroken, SnapshotForeign, ThingAMeError
from runner.planning.snapshot import Origin, SnapshotManifest, StoredFile, compare_files
from runner.snapshots.pack import HERE
from runner.snapshots.shelf import Place

_SHOWN = 20


@dataclass(frozen=True)
class Left:
    """Where a restore of this server's data directory is; `phase` is empty where there is none.

    `policy` is the seat's, as it was before, `ran` whether the server ran then.
    """

    phase: str
    snapshot: str = ""
    policy: Mapping[str, Any] | None = None
    ran: bool = True


class Seat(Protocol):
    """A server's place.

    Whatever is done at it can fail with RestoreFailed, and with what the way to there raises: EngineRefused and EngineMissing
    of an engine, HostUnreachable and HostUnfit of a shell.
    """

    @property
    def name(self) -> str:
        """What the operator knows it by."""

    @property
    def hostname(self) -> str:
        """What the server on it has to tell as its hostname; empty where nobody knows better than the snapshot."""

    @property
    def status(self) -> str:
        """`running` or `restarting`; anything else means that it is down."""

    @property
    def policy(self) -> Mapping[str, Any]:
        """What starts the server by itself when it ends; empty where nobody can tell."""

    def set_policy(self, policy: Mapping[str, Any]) -> None:
        """Have it started by itself as before."""

    def stop(self) -> None:
        """Have the server shut itself down, and return when it is down; nothing starts it again but we."""

    def start(self) -> None: ...

    def last_words(self) -> str:
        """What the server said last, for one that does not come up."""

    def look(self) -> Left:
        """Say where an earlier restore was left; what it still had at work is ended."""

    def fill(self, manifest: SnapshotManifest, left: Left) -> None:
        """Copy the snapshot's data beside the server's own, and hash them on the way.

        Raises:
            SnapshotBroken: they are not what was proven.
            DiskFull: asked before anything is copied.
        """

    def act(self, command: str, *arguments: str) -> Left:
        """Have inside/put_back.py do one thing at the data directory, and say where the restore is then."""


def copy_beside(seat: Seat, manifest: SnapshotManifest, left: Left) -> None:
    """Copy the snapshot's data beside the server's own, and vouch for the copy; after a failure nothing is left of it.

    Raises:
        SnapshotBroken, DiskFull, RestoreFailed: as of `Seat.fill`.
    """
    try:
        seat.fill(manifest, left)
        seat.act("vouch")
    except BaseException:
        with suppress(ThingAMeError):
            seat.act("back")
        raise


def swap(seat: Seat) -> None:
    """Take the copy to its place; the server must be down."""
    seat.act("forward")


def go_back(seat: Seat, kept: str = "") -> None:
    """Have the server's own files where they were, from wherever a restore is; the server must be down.

    What takes their place now is removed; with `kept` it stays under that name.
    """
    seat.act("back", *filter(None, (kept,)))


def settle(seat: Seat) -> None:
    """Have it on the disk that what is in place was proven: from now on there is no way back to the old files."""
    seat.act("settle")


def finish(seat: Seat, kept: str) -> None:
    """Remove what was moved aside; with `kept` it stays under that name."""
    seat.act("finish", *filter(None, (kept,)))


def demand_one_home(origin: Origin) -> str:
    """Demand that a server keeps all its data in one folder, and name it.

    Raises:
        SnapshotForeign
    """
    if origin.elsewhere:
        raise SnapshotForeign(f"the server keeps data outside {origin.datadir} too: {', '.join(origin.elsewhere)}")
    return origin.datadir or "/var/lib/mysql"


def demand_whole(place: Place, manifest: SnapshotManifest, found: Sequence[StoredFile]) -> None:
    """Demand that what was copied is what was proven.

    Raises:
        SnapshotBroken: the files are named.
    """
    if faults := compare_files(manifest.data, tuple(found)):
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise SnapshotBroken(f"{place.id}: {'; '.join(faults[:_SHOWN])}{more}")


def explain(place: Place, name: str, ended: Ended) -> DiskFull | SnapshotBroken | RestoreFailed:
    """Say why what was done at a data directory failed."""
    words = f"{place.id} in {name}: {say_end(ended)}"
    if "No space left" in ended.words:
        return DiskFull(words, hint="the old data stay beside the new ones until these are proven: free some space there")
    # What fails at a file of the snapshot's own: it cannot be read, or is none.
    return SnapshotBroken(words) if f"{HERE}/{place.data.name}/" in words else RestoreFailed(words)
