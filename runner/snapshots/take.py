"""Take: one point of a server, stored in a folder, with the fingerprint that production had at that point."""

import datetime
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.errors import SnapshotFailed, SnapshotFolderUnfit
from runner.events import RungReached
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.fingerprint import read_print
from runner.mariadb.point import Point, Position, open_point
from runner.mariadb.table_prints import Progress
from runner.planning.fingerprint import ServerPrint
from runner.planning.snapshot import Origin, Rung, StoredFile, Taken
from runner.snapshots.hold import change_shelf, change_snapshot
from runner.snapshots.method import Bench, Method, Stream, progress
from runner.snapshots.physical import prepare
from runner.snapshots.removal import remove
from runner.snapshots.shelf import Place, new_place, write_last
from runner.snapshots.stored import hash_data


@dataclass(frozen=True)
class Subject:
    """What is to be taken: the server, where it comes from, the cloud's databases, and the schemas that are compared.

    `silenced` are the accounts (user, host) that a window has locked.
    """

    server: DatabaseServer
    origin: Origin
    databases: Mapping[str, str]
    schemas: tuple[str, ...]
    silenced: tuple[tuple[str, str], ...] = ()


Stored = Callable[[Taken, bool], object]
"""Hears that the stream is stored, what is known then, and whether all of it came out of the tap.

What it begins goes on while production's fingerprint is read.
"""


def unheard(known: Taken, tapped: bool) -> None:
    """Begin nothing."""


def take(bench: Bench, shelf: Path, method: Method, subject: Subject) -> Place:
    """Take a snapshot, which is not proven yet. Whatever ends it early, nothing of it is left.

    Raises:
        SnapshotFailed, DiskFull, SnapshotLocked, SnapshotFolderUnfit, SnapshotBusy
        ServerUnreachable, QueryFailed: the server went away meanwhile.
        EngineRefused, EngineMissing
    """
    with change_shelf(shelf):
        place = new_place(shelf)
        with change_snapshot(place), whole_or_gone(bench, place):
            taken = take_into(bench, place, method, subject)
            if not method.keeps_stream:
                prepare(bench, place, subject.origin.image, subject.origin.owner)
                # Whoever proves them later has to know that they are still what they were.
                taken = taken.with_files(hash_data(bench, place, place.data))
            write_last(place.taken, taken)
    return place


def take_into(bench: Bench, place: Place, method: Method, subject: Subject, stored: Stored = unheard) -> Taken:
    """Take into a new place that we hold, and return what is known then, which the caller writes down.

    Raises as `take`; what is there then is the caller's to remove.
    """
    began, clock = datetime.datetime.now(datetime.UTC), time.monotonic()
    held: list[Position | None] = []
    with open_point(subject.server, subject.schemas, connections=max(2, bench.jobs)) as point:
        stream = method.take(place, lambda: held.append(point.hold()))
        (position,) = held
        _demand_one_point(stream, position)
        taken = Taken(
            snapshot=place.id,
            method=method.name,
            origin=subject.origin,
            databases=dict(subject.databases),
            schemas=subject.schemas,
            position=str(position or ""),
            gtid=point.gtid(position) if position else "",
            began_at=began,
            taken_at=datetime.datetime.now(datetime.UTC),
            seconds=round(time.monotonic() - clock, 3),
            raw_bytes=stream.raw,
            stored=(stream.stored,) if stream.stored else (),
            encrypted=bool(bench.recipients),
            silenced=subject.silenced,
        )
        stored(taken, stream.tapped)
        production = _read_production(bench, place, point, subject)
    whole = (*taken.stored, _write_production(place, production))
    seconds = round(time.monotonic() - clock, 3)
    where = f" at {taken.gtid or taken.position}" if taken.position else ""
    bench.tell(
        RungReached(snapshot=place.id, rung=Rung.TAKEN, seconds=seconds, detail=f"{len(production.tables)} tables{where}")
    )
    return taken.model_copy(update={"stored": whole, "seconds": seconds})


def _demand_one_point(stream: Stream, position: Position | None) -> None:
    if stream.position and position and stream.position != str(position):
        raise SnapshotFailed(
            f"somebody wrote between the snapshot's point and ours: {stream.position} and {position}",
            hint="take it again; where it happens often, take it while less is written",
        )


def _read_production(bench: Bench, place: Place, point: Point, subject: Subject) -> ServerPrint:
    """Read production's fingerprint at the stream's own point."""
    told, clock = progress(bench, place, "reading production's fingerprint", 0), time.monotonic()

    def hear(now: Progress) -> None:
        bench.go_on()
        told(now.bytes_done, time.monotonic() - clock)

    found = read_print(point, subject.schemas, hear)
    if found.unread:
        reasons = "\n".join(str(one) for one in found.unread[:10])
        raise SnapshotFailed(
            f"{len(found.unread)} of production's parts cannot be read, so nothing could be proven:\n{reasons}"
        )
    return found


@contextmanager
def whole_or_gone(bench: Bench, place: Place) -> Iterator[None]:
    """Whatever ends the block early, nothing of a place that we hold is left."""
    try:
        yield
    except BaseException:
        remove(bench, place)
        raise


def _write_production(place: Place, found: ServerPrint) -> StoredFile:
    content = found.model_dump_json().encode()
    try:
        place.production.write_bytes(content)
    except OSError as error:
        raise SnapshotFolderUnfit(f"cannot write {place.production}: {error.strerror}") from error
    return StoredFile(name=place.production.name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
