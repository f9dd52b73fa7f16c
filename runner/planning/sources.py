"""Where a project's code comes from when it is not the package index, as release.yaml's `sources` has it.

A tree (commit, tarball, folder) is installed over its release's lock. Debian's packages, and an image that somebody else
built, stand apart: the project has an image of its own, and the release's image has not the project.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from runner.frozen import Frozen

_REPOSITORY = re.compile(r"(https?|ssh|git|file)://\S+|[\w.-]+@[\w.-]+:\S+|/\S+")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+(=[\w.+~:-]+)?")
_IMAGE = re.compile(r"(?:[\w./:-]+@)?sha256:[0-9a-f]{64}")


def _repository(given: str) -> str:
    # git takes a word that begins with a dash for an option, and runs what follows `ext::`.
    if not _REPOSITORY.fullmatch(given):
        raise ValueError("should be a URL (https, ssh, git, file), user@host:path, or an absolute path")
    return given


def _commit(given: str) -> str:
    if not _COMMIT.fullmatch(given):
        raise ValueError("should be a commit's 40 hexadecimal digits: a tag, a branch or fewer digits can become another")
    return given


def _sha256(given: str) -> str:
    if not _SHA256.fullmatch(given):
        raise ValueError("should be 64 hexadecimal digits")
    return given


def _package(given: str) -> str:
    if not _PACKAGE.fullmatch(given):
        raise ValueError("should be a Debian package's name, or name=version")
    return given


def _image(given: str) -> str:
    if not _IMAGE.fullmatch(given):
        raise ValueError("should be REPOSITORY@sha256:..., or the id of an image that is here, sha256:...: a tag can be moved")
    return given


class Commit(Frozen):
    """One commit of a git repository."""

    git: Annotated[str, AfterValidator(_repository)]
    commit: Annotated[str, AfterValidator(_commit)]

    @property
    def in_words(self) -> str:
        return f"commit {self.commit[:12]}"


class Tarball(Frozen):
    """A tar archive with one folder in it: a URL, or a path relative to release.yaml."""

    tarball: str
    sha256: Annotated[str, AfterValidator(_sha256)]

    @property
    def in_words(self) -> str:
        return f"tarball {self.sha256[:12]}"


class Folder(Frozen):
    """A source tree on this machine, relative to release.yaml: what lies in it when the image is built."""

    folder: str

    @property
    def in_words(self) -> str:
        return f"folder {self.folder}"


class DebianPackages(Frozen):
    """Debian's own packages, from the suite that carries the release; without one, from the release's own."""

    debian: tuple[Annotated[str, AfterValidator(_package)], ...] = Field(min_length=1)
    suite: Literal["bookworm", "bullseye", "trixie"] | None = None

    @property
    def in_words(self) -> str:
        return f"Debian's {self.debian[0]}"


class OwnImage(Frozen):
    """A whole image that somebody else built, by digest or id."""

    image: Annotated[str, AfterValidator(_image)]

    @property
    def in_words(self) -> str:
        return f"image {self.image.rpartition('sha256:')[2][:12]}"


Tree = Commit | Tarball | Folder
"""A source tree."""
Apart = DebianPackages | OwnImage
"""What makes an image of its own."""

_KINDS = {"git": "Commit", "tarball": "Tarball", "folder": "Folder", "debian": "DebianPackages", "image": "OwnImage"}
"""The one key that every source of a kind has -> what pydantic calls the kind."""


def _kind_of(given: Any) -> str | None:
    """Name a source's kind by the one key that tells it."""
    keys = given if isinstance(given, dict) else getattr(given, "model_fields_set", ())
    found = [kind for key, kind in _KINDS.items() if key in keys]
    return found[0] if len(found) == 1 else None


Source = Annotated[
    Annotated[Commit, Tag("Commit")]
    | Annotated[Tarball, Tag("Tarball")]
    | Annotated[Folder, Tag("Folder")]
    | Annotated[DebianPackages, Tag("DebianPackages")]
    | Annotated[OwnImage, Tag("OwnImage")],
    Discriminator(
        _kind_of,
        custom_error_type="no_kind",
        custom_error_message=f"needs exactly one of {', '.join(_KINDS)}",
    ),
]


def image_key(release: str, project: str) -> str:
    """Name the image of a project apart among a plan's: a release's own is keyed by its series alone."""
    return f"{release}/{project}"


def release_of(key: str) -> str:
    """Name the release of an image by its key."""
    return key.partition("/")[0]


def image_for(images: Mapping[str, str], project: str, release: str) -> str:
    """Find the image that a project's code of a release lies in: its own, where it has one, or the release's."""
    return images.get(image_key(release, project)) or images[release]
