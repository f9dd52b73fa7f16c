"""The tap: a stream is unpacked while it is packed, from a second FIFO, which the packer gives it to as well.

What was unpacked so is what the packer read, and not yet what it stored. That is read again afterwards, to its last byte, and
zstd compares what it makes of it with a checksum of what it was given (RFC 8878, 3.1.1: Content_Checksum).
"""

from runner.containers.tool import Tool, at_work
from runner.containers.workbench import bind
from runner.errors import DiskFull, SnapshotFailed
from runner.snapshots.method import Bench
from runner.snapshots.pack import HERE, RECYCLED, labels, make_fifo, own_words
from runner.snapshots.shelf import Place


def open_tap(place: Place) -> None:
    """Make the FIFO. The packer waits half a minute for whoever reads it; where it is gone or nobody comes, it goes on alone.

    Raises:
        SnapshotFolderUnfit
    """
    make_fifo(place.tap)


def unpack_tapped(bench: Bench, place: Place, command: tuple[str, ...]) -> None:
    """Unpack what comes out of the tap by a command that reads it; the tap is gone afterwards, however that ended.

    Raises:
        SnapshotFailed, DiskFull, EngineRefused, EngineMissing
    """
    tool = Tool(
        image=bench.tools,
        argv=("/bin/sh", "-euc", 'tap=$1; shift; exec "$@" < "$tap"', "untap", f"{HERE}/{place.tap.name}", *command),
        labels=labels(place),
        rights=("DAC_OVERRIDE",),
        memory=RECYCLED,
        mounts=(bind(place.folder, HERE),),
    )
    try:
        with at_work(bench.engine, tool, f"unpacking {place.id}") as work:
            ended = work.end()
    finally:
        place.tap.unlink(missing_ok=True)
    if "No space left" in ended.words:
        raise DiskFull(f"no room left for {place.data}", hint="free some space, and prove it again")
    if ended.exit_code:
        raise SnapshotFailed(f"unpacking {place.id}: {own_words(ended)}")
