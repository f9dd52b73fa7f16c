"""Snapshots: taken and proven, cloned, put back; each against the plain way, in one run, on the same data.

The plain way and ours take turns, and medians count: what else the machine does meanwhile falls on both.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.commands import THING
from bench.figure import Figure
from bench.filling import SCHEMAS
from bench.plain_snapshot import by_hand, copy_raw, dump_and_reload
from bench.production import Production, empty_server, open_production
from runner.mariadb.fingerprint import read_print
from runner.mariadb.point import open_point
from runner.planning.snapshot import SnapshotManifest
from runner.snapshots.clone import Equipment, open_clone
from runner.snapshots.shelf import Place, list_places

ROUNDS = 3
SCRATCH = Path("/var/tmp")
"""On a disk: what is measured is bytes that lie there."""


@dataclass(frozen=True)
class Ran:
    """A command of ours: seconds from its start to its end, and the most memory it had, in MB."""

    seconds: float
    memory: float


def measure(*gigabytes: float) -> list[Figure]:
    """Measure at each of these sizes, and how the time of a clone grows between the first and the last."""
    figures: list[Figure] = []
    clones: list[float] = []
    for size in gigabytes:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=SCRATCH) as scratch:
            found, clone = _measure(Path(scratch), size)
        figures += found
        clones.append(clone)
    if len(clones) > 1:
        name = f"snapshot: clone of {gigabytes[-1]:g} GB to clone of {gigabytes[0]:g} GB"
        figures.append(Figure(name, clones[-1] / clones[0], "ratio", bound=1.2))
    return figures


def _measure(scratch: Path, size: float) -> tuple[list[Figure], float]:
    """Measure at one size; returns the seconds of a clone beside the figures."""
    work, about = scratch / "work", f"snapshot of {size:g} GB"
    work.mkdir()
    with open_production("thing-a-me-bench-snapshots", scratch, size) as production:
        data_bytes, cores = production.data_bytes, _cores_at_work(production)
        reload = _reload(production, work)
        packed = _take(production, production.packing)
        hand, ours = zip(
            *((by_hand(production, work), _take(production, production.cloud)) for _ in range(ROUNDS)), strict=True
        )
        (place,) = list_places(production.cloud.parent / "snapshots")
        manifest = place.read_manifest()
        clone = median(_clone(production, place, manifest) for _ in range(ROUNDS))
        raw, back = zip(*((copy_raw(place.data, work), _put_back(production)) for _ in range(ROUNDS)), strict=True)
        _run(production.cloud, "snapshot", "drop", place.id)
    plain, take = median(one.backup + one.copy for one in hand), median(one.seconds for one in ours)
    restore, memory = median(one.seconds for one in back), max(one.memory for one in (*ours, *back))
    return [
        Figure(f"{about}: data files", data_bytes / 1e9, "GB"),
        Figure(f"{about}: mariadb-backup, prepare and a raw copy", plain, "s"),
        Figure(f"{about}: taken and proven", take, "s"),
        *_rungs(about, manifest),
        Figure(f"{about}: taken and proven, to mariadb-backup, prepare and a raw copy", take / plain, "ratio", bound=1.5),
        Figure(f"{about}: taken, its stream stored too, and proven", packed.seconds, "s"),
        Figure(f"{about}: dumped and reloaded", reload, "s"),
        Figure(f"{about}: taken and proven, to dumped and reloaded", take / reload, "ratio", bound=1 / 8),
        Figure(f"{about}: clone ready", clone, "s", bound=3),
        Figure(f"{about}: a raw copy", median(raw), "s"),
        Figure(f"{about}: put back and proven", restore, "s"),
        Figure(f"{about}: put back and proven, to a raw copy", restore / median(raw), "ratio", bound=1.5),
        Figure(f"{about}: cores at work while a fingerprint is read", cores, f"of {os.cpu_count()}"),
        Figure(f"{about}: the runner's memory at its peak", memory, "MB", bound=150),
    ], clone


def _rungs(about: str, manifest: SnapshotManifest) -> list[Figure]:
    """What each rung took in the last round; those after `taken` are climbed while it still reads the fingerprint."""
    return [Figure(f"{about}: {climbed.rung}", climbed.seconds, "s") for climbed in manifest.rungs]


def _cores_at_work(production: Production) -> float:
    """Read a fingerprint, and say how many cores that kept at work, in the server and in us."""
    before = production.cpu_seconds + time.process_time()
    began = time.monotonic()
    with open_point(production.server, SCHEMAS, connections=production.jobs) as point:
        point.hold()
        read_print(point, SCHEMAS)
    seconds = time.monotonic() - began
    return (production.cpu_seconds + time.process_time() - before) / seconds


def _reload(production: Production, work: Path) -> float:
    """Dump and reload once: it takes long."""
    with empty_server("thing-a-me-bench-reloaded") as (_, into):
        began = time.monotonic()
        dump_and_reload(production, into, SCHEMAS, work)
        return time.monotonic() - began


def _take(production: Production, cloud: Path) -> Ran:
    """Take and prove; the one before is dropped, and that is not timed."""
    for place in list_places(production.cloud.parent / "snapshots"):
        _run(production.cloud, "snapshot", "drop", place.id)
    return _run(cloud, "snapshot", "take")


def _put_back(production: Production) -> Ran:
    return _run(production.cloud, "snapshot", "restore", "--yes")


def _clone(production: Production, place: Place, manifest: SnapshotManifest) -> float:
    """Open a clone as rehearsals do, and say after how many seconds it took our login."""
    origin = manifest.taken.origin
    equipment = Equipment(image=origin.image, tools=origin.image, options=origin.options)
    with open_clone(production.client, place.data, place.clones, equipment) as clone:
        return clone.seconds


_SMALL = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=sys.stderr).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(code)
"""
"""A small process between: Linux hands a parent's peak on to whoever it forks (getrusage(2))."""


def _run(cloud: Path, *arguments: str) -> Ran:
    """Run a command of ours as a process of its own, which alone tells its memory."""
    began = time.monotonic()
    with (cloud.parent / "said.log").open("w+") as said:
        command = [sys.executable, "-c", _SMALL, THING, *arguments, "--cloud", str(cloud)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said, text=True, check=False)
        seconds = time.monotonic() - began
        if done.returncode:
            said.seek(0)
            raise RuntimeError(f"{' '.join(arguments)}: {said.read()}")
    return Ran(seconds, int(done.stdout) / 1024)
