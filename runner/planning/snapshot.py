"""A snapshot: what is known when it is taken, and what its proof adds. A copy that is not proven is none.

The JSON forms lie in a snapshot's folder: `taken.json` (Taken) and `snapshot.json` (SnapshotManifest), whose description in
docs/schemas/snapshot.json is generated from these types. Each vouches for itself: its digest is that of all else in it.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from runner.frozen import Frozen
from runner.planning.comparison import Comparison

_DATA = "data/"


class Rung(StrEnum):
    """The ladder, in the order in which it is climbed; files are hashed while a copy of them is read."""

    TAKEN = "taken"
    HASHED = "hashed"
    PREPARED = "prepared"
    RESTORED = "restored"
    STARTED = "started"
    COMPARED = "compared"


class Climbed(Frozen):
    """A rung that was reached, and how many seconds it took."""

    rung: Rung
    seconds: float
    detail: str = ""


class StoredFile(Frozen):
    """A file; `name` is relative to the folder that it belongs to, `size` in bytes, `sha256` in hexadecimal."""

    name: str
    size: int
    sha256: str


class Origin(Frozen):
    """The server that a snapshot is of.

    `image` is the id of the image that copies run in: production's own, or one of the same version. `owner` is `uid:gid` of
    its data files. `options` are mariadbd's, without which a copy would behave otherwise. Data are put back into `datadir`,
    which lies on `volume` where its container is known; `elsewhere` are other folders that it keeps data in.
    """

    identity: str
    version: str
    image: str
    owner: str
    options: tuple[str, ...]
    datadir: str = ""
    volume: str = ""
    elsewhere: tuple[str, ...] = ()


class Taken(Frozen):
    """What is known when a snapshot is taken. `databases` maps each of the cloud's to its schema.

    `schemas` are all that are compared. `position` (`file:offset`) and `gtid` are the binary log's, empty where there is
    none. `raw_bytes` is what the stream came to. `stored` are the files of the snapshot's folder. `silenced` are the
    accounts (user, host) that are locked in it because a window had locked them.
    """

    format: Literal[1] = 1
    snapshot: str
    method: Literal["physical", "logical"]
    origin: Origin
    databases: dict[str, str]
    schemas: tuple[str, ...]
    position: str
    gtid: str
    began_at: datetime
    taken_at: datetime
    seconds: float
    raw_bytes: int
    stored: tuple[StoredFile, ...]
    encrypted: bool
    # Left out where there are none: snapshots of before there was such a thing vouch for themselves all the same.
    silenced: tuple[tuple[str, str], ...] = Field(default=(), exclude_if=lambda accounts: not accounts)
    digest: str = ""

    @property
    def stored_bytes(self) -> int:
        """What is stored beside the files that copies are made from."""
        return sum(file.size for file in self.brief().stored)

    @property
    def is_packed(self) -> bool:
        """Say whether the stream is stored; where not, what was taken are the files that copies are made from."""
        return any(file.name.startswith("stream.") for file in self.stored)

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """The files that copies are made from, by their names there, where they are what was taken."""
        return tuple(
            file.model_copy(update={"name": file.name.removeprefix(_DATA)})
            for file in self.stored
            if file.name.startswith(_DATA)
        )

    def brief(self) -> "Taken":
        """Leave out the files that copies are made from, of which there are thousands."""
        return self.model_copy(update={"stored": tuple(file for file in self.stored if not file.name.startswith(_DATA))})

    def with_files(self, files: tuple[StoredFile, ...]) -> "Taken":
        """Know the files that copies are made from."""
        named = (file.model_copy(update={"name": f"{_DATA}{file.name}"}) for file in files)
        return self.model_copy(update={"stored": (*self.stored, *named)})


class SnapshotManifest(Frozen):
    """What makes it a snapshot: every rung, the comparison, and the files of the directory that copies are made from.

    `seconds` passed from the first rung to the last: some are climbed side by side. `way` is how the proof copied its files.
    """

    format: Literal[1] = 1
    taken: Taken
    proved_at: datetime
    # Left out where it is not known, as in snapshots of before there was such a thing.
    seconds: float = Field(default=0.0, exclude_if=lambda seconds: not seconds)
    rungs: tuple[Climbed, ...]
    comparison: Comparison
    way: str
    data: tuple[StoredFile, ...]
    digest: str = ""

    @property
    def data_bytes(self) -> int:
        return sum(file.size for file in self.data)


def compare_files(recorded: tuple[StoredFile, ...], found: tuple[StoredFile, ...]) -> tuple[str, ...]:
    """Name every file that is missing, cut off, changed, or was not there before; none: all is as it was put there."""
    was, now = ({file.name: file for file in files} for files in (recorded, found))
    faults = [f"{name} is missing" for name in was.keys() - now.keys()]
    faults += [f"{name} was not there before" for name in now.keys() - was.keys()]
    for name in was.keys() & now.keys():
        if was[name].size != now[name].size:
            faults.append(f"{name} has {now[name].size} bytes, had {was[name].size}")
        elif was[name].sha256 != now[name].sha256:
            faults.append(f"{name} was changed: its SHA-256 is another")
    return tuple(sorted(faults))
