"""Copies of a data directory, made by the best way that works where it lies.

A copy is a folder of the host and an engine's volume that leads to it: the volume is what a server mounts, and what
carries the labels by which a copy is found and removed. A copy can be copied again. One on an overlay is good only while
nobody writes to what it was made from.
"""

import fcntl
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import docker.errors
from docker.types import Mount

from runner.containers import copy_scripts
from runner.containers.claims import FOLDER_LABEL, IMAGE_LABEL, Claim
from runner.containers.client import Client, engine_errors
from runner.containers.workbench import Outcome, Workbench, bind
from runner.errors import Aftermath, DiskFull, EngineRefused

_FICLONE = 0x40049409
"""linux/fs.h: let one file have the blocks of another."""


@dataclass(frozen=True)
class Copy:
    """A copy of a data directory.

    `way` is how it was made; `passed_over` says of each way that did not work here why not. `layers` are the folders it
    consists of, uppermost first. `owner` is the data directory's (`uid:gid`). `scratch` is a folder beside it, on the same
    disk, for a server's temporary files.
    """

    way: str
    passed_over: tuple[str, ...]
    volume: str
    layers: tuple[Path, ...]
    owner: str
    scratch: Path
    seconds: float


def copy_tree(
    client: Client, claim: Claim, source: "Path | Copy", folder: Path, *, image: str, ways: "tuple[Way, ...] | None" = None
) -> Copy:
    """Copy a data directory into `folder`, which is made, by the first way that works here.

    No server may run on `source`. `image` needs GNU coreutils. An independent copy, one that may be kept when its source
    goes, is made by `ways=(REFLINK, PLAIN)`, and kept by `keep_copy`.

    Raises:
        DiskFull: there is too little room; said before anything is copied where that can be told.
        EngineRefused: no way works; the message says why, way by way.
        EngineMissing
    """
    began = time.monotonic()
    job = _Job(client, claim, source if isinstance(source, Copy) else source.resolve(), folder.resolve(), image)
    passed_over: list[str] = []
    for way in ways or WAYS:
        outcome = way.make(job)
        if outcome.exit_code == 0:
            layers = (job.folder / way.layer, *(job.layers if way is OVERLAY else ()))
            took = time.monotonic() - began
            return Copy(way.name, tuple(passed_over), job.volume, layers, outcome.out, job.folder / "scratch", took)
        job.take_back()
        if outcome.is_disk_full and way is PLAIN:
            raise DiskFull(f"no room for a copy in {folder.parent}: {outcome.words}", hint="free some space and try again")
        passed_over.append(f"{way.name}: {outcome.words}")
    reasons = "; ".join(passed_over)
    raise EngineRefused(f"{job.layers[0]} cannot be copied to {folder}: {reasons}", aftermath=Aftermath.UNTOUCHED)


def keep_copy(client: Client, copy: Copy) -> Path:
    """Give an independent copy up to the caller: it stays when its claim ends; returns its data directory.

    Raises:
        EngineRefused, EngineMissing
    """
    (data,) = copy.layers
    with engine_errors("giving a copy up"):
        client.volumes.get(copy.volume).remove()
    return data


