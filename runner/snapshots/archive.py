"""A snapshot's data as one stream: an archive, written into a FIFO by a container that may read a server's files."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO

from runner.containers.tool import ETC, Ended, Tool, at_work
from runner.containers.workbench import bind
from runner.snapshots.method import Bench
from runner.snapshots.pack import HERE, labels
from runner.snapshots.seat import explain
from runner.snapshots.shelf import Place

_ARCHIVE = f"""
exec 3>&1 > "$1"
echo '"open"' >&3
cat {ETC}/before
exec tar -C "$2" -b 2048 -c ."""


@contextmanager
def archiving(
    bench: Bench, place: Place, before: bytes, more: Mapping[str, str]
) -> Iterator[tuple[IO[bytes], Callable[[], Ended]]]:
    """Write a tar archive of a snapshot's data, behind some bytes of ours; `more` are labels of the container.

    What is yielded is the end to read from, and what waits for the container's end; the bytes never come through this process.

    Raises:
        RestoreFailed: it cannot be begun.
        EngineRefused, EngineMissing
    """
    fifo = place.fifo
    tool = Tool(
        image=bench.tools,
        argv=("/bin/sh", "-euc", _ARCHIVE, "archive", f"{HERE}/{fifo.name}", f"{HERE}/{place.data.name}"),
        labels={**labels(place), **more},
        files={"before": before},
        rights=("DAC_OVERRIDE",),
        mounts=(bind(place.folder, HERE, read_only=True),),
    )
    fifo.unlink(missing_ok=True)
    os.mkfifo(fifo, 0o600)
    try:
        # Held at both ends, so that none who opens it waits for the other.
        with fifo.open("r+b", buffering=0) as both, at_work(bench.engine, tool, f"reading {place.id}") as work:
            answers = work.answers()
            if not next(answers, None):
                raise explain(place, "its own folder", work.end())

            def archived() -> Ended:
                list(answers)
                return work.end()

            with fifo.open("rb", buffering=0) as source:
                both.close()
                yield source, archived
    finally:
        fifo.unlink(missing_ok=True)
