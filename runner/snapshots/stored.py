"""What lies in a snapshot's folder, and whether it is what was put there."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from runner.containers.tool import ETC, Tool, at_work, demand_success, run_tool, say_end
from runner.containers.workbench import bind
from runner.errors import DiskFull, SnapshotBroken, SnapshotFailed, SnapshotLocked
from runner.planning.fingerprint import ServerPrint
from runner.planning.snapshot import StoredFile, Taken, compare_files
from runner.snapshots.method import Bench, progress
from runner.snapshots.pack import HERE, RECYCLED, labels, own_words, script
from runner.snapshots.shelf import Place

_SHOWN = 20
"""Files in a message; all of them were looked at."""


def read_production(place: Place, taken: Taken | None = None) -> ServerPrint:
    """Read production's fingerprint, and demand that it is the one that was taken, by what is known then or was written down.

    Raises:
        SnapshotBroken
    """
    known = taken or place.read_taken()
    recorded = tuple(file for file in known.stored if file.name == place.production.name)
    try:
        content = place.production.read_bytes()
    except OSError as error:
        raise SnapshotBroken(f"{place.id}: {place.production.name} is missing, or cannot be read") from error
    found = StoredFile(name=place.production.name, size=len(content), sha256=hashlib.sha256(content).hexdigest())
    if faults := compare_files(recorded, (found,)):
        raise SnapshotBroken(f"{place.id}: {'; '.join(faults)}")
    return place.read_production()


def unpack(bench: Bench, place: Place, taken: Taken, command: tuple[str, ...]) -> None:
    """Unpack the stored stream by a command that reads it, and demand that it is the one that was stored.

    Raises:
        SnapshotBroken, SnapshotLocked, SnapshotFailed, DiskFull, EngineRefused, EngineMissing
    """
    if taken.encrypted and bench.identity is None:
        raise SnapshotLocked(f"{place.id} is encrypted, and cloud.yaml names no snapshots.identity_file")
    stream = place.stream(encrypted=taken.encrypted)
    identity = f"{ETC}/identity" if taken.encrypted else ""
    tool = Tool(
        image=bench.tools,
        argv=(*script("unpack"), f"{HERE}/{stream.name}", identity, *command),
        labels=labels(place),
        files={"identity": (bench.identity or "").encode()},
        rights=("DAC_OVERRIDE",),
        memory=RECYCLED,
        mounts=(bind(place.folder, HERE),),
    )
    if not stream.is_file():
        raise SnapshotBroken(f"{place.id} is half deleted: {stream.name} is missing")
    told, clock = progress(bench, place, "unpacking", stream.stat().st_size), time.monotonic()
    answer: dict[str, Any] = {}
    with at_work(bench.engine, tool, f"unpacking {place.id}") as work:
        for answer in work.answers():
            told(answer.get("read") or answer["size"], time.monotonic() - clock)
        ended = work.end()
    recorded = tuple(file for file in taken.stored if file.name == stream.name)
    if faults := answer.get("faults"):
        raise SnapshotBroken(f"{place.id}: {stream.name} cannot be read: {faults[0]}")
    if "sha256" in answer:
        found = StoredFile(name=stream.name, size=answer["size"], sha256=answer["sha256"])
        if faults := compare_files(recorded, (found,)):
            raise SnapshotBroken(f"{place.id}: {'; '.join(faults)}")
    if "No space left" in ended.words:
        raise DiskFull(f"no room left for {place.data}", hint="free some space, and prove it again")
    if ended.exit_code or "sha256" not in answer:
        raise SnapshotFailed(f"unpacking {place.id}: {say_end(ended)}")
    if failed := answer["failed"]:
        kind = SnapshotLocked if "age" in failed else SnapshotFailed
        raise kind(f"unpacking {place.id}: {own_words(ended)}")


def demand_stored(bench: Bench, place: Place, taken: Taken) -> None:
    """Demand that the stored stream is the one that was stored, and can be unpacked.

    Raises:
        SnapshotBroken, SnapshotLocked, SnapshotFailed, EngineRefused, EngineMissing
    """
    unpack(bench, place, taken, ("sh", "-c", "cat > /dev/null"))


@contextmanager
def hashing(bench: Bench, place: Place) -> Iterator[Callable[[], tuple[StoredFile, ...]]]:
    """Hash every file of the data directory while the block does something else; what is yielded waits for the hashes.

    Raises:
        SnapshotBroken: a file cannot be read.
        EngineRefused, EngineMissing
    """
    doing = f"hashing {place.id}"
    with at_work(bench.engine, _hasher(place, bench.tools, place.data), doing) as work:

        def hashes() -> tuple[StoredFile, ...]:
            answers = list(work.answers())
            demand_success(work.end(), doing)
            return _files(place.id, answers)

        yield hashes


def hash_data(bench: Bench, place: Place, data: Path) -> tuple[StoredFile, ...]:
    """Hash every file of a data directory in a snapshot's folder, and have it on the disk.

    Raises:
        SnapshotBroken: a file cannot be read.
        EngineRefused, EngineMissing
    """
    name = str(data.relative_to(place.folder.parent))
    return _files(name, run_tool(bench.engine, _hasher(place, bench.tools, data), f"hashing {name}"))


def _hasher(place: Place, image: str, data: Path) -> Tool:
    return Tool(
        image=image,
        argv=(*script("hash_files"), f"{HERE}/{data.relative_to(place.folder)}"),
        labels=labels(place),
        rights=("DAC_OVERRIDE",),
        memory=RECYCLED,
        mounts=(bind(place.folder, HERE),),
    )


def _files(name: str, answers: list[Any]) -> tuple[StoredFile, ...]:
    if faults := [f"{one['name']} cannot be read: {one['fault']}" for one in answers if "fault" in one]:
        raise SnapshotBroken(f"{name}: {'; '.join(sorted(faults)[:_SHOWN])}")
    return tuple(sorted((StoredFile(**one) for one in answers if "name" in one), key=lambda file: file.name))


def demand_data(bench: Bench, place: Place, recorded: tuple[StoredFile, ...]) -> None:
    """Demand that the data directory is the one that was written down, file by file.

    Raises:
        SnapshotBroken: each file that is not is named.
    """
    if faults := compare_files(recorded, hash_data(bench, place, place.data)):
        more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise SnapshotBroken(f"{place.id}: {'; '.join(faults[:_SHOWN])}{more}")