@dataclass(frozen=True)
class _Job:
    """One copy to be made."""

    client: Client
    claim: Claim
    source: Path | Copy
    folder: Path
    image: str

    @property
    def layers(self) -> tuple[Path, ...]:
        return self.source.layers if isinstance(self.source, Copy) else (self.source,)

    @property
    def volume(self) -> str:
        return f"{self.claim.name}-{self.folder.name}"

    @property
    def bench(self) -> Workbench:
        return Workbench(self.client, self.image, self.claim.labels)

    def make_volume(self, options: Mapping[str, str]) -> None:
        """Make the volume, and then the folder it leads to: a folder that no volume names would never be found again."""
        labels = {**self.claim.labels, FOLDER_LABEL: str(self.folder), IMAGE_LABEL: self.image}
        with engine_errors("making a volume"):
            self.client.volumes.create(self.volume, driver="local", driver_opts=dict(options), labels=labels)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise EngineRefused(f"cannot make {self.folder}: {error.strerror}", hint="mend its permissions") from error

    def take_back(self) -> None:
        """Remove what a way that did not work has left."""
        if self.folder.is_dir() and any(self.folder.iterdir()):
            self.bench.run("rm -rf /folder/*", mounts=(bind(self.folder, "/folder"),))
        with engine_errors("removing a volume"), suppress(docker.errors.NotFound):
            self.client.volumes.get(self.volume).remove(force=True)
        with suppress(FileNotFoundError):
            self.folder.rmdir()

    def attempt_between(self, script: str) -> Outcome:
        """Run a script from source to folder through one mount: kernels before 5.18 share no blocks between two."""
        if isinstance(self.source, Copy) and len(self.layers) > 1:
            mounts = (Mount("/source", self.source.volume, type="volume", read_only=True), bind(self.folder, "/folder"))
            return self.bench.attempt(script, "/source", "/folder", mounts=mounts)
        common = Path(os.path.commonpath((self.layers[0], self.folder)))
        if common == Path(common.root):
            mounts = (bind(self.layers[0], "/source", read_only=True), bind(self.folder, "/folder"))
            return self.bench.attempt(script, "/source", "/folder", mounts=mounts)
        source, folder = (f"/place/{path.relative_to(common)}" for path in (self.layers[0], self.folder))
        return self.bench.attempt(script, source, folder, mounts=(bind(common, "/place"),))


def _reflink(job: _Job) -> Outcome:
    if len(job.layers) > 1:
        return _unfit("the source is an overlay")
    job.make_volume(_led_to(job.folder / "data"))
    if why := _refuses_to_share(job.folder):
        return _unfit(why)
    return job.attempt_between(copy_scripts.REFLINK)


def _refuses_to_share(folder: Path) -> str | None:
    """Say why two files of a folder cannot share blocks: a trial by our own hand, that saves most a container."""
    one, other = folder / "trial", folder / "trial-copy"
    try:
        with one.open("w+b") as first, other.open("w+b") as second:
            first.write(bytes(4096))
            first.flush()
            fcntl.ioctl(second, _FICLONE, first.fileno())
    except OSError as error:
        return f"files in {folder.parent} cannot share blocks: {error.strerror}"
    finally:
        one.unlink(missing_ok=True)
        other.unlink(missing_ok=True)
    return None


def _overlay(job: _Job) -> Outcome:
    upper, work = job.folder / "upper", job.folder / "work"
    # The kernel takes these for separators; a path that holds one would be read as two, or as an option.
    if any(sign in str(path) for path in (*job.layers, job.folder) for sign in ",:\\"):
        return _unfit("a path holds a comma, a colon or a backslash")
    lower = ":".join(str(layer) for layer in job.layers)
    job.make_volume({"type": "overlay", "device": "overlay", "o": f"lowerdir={lower},upperdir={upper},workdir={work}"})
    for folder in (upper, work, job.folder / "scratch"):
        folder.mkdir()
    mounts = (
        Mount("/copy", job.volume, type="volume", no_copy=True),
        bind(job.layers[0], "/source", read_only=True),
        bind(job.folder, "/folder"),
    )
    try:
        return job.bench.attempt(copy_scripts.OVERLAY, mounts=mounts)
    except EngineRefused as refusal:
        if isinstance(refusal.__cause__, docker.errors.APIError):
            return _unfit(str(refusal.__cause__.explanation))
        raise


def _plain(job: _Job) -> Outcome:
    job.make_volume(_led_to(job.folder / "data"))
    return job.attempt_between(copy_scripts.PLAIN)


def _led_to(folder: Path) -> dict[str, str]:
    return {"type": "none", "o": "bind", "device": str(folder)}


def _unfit(why: str) -> Outcome:
    return Outcome(1, "", why)


@dataclass(frozen=True)
class Way:
    """A way to copy; `layer` is the name of the folder that it fills."""

    name: str
    layer: str
    make: Callable[[_Job], Outcome]


REFLINK = Way("reflink", "data", _reflink)
OVERLAY = Way("overlay", "upper", _overlay)
PLAIN = Way("plain", "data", _plain)
WAYS = (REFLINK, OVERLAY, PLAIN)
"""In the order in which they are tried: the first costs nothing, the second copies a file when it is first opened."""
