"""The shelf: the folder that snapshots lie in, one folder each. What lies there is told by its files, never by a list.

<id>/stream.zst[.age]   what was taken, packed; not there where it was unpacked as it came
<id>/production.json    the fingerprint of production at the snapshot's point
<id>/taken.json         written last by take
<id>/data/              the directory that copies are made from; the server's user's
<id>/snapshot.json      written last by prove. Without it there is no snapshot
<id>/checkpoints/       copies of clones to go on from (checkpoints.py)
"""

import datetime
import os
import re
import secrets
import string
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from runner.errors import SnapshotBroken, SnapshotFolderUnfit, SnapshotMissing
from runner.frozen import Frozen
from runner.planning.fingerprint import ServerPrint
from runner.planning.snapshot import SnapshotManifest, Taken
from runner.planning.vouched import Vouched, vouch

_ID = re.compile(r"\d{8}-\d{6}-[a-z]{4}")
F = TypeVar("F", bound=Frozen)


class State(StrEnum):
    """What a folder holds, told by its files."""

    UNFINISHED = "unfinished"
    TAKEN = "taken"
    PROVEN = "proven"


@dataclass(frozen=True)
class Place:
    """One snapshot's folder."""

    folder: Path

    @property
    def id(self) -> str:
        return self.folder.name

    @property
    def production(self) -> Path:
        return self.folder / "production.json"

    @property
    def taken(self) -> Path:
        return self.folder / "taken.json"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def dump(self) -> Path:
        return self.folder / "dump"

    @property
    def clones(self) -> Path:
        return self.folder / "clones"

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def manifest(self) -> Path:
        return self.folder / "snapshot.json"

    @property
    def lock(self) -> Path:
        return self.folder / ".lock"

    @property
    def fifo(self) -> Path:
        return self.folder / ".fifo"

    @property
    def tap(self) -> Path:
        """A FIFO, where somebody wants the stream while it is packed (tap.py)."""
        return self.folder / ".tap"

    @property
    def state(self) -> State:
        if self.manifest.is_file():
            return State.PROVEN
        return State.TAKEN if self.taken.is_file() else State.UNFINISHED

    @property
    def holds_files(self) -> bool:
        """Say whether `data` is what was taken, and no stream; also where that cannot be told any more."""
        if not self.taken.is_file():
            return False
        try:
            return not self.read_taken().is_packed
        except SnapshotBroken:
            return True

    def stream(self, *, encrypted: bool) -> Path:
        return self.folder / f"stream.zst{'.age' if encrypted else ''}"

    def read_taken(self) -> Taken:
        """Read what is known since it was taken.

        Raises:
            SnapshotMissing: it was never taken to the end.
            SnapshotBroken: the file cannot be read, was changed, or is another snapshot's.
        """
        if self.state is State.UNFINISHED:
            raise SnapshotMissing(f"{self.id} was never taken to its end", hint=f"`thing-a-me snapshot drop {self.id}`")
        if self.state is State.PROVEN and not self.taken.is_file():
            raise SnapshotBroken(f"{self.id} is half deleted: {self.taken} is missing")
        taken = read_vouched(Taken, self.taken)
        if taken.snapshot != self.id:
            raise SnapshotBroken(f"{self.taken} is that of {taken.snapshot}")
        return taken

    def read_production(self) -> ServerPrint:
        """Read production's fingerprint; raises SnapshotBroken."""
        return _read(ServerPrint, self.production)

    def read_manifest(self) -> SnapshotManifest:
        """Read what makes it a snapshot.

        Raises:
            SnapshotMissing: it was never proven.
            SnapshotBroken: the file cannot be read, was changed, or what it is about is half deleted.
        """
        if self.state is not State.PROVEN:
            raise SnapshotMissing(f"{self.id} is {self.state}, not proven")
        manifest = read_vouched(SnapshotManifest, self.manifest)
        stored = (self.folder / file.name for file in manifest.taken.stored if "/" not in file.name)
        if lost := [path.name for path in (*stored, self.taken, self.data) if not path.exists()]:
            raise SnapshotBroken(f"{self.id} is half deleted: {', '.join(lost)} missing in {self.folder}")
        if manifest.taken != self.read_taken():
            raise SnapshotBroken(f"{self.id}: {self.manifest.name} is not about this {self.taken.name}")
        return manifest


def new_place(shelf: Path) -> Place:
    """Make the folder of a new snapshot, which its user alone may enter: it holds everything that production holds.

    Raises:
        SnapshotFolderUnfit
    """
    letters = "".join(secrets.choice(string.ascii_lowercase) for _ in range(4))
    folder = shelf / f"{datetime.datetime.now(datetime.UTC):%Y%m%d-%H%M%S}-{letters}"
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
    except OSError as error:
        raise SnapshotFolderUnfit(f"cannot make a snapshot in {shelf}: {error.strerror}") from error
    return Place(folder.resolve())


def list_places(shelf: Path) -> tuple[Place, ...]:
    """List every folder that has a snapshot's name, oldest first; none where there is no shelf yet.

    Raises:
        SnapshotFolderUnfit: it cannot be read.
    """
    try:
        found = sorted(path for path in shelf.iterdir() if _ID.fullmatch(path.name) and path.is_dir())
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise SnapshotFolderUnfit(f"cannot read {shelf}: {error.strerror}") from error
    return tuple(Place(path.resolve()) for path in found)


def find_place(shelf: Path, name: str | None, *, proven: bool = False) -> Place:
    """Find a snapshot by its id or its last four letters; without a name, the newest that was taken to its end.

    With `proven` the newest that is proven comes before one that is not.

    Raises:
        SnapshotMissing: there is none; the message names what is there.
        SnapshotFolderUnfit
    """
    known = list_places(shelf)
    whole = [place for place in known if place.state is not State.UNFINISHED]
    if name is None:
        if not whole:
            raise SnapshotMissing(f"there is no snapshot in {shelf}", hint="take one: `thing-a-me snapshot take`")
        good = [place for place in whole if place.state is State.PROVEN] if proven else []
        return (good or whole)[-1]
    fitting = [place for place in known if place.id == name or place.id.endswith(f"-{name}")]
    if len(fitting) != 1:
        said = "several snapshots are" if fitting else "no snapshot is"
        raise SnapshotMissing(f"{said} called {name}; there are {', '.join(place.id for place in known[-5:]) or 'none'}")
    return fitting[0]


def write_last(path: Path, value: Vouched) -> None:
    """Write a file that changes what its folder is, and vouches for itself: all is on the disk before it has its name.

    Raises:
        SnapshotFolderUnfit: it cannot be written.
    """
    beside = path.with_name(f".{path.name}")
    try:
        with beside.open("w", encoding="utf-8") as file:
            file.write(vouch(value).model_dump_json(indent=1))
            file.flush()
            os.fsync(file.fileno())
        # Commit point: the name says that everything before it is there.
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise SnapshotFolderUnfit(f"cannot write {path}: {error.strerror}") from error


def sync_folder(folder: Path) -> None:
    """Have a folder's names on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_vouched(kind: type[Vouched], path: Path) -> Vouched:
    """Read what `write_last` wrote.

    Raises:
        SnapshotBroken: it cannot be read, or was changed.
    """
    value = _read(kind, path)
    if value != vouch(value):
        raise SnapshotBroken(f"{path} was changed after it was written: its content does not have the digest that it names")
    return value


def _read(kind: type[F], path: Path) -> F:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise SnapshotBroken(f"cannot read {path}: {str(error).splitlines()[0]}") from error
