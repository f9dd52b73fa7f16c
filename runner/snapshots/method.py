"""What a way to take snapshots has to know. `take.py` and `prove.py` do the rest, the same for all ways."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from runner.containers.client import Client
from runner.events import SnapshotProgress, Tell
from runner.planning.snapshot import StoredFile
from runner.settings import EngineSettings
from runner.snapshots.shelf import Place

LABEL = "thing-a-me.snapshot"
"""On every container that works on a snapshot: the snapshot's folder."""


@dataclass(frozen=True)
class Bench:
    """What snapshots are made with: the engine, the image with our tools, who hears, and what encrypts.

    `recipients` are age's; `identity` is the content of its identity file, None where there is none. `go_on` is asked often;
    what it raises ends the taking or proving, as ^C does.
    """

    client: Client
    engine: EngineSettings
    tools: str
    tell: Tell
    jobs: int
    recipients: tuple[str, ...] = ()
    identity: str | None = field(default=None, repr=False)
    go_on: Callable[[], object] = lambda: None

    @property
    def can_decrypt(self) -> bool:
        """Say whether what is stored can be read here again; where not, nothing of it may lie about in clear."""
        return not self.recipients or self.identity is not None


@dataclass(frozen=True)
class Stream:
    """What was received: the packed file, None where it was unpacked as it came; and the number of bytes that came.

    `position` is the place in the binary log that the method itself says it stands for; empty where it says none. `tapped` says
    that all of it came out of the tap too (tap.py).
    """

    stored: StoredFile | None
    raw: int
    position: str = ""
    tapped: bool = False


class Method(Protocol):
    """A way to take snapshots."""

    @property
    def name(self) -> Literal["physical", "logical"]: ...

    @property
    def keeps_stream(self) -> bool:
        """Say whether the stream is stored; where not, what is taken are files, in the place's `data`, to be prepared."""

    def take(self, place: Place, at_point: Callable[[], None]) -> Stream:
        """Take it into the place; `at_point` is called once, while nobody can commit: what it sees is what is taken.

        Raises:
            SnapshotFailed: in the tool's own words.
            DiskFull, SnapshotLocked, SnapshotFolderUnfit, EngineRefused, EngineMissing
        """


def progress(bench: Bench, place: Place, doing: str, total: int) -> Callable[[int, float], None]:
    """Tell of progress, at first each second, later each twentieth of the time that has passed."""
    said = 0.0

    def told(done: int, seconds: float) -> None:
        nonlocal said
        if seconds - said >= max(1.0, seconds / 20):
            said = seconds
            bench.tell(
                SnapshotProgress(snapshot=place.id, doing=doing, bytes_done=done, bytes=total, seconds=round(seconds, 1))
            )

    return told
