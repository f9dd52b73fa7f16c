"""A lasting copy: one that stands on its own and stays when its claim ends, made only where it is cheap or there is room."""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path

from docker.types import Mount

from runner.containers.claims import Claim
from runner.containers.client import Client
from runner.containers.copies import PLAIN, REFLINK, Copy, copy_tree, keep_copy
from runner.containers.workbench import Workbench, bind
from runner.errors import DiskFull, EngineRefused

# sync -f: one is told of only when it is on the disk, and its manifest must not get there first.
_LIST = "sync -f /data; cd /data; find . -type f -printf '%P\\t%s\\n' | LC_ALL=C sort"
_MEASURE = 'set -- $(du -sk /data) $(df -k --output=avail /room | tail -n 1); echo "$1 $3"'


@dataclass(frozen=True)
class Listing:
    """What lies in a data directory: its size in bytes, and a digest of all names and sizes."""

    size: int
    digest: str


@dataclass(frozen=True)
class Lasting:
    """A lasting copy in `data`; `way` is how it was made."""

    data: Path
    way: str
    listing: Listing
    seconds: float


def make_lasting(client: Client, claim: Claim, source: Copy, folder: Path, *, image: str) -> Lasting:
    """Copy into `folder`, which is made, by shared blocks or, where as much stays free as the copy takes, block by block.

    No server may run on `source`. Until this returns the copy carries the claim's labels, and goes with it.

    Raises:
        DiskFull: there is not that much room; nothing was copied.
        EngineRefused, EngineMissing
    """
    began = time.monotonic()
    try:
        copy = copy_tree(client, claim, source, folder, image=image, ways=(REFLINK,))
    except EngineRefused:
        _demand_room(client, claim, source, folder.parent, image=image)
        copy = copy_tree(client, claim, source, folder, image=image, ways=(PLAIN,))
    listing = list_data(Workbench(client, image, claim.labels), copy.layers[0])
    return Lasting(keep_copy(client, copy), copy.way, listing, time.monotonic() - began)


def list_data(bench: Workbench, data: Path) -> Listing:
    """List a data directory, without reading its files; what was written to them is on the disk then.

    Raises:
        EngineRefused, EngineMissing
    """
    told = bench.run(_LIST, mounts=(bind(data, "/data", read_only=True),))
    size = sum(int(line.rpartition("\t")[2]) for line in told.splitlines())
    return Listing(size, "sha256:" + hashlib.sha256(told.encode()).hexdigest())


def _demand_room(client: Client, claim: Claim, source: Copy, folder: Path, *, image: str) -> None:
    """The rest of a chain writes to the same disk: a copy must not take what that needs, which may be as much again."""
    mounts = (Mount("/data", source.volume, type="volume", read_only=True), bind(folder, "/room", read_only=True))
    needed, free = map(int, Workbench(client, image, claim.labels).run(_MEASURE, mounts=mounts).split())
    if free < 2 * needed:
        raise DiskFull(f"a copy takes {needed >> 10} MiB and should leave as much; {free >> 10} MiB are free in {folder}")
