"""Images in one file, for a site without a network: an archive per release, and a list of their hashes and image ids.

The file is a tar: `images.json` (see `Contents`) first, then `<series>.tar` as the engine writes them. Everything is
compared with the list before anything is loaded; the list itself is as trustworthy as the way the file took, so its own
hash is told when it is saved.
"""

import errno
import hashlib
import io
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal

import docker
from pydantic import Field, ValidationError

from runner.containers.client import engine_errors, room_errors
from runner.containers.registry import name_ours
from runner.errors import DigestMismatch, DiskFull, MissingFile
from runner.events import ImageProgress, Tell
from runner.frozen import Frozen

CONTENTS = "images.json"
_BLOCK = 1024 * 1024
_CARRY_AGAIN = "nothing of it is loaded: compare its sha256 with the one that `images save` printed, and carry it over again"


class Saved(Frozen):
    """One release in the file."""

    image: str = Field(description="image id, which hashes the image's configuration and layers")
    sha256: str


class Contents(Frozen):
    """What the file holds."""

    format: Literal[1] = 1
    releases: dict[str, Saved]


def save(client: docker.DockerClient, file: Path, images: Mapping[str, str], tell: Tell) -> str:
    """Write images (series -> id) into a file, and return the file's own sha256. A file half written is never left.

    Raises:
        DiskFull: there is no room beside the file.
        EngineRefused
    """
    unfinished = file.with_name(f".{file.name}.unfinished")
    with disk_errors(file), tempfile.TemporaryDirectory(prefix=".thing-a-me-", dir=file.parent) as scratch:
        saved: dict[str, Saved] = {}
        for series, image in images.items():
            tell(ImageProgress(release=series, state="saving", detail=image))
            archive = Path(scratch) / f"{series}.tar"
            with engine_errors(f"saving {series}"), archive.open("wb") as written:
                for chunk in client.api.get_image(image):
                    written.write(chunk)
            saved[series] = Saved(image=image, sha256=_hash_file(archive))
        try:
            with tarfile.open(unfinished, "w") as whole:
                _add(whole, CONTENTS, Contents(releases=saved).model_dump_json(indent=1).encode())
                for series in saved:
                    whole.add(Path(scratch) / f"{series}.tar", arcname=f"{series}.tar")
            digest = _hash_file(unfinished)
            # Commit point.
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
    return digest


def load(client: docker.DockerClient, file: Path, tell: Tell) -> dict[str, str]:
    """Load the images of a file, and return their ids by series. Nothing is loaded from a file that was tampered with.

    Raises:
        MissingFile: the file is not there, or not one of ours.
        DigestMismatch: its images are not the ones that it lists, or an image has another id than listed.
        DiskFull: the engine has no room for them.
    """
    try:
        with disk_errors(file), tarfile.open(file, "r:") as whole:
            contents = _compare(whole, file)
            for series, saved in contents.releases.items():
                tell(ImageProgress(release=series, state="loading", detail=saved.image))
                doing = f"loading {series}"
                with engine_errors(doing), room_errors(doing):
                    ids = [str(image.id) for image in client.images.load(_open(whole, f"{series}.tar"))]
                    if ids != [saved.image]:
                        raise DigestMismatch(f"{file}: {series} is {', '.join(ids)}, but {saved.image} is listed")
                    name_ours(client, saved.image)
    except (FileNotFoundError, PermissionError, tarfile.TarError, ValidationError, KeyError) as error:
        message = f"{file} is not a file that `images save` wrote, or not all of one: {error}"
        raise MissingFile(message, hint="check the path, and that the copy is as long as what `images save` wrote") from error
    return {series: saved.image for series, saved in contents.releases.items()}


def _compare(whole: tarfile.TarFile, file: Path) -> Contents:
    """Read the list and compare every archive with it."""
    contents = Contents.model_validate_json(_open(whole, CONTENTS).read())
    expected = {CONTENTS, *(f"{series}.tar" for series in contents.releases)}
    if odd := expected ^ set(whole.getnames()):
        raise DigestMismatch(f"{file}: {', '.join(sorted(odd))} is missing or not listed", hint=_CARRY_AGAIN)
    for series, saved in contents.releases.items():
        found = _hash(_open(whole, f"{series}.tar"))
        if found != saved.sha256:
            message = f"{file}: {series}.tar has sha256 {found}, but {saved.sha256} is listed"
            raise DigestMismatch(message, hint=_CARRY_AGAIN)
    return contents


def _open(whole: tarfile.TarFile, name: str) -> IO[bytes]:
    opened = whole.extractfile(name)
    if opened is None:
        raise KeyError(f"{name} is not a regular file")
    return opened


def _add(whole: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    whole.addfile(member, io.BytesIO(content))


def _hash_file(path: Path) -> str:
    with path.open("rb") as opened:
        return _hash(opened)


def _hash(content: IO[bytes]) -> str:
    hashed = hashlib.sha256()
    while block := content.read(_BLOCK):
        hashed.update(block)
    return hashed.hexdigest()


@contextmanager
def disk_errors(file: Path) -> Iterator[None]:
    """Turn a full disk into DiskFull."""
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise DiskFull(f"no room for {file}", hint="free some space, or name a file on another disk") from error
