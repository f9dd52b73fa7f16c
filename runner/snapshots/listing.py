"""What lies on the shelf, told without an engine and without a server."""

import datetime
from dataclasses import dataclass
from pathlib import Path

from runner.errors import SnapshotBroken, SnapshotMissing
from runner.snapshots.checkpoints import list_checkpoints
from runner.snapshots.hold import is_held
from runner.snapshots.shelf import Place, State, list_places


@dataclass(frozen=True)
class Listed:
    """One folder. `state` is a State's value, or `broken`; `held` says that somebody works with it now.

    `data_bytes` are of the files that copies are made from, `stored_bytes` of what is stored beside them, `checkpoint_bytes` of
    what rehearsals kept: of their files, which may share their blocks. `packed` says that the stream is among what was stored.
    `fault` says what is wrong.
    """

    id: str
    state: str
    held: bool
    method: str = ""
    encrypted: bool = False
    packed: bool = False
    taken_at: datetime.datetime | None = None
    rungs: tuple[str, ...] = ()
    stored_bytes: int = 0
    data_bytes: int = 0
    checkpoint_bytes: int = 0
    tables: int = 0
    position: str = ""
    fault: str = ""

    @property
    def sizes(self) -> tuple[tuple[int, str], ...]:
        """The bytes of each part, and what they are."""
        files = "ready" if self.state == State.PROVEN else "not proven"
        stored = self.stored_bytes if self.packed else 0
        parts = ((stored, "stored"), (self.data_bytes, files), (self.checkpoint_bytes, "of checkpoints"))
        return tuple((size, what) for size, what in parts if size)


def list_snapshots(shelf: Path) -> tuple[Listed, ...]:
    """List every snapshot, and what was begun to become one; oldest first.

    Raises:
        SnapshotFolderUnfit: the shelf cannot be read.
    """
    return tuple(_look(place) for place in list_places(shelf))


def _look(place: Place) -> Listed:
    held = is_held(place)
    if place.state is State.UNFINISHED:
        return Listed(place.id, State.UNFINISHED, held)
    try:
        taken = place.read_taken()
        manifest = place.read_manifest() if place.state is State.PROVEN else None
    except (SnapshotBroken, SnapshotMissing) as error:
        return Listed(place.id, "broken", held, fault=error.message)
    return Listed(
        id=place.id,
        state=place.state,
        held=held,
        method=taken.method,
        encrypted=taken.encrypted,
        packed=taken.is_packed,
        taken_at=taken.taken_at,
        rungs=tuple(climbed.rung for climbed in manifest.rungs) if manifest else ("taken",),
        stored_bytes=taken.stored_bytes,
        data_bytes=sum(file.size for file in (manifest.data if manifest else taken.files)),
        checkpoint_bytes=sum(spot.checkpoint.size for spot in list_checkpoints(place)),
        tables=manifest.comparison.compared if manifest else 0,
        position=taken.gtid or taken.position,
    )
