"""A stream is received by one container of ours; whoever writes it, writes into a FIFO of the snapshot's folder.

It is packed, hashed and stored, or unpacked as it comes.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from importlib import resources
from pathlib import Path
from typing import Any

from runner.containers.tool import AtWork, Ended, Tool, at_work, say_end
from runner.containers.workbench import bind
from runner.errors import DiskFull, SnapshotFailed, SnapshotFolderUnfit, SnapshotLocked, ThingAMeError
from runner.planning.snapshot import StoredFile
from runner.snapshots.method import LABEL, Bench, Stream, progress
from runner.snapshots.shelf import Place

_TOOLS = ("age: ", "zstd: ", "mbstream: ", "tar: ")
HERE = "/snapshot"
"""Where a tool finds the snapshot's folder."""
RECYCLED = 512 * 1024**2
"""Bytes of memory for a tool through which all data pass: the kernel's cache of them counts as its own, so that it uses the
same pages again and again and drives nothing else out. On a virtual machine each page that it would take instead may have to
come from the host first (measured: unpacking 9.3 GB 16.7 s instead of 26.2 s)."""


def script(name: str) -> tuple[str, ...]:
    """Run one of our scripts in an image that has Python, and nothing that the image adds to it."""
    text = resources.files("runner.snapshots.inside").joinpath(f"{name}.py").read_text(encoding="utf-8")
    return ("python3", "-IS", "-c", text)


def own_words(ended: Ended) -> str:
    """What the tool said that failed, not our script around it."""
    own = [line for line in ended.words.splitlines() if line.startswith(_TOOLS) and "report unexpected" not in line]
    return own[0] if own else say_end(ended)


def labels(place: Place) -> dict[str, str]:
    """What every container that works on this snapshot carries."""
    return {"thing-a-me": "snapshot", LABEL: str(place.folder)}


@dataclass
class Receiving:
    """A receiver at work."""

    doing: str
    encrypted: bool
    answers: list[dict[str, Any]] = field(default_factory=list)
    trouble: ThingAMeError | None = None
    words: str = ""
    is_full: bool = False

    @property
    def is_to_blame(self) -> bool:
        """Say whether it failed before all that came was read: then its writer failed only because it did."""
        return bool(self.trouble or self.is_full or self.words) and not any("failed" in answer for answer in self.answers)

    def result(self, place: Place) -> Stream:
        """Say what was received, once the block has ended.

        Raises:
            DiskFull, SnapshotLocked, SnapshotFailed
        """
        if self.trouble:
            raise self.trouble
        if self.is_full:
            raise DiskFull(f"no room left for {place.folder} while it was written", hint="free some space, and take it again")
        if self.words.startswith("age"):
            raise SnapshotLocked(f"age takes nobody of snapshots.encrypt_to: {self.words}")
        last = next((answer for answer in self.answers if "whole" in answer), None)
        if last is None:
            raise SnapshotFailed(f"{self.doing} {place.id}: {self.words or 'it said nothing'}")
        stored = None
        if "sha256" in last:
            name = place.stream(encrypted=self.encrypted).name
            stored = StoredFile(name=name, size=last["size"], sha256=last["sha256"])
        return Stream(stored, last["raw"], tapped=last.get("tapped", False))


def make_fifo(path: Path) -> None:
    """Make a FIFO that is its user's alone; raises SnapshotFolderUnfit."""
    try:
        os.mkfifo(path, 0o600)
    except OSError as error:
        raise SnapshotFolderUnfit(f"cannot make a FIFO in {path.parent}: {error.strerror}") from error


def packing(bench: Bench, place: Place, *, doing: str, total: int) -> AbstractContextManager[Receiving]:
    """Make the FIFO and pack what comes out of it; the block ends when its writer has closed it and all is on the disk.

    Raises:
        SnapshotFolderUnfit, EngineRefused, EngineMissing
    """
    encrypted = bool(bench.recipients)
    stored = place.stream(encrypted=encrypted)
    tap = f"{HERE}/{place.tap.name}" if place.tap.exists() else ""
    tool = Tool(
        image=bench.tools,
        argv=(*script("pack"), "pack", f"{HERE}/{place.fifo.name}", f"{HERE}/{stored.name}", tap, *bench.recipients),
        labels=labels(place),
        # As ourselves, so that the file is ours.
        user=f"{os.getuid()}:{os.getgid()}",
        mounts=(bind(place.folder, HERE),),
    )
    return _receiving(bench, place, tool, Receiving("packing", encrypted), progress(bench, place, doing, total))


def handing(
    bench: Bench, place: Place, command: tuple[str, ...], *, doing: str, total: int
) -> AbstractContextManager[Receiving]:
    """Make the FIFO and hand what comes out of it to a command; the block ends when that has ended. Raises as `packing`."""
    tool = Tool(
        image=bench.tools,
        argv=(*script("pack"), "hand", f"{HERE}/{place.fifo.name}", *command),
        labels=labels(place),
        rights=("DAC_OVERRIDE",),
        memory=RECYCLED,
        mounts=(bind(place.folder, HERE),),
    )
    return _receiving(bench, place, tool, Receiving("unpacking", encrypted=False), progress(bench, place, doing, total))


@contextmanager
def _receiving(
    bench: Bench, place: Place, tool: Tool, made: Receiving, told: Callable[[int, float], None]
) -> Iterator[Receiving]:
    make_fifo(place.fifo)
    try:
        with at_work(bench.engine, tool, f"{made.doing} {place.id}") as work:
            listener = threading.Thread(target=_listen, args=(made, work, place, told), daemon=True)
            listener.start()
            try:
                yield made
            except SnapshotFailed:
                # Where the receiver failed its writer fails too, and does not know why.
                _let_go(place, os.O_WRONLY)
                listener.join(10)
                if made.is_to_blame:
                    made.result(place)
                raise
            listener.join()
    finally:
        place.fifo.unlink(missing_ok=True)


def _listen(made: Receiving, work: AtWork, place: Place, told: Callable[[int, float], None]) -> None:
    """Hear the receiver to its end; what it could not do is told by whoever asks for the result."""
    began = time.monotonic()
    try:
        for answer in work.answers():
            made.answers.append(answer)
            told(answer["raw"], time.monotonic() - began)
        ended = work.end()
        if code := ended.exit_code or next((answer["failed"] for answer in made.answers if "failed" in answer), 0):
            made.words, made.is_full = own_words(replace(ended, exit_code=code)), "No space left" in ended.words
    except ThingAMeError as error:
        made.trouble = error
    finally:
        _let_go(place, os.O_RDONLY)


def _let_go(place: Place, how: int) -> None:
    """Let go whoever waits at the FIFO's other end: it would wait for ever."""
    with suppress(OSError):
        os.close(os.open(place.fifo, how | os.O_NONBLOCK))
