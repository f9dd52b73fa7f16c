"""A lasting copy: one that stands on its own and can be kept, made only where it is cheap or there is room."""

from pathlib import Path

from docker.types import Mount

from runner.containers.claims import Claim
from runner.containers.client import Client
from runner.containers.copies import PLAIN, REFLINK, Copy, copy_tree
from runner.containers.workbench import Workbench, bind
from runner.errors import DiskFull, EngineRefused

_MEASURE = 'set -- $(du -sk /data) $(df -k --output=avail /room | tail -n 1); echo "$1 $3"'


def make_lasting(client: Client, claim: Claim, source: Copy, folder: Path, *, image: str) -> Copy:
    """Copy into `folder`, which is made, by shared blocks or, where as much stays free as the copy takes, block by block.

    No server may run on `source`. It goes with its claim until it is kept (`keep_copy`).

    Raises:
        DiskFull: there is not that much room; nothing was copied.
        EngineRefused, EngineMissing
    """
    try:
        return copy_tree(client, claim, source, folder, image=image, ways=(REFLINK,))
    except EngineRefused:
        _demand_room(client, claim, source, folder.parent, image=image)
        return copy_tree(client, claim, source, folder, image=image, ways=(PLAIN,))


def _demand_room(client: Client, claim: Claim, source: Copy, folder: Path, *, image: str) -> None:
    """The rest of a chain writes to the same disk: a copy must not take what that needs, which may be as much again."""
    mounts = (Mount("/data", source.volume, type="volume", read_only=True), bind(folder, "/room", read_only=True))
    needed, free = map(int, Workbench(client, image, claim.labels).run(_MEASURE, mounts=mounts).split())
    if free < 2 * needed:
        raise DiskFull(f"a copy takes {needed >> 10} MiB and should leave as much; {free >> 10} MiB are free in {folder}")
