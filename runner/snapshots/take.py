"""Take: one point of a server, stored in a folder, with the fingerprint that production had at that point."""

import datetime
import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.errors import SnapshotFailed, SnapshotFolderUnfit
from runner.events import RungReached
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.fingerprint import read_print
from runner.mariadb.point import Position, open_point
from runner.mariadb.table_prints import Progress
from runner.planning.fingerprint import ServerPrint
from runner.planning.snapshot import Origin, Rung, StoredFile, Taken
from runner.snapshots.hold import change_shelf, change_snapshot
from runner.snapshots.method import Bench, Method, Stream, progress
from runner.snapshots.removal import remove, remove_unfinished
from runner.snapshots.shelf import Place, new_place, write_last


@dataclass(frozen=True)
class Subject:
    """What is to be taken: the server, where it comes from, the cloud's databases, and the schemas that are compared."""

    server: DatabaseServer
    origin: Origin
    databases: Mapping[str, str]
    schemas: tuple[str, ...]


@dataclass(frozen=True)
class _Seen:
    """What production was at the point."""

    stream: Stream
    print: ServerPrint
    position: Position | None
    gtid: str


def take(bench: Bench, shelf: Path, method: Method, subject: Subject) -> Place:
    """Take a snapshot, which is not proven yet. Whatever ends it early, nothing of it is left.

    Raises:
        SnapshotFailed, DiskFull, SnapshotLocked, SnapshotFolderUnfit, SnapshotBusy
        ServerUnreachable, QueryFailed: the server went away meanwhile.
        EngineRefused, EngineMissing
    """
    began, clock = datetime.datetime.now(datetime.UTC), time.monotonic()
    with change_shelf(shelf):
        remove_unfinished(bench, shelf)
        place = new_place(shelf)
        with change_snapshot(place), _whole_or_gone(bench, place):
            seen = _look(bench, place, method, subject)
            production = _write_production(place, seen.print)
            now = datetime.datetime.now(datetime.UTC)
            taken = Taken(
                snapshot=place.id,
                method=method.name,
                origin=subject.origin,
                databases=dict(subject.databases),
                schemas=subject.schemas,
                position=str(seen.position or ""),
                gtid=seen.gtid,
                began_at=began,
                taken_at=now,
                seconds=round(time.monotonic() - clock, 3),
                raw_bytes=seen.stream.raw,
                stored=(seen.stream.stored, production),
                encrypted=bool(bench.recipients),
            )
            write_last(place.taken, taken)
    where = f" at {taken.gtid or taken.position}" if taken.position else ""
    bench.tell(
        RungReached(snapshot=place.id, rung=Rung.TAKEN, seconds=taken.seconds, detail=f"{len(seen.print.tables)} tables{where}")
    )
    return place


def _look(bench: Bench, place: Place, method: Method, subject: Subject) -> _Seen:
    """Take the stream, and read production's fingerprint at the stream's own point."""
    held: list[Position | None] = []
    with open_point(subject.server, subject.schemas, connections=max(2, bench.jobs)) as point:
        stream = method.take(place, lambda: held.append(point.hold()))
        (position,) = held
        if stream.position and position and stream.position != str(position):
            raise SnapshotFailed(
                f"somebody wrote between the snapshot's point and ours: {stream.position} and {position}",
                hint="take it again; where it happens often, take it while less is written",
            )
        told, clock = progress(bench, place, "reading production's fingerprint", 0), time.monotonic()

        def hear(now: Progress) -> None:
            told(now.bytes_done, time.monotonic() - clock)

        found = read_print(point, subject.schemas, hear)
        gtid = point.gtid(position) if position else ""
    if found.unread:
        reasons = "\n".join(str(one) for one in found.unread[:10])
        raise SnapshotFailed(
            f"{len(found.unread)} of production's parts cannot be read, so nothing could be proven:\n{reasons}"
        )
    return _Seen(stream, found, position, gtid)


@contextmanager
def _whole_or_gone(bench: Bench, place: Place) -> Iterator[None]:
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
