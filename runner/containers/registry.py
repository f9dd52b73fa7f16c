"""Pull images by digest. A name can be moved by whoever runs the registry; a digest cannot."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import docker
import docker.errors
from pydantic import Field

from runner.containers.blueprint import CONTENT_LABEL, PREFIX, RELEASE_LABEL
from runner.containers.build import LATEST
from runner.containers.client import engine_errors
from runner.errors import BadDocument, DigestMismatch, DiskFull, RegistryRefused, ThingAMeError
from runner.frozen import Frozen

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Digests(Frozen):
    """A digest file: which image of each release is trusted."""

    digests: dict[str, str] = Field(min_length=1, description="series -> sha256:...")


@dataclass(frozen=True)
class Pinned:
    """An image in a registry, named so that it can be only one."""

    repository: str
    tag: str
    digest: str

    @property
    def reference(self) -> str:
        return f"{self.repository}@{self.digest}"

    @classmethod
    def parse(cls, reference: str) -> "Pinned":
        """Read `REPOSITORY[:TAG]@sha256:...`.

        Raises:
            BadDocument: no digest is named, or it is not one.
        """
        name, _, digest = reference.partition("@")
        if not _DIGEST.fullmatch(digest):
            hint = "name it as REPOSITORY@sha256:..., or a release with --from and --digests: a tag can be moved"
            raise BadDocument(f"{reference} names no digest", hint=hint)
        before, colon, tag = name.rpartition(":")
        # A colon before a slash belongs to the registry's port.
        return cls(before, tag, digest) if colon and "/" not in tag else cls(name, "", digest)

    @classmethod
    def of_release(cls, series: str, prefix: str, trusted: Digests) -> "Pinned":
        """Name a release's image below a registry prefix.

        Raises:
            BadDocument: the digest file does not name that release, or not by a digest.
        """
        if series not in trusted.digests:
            raise BadDocument(f"the digest file names no image for {series}", hint=f"it names {', '.join(trusted.digests)}")
        return cls.parse(f"{prefix.rstrip('/')}/{PREFIX}/{series}@{trusted.digests[series]}")


def pull(client: docker.DockerClient, pinned: Pinned, series: str | None = None) -> str:
    """Pull an image, prove that it is the pinned one, and return its id; an image of ours gets its own names back.

    With `series` the image must say that it is that release.

    Raises:
        RegistryRefused: the registry does not answer, wants a login, or has no such image.
        DigestMismatch: what the registry offers under that name is another image.
        DiskFull, EngineMissing
    """
    if pinned.tag:
        _compare_tag(client, pinned)
    with engine_errors(f"pulling {pinned.reference}"), _registry_errors(pinned):
        for said in client.api.pull(pinned.repository, tag=pinned.digest, stream=True, decode=True):
            if "error" in said:
                raise _refusal(pinned, str(said["error"]))
        image = client.images.get(pinned.reference)
        if not any(name.endswith(f"@{pinned.digest}") for name in image.attrs["RepoDigests"]):
            raise DigestMismatch(f"{pinned.reference} was asked for, {', '.join(image.attrs['RepoDigests'])} came")
        if series and image.labels.get(RELEASE_LABEL) != series:
            says = image.labels.get(RELEASE_LABEL, "of no release")
            raise DigestMismatch(f"{pinned.reference} is {says}, not {series}", hint="correct the digest file")
        name_ours(client, str(image.id))
    return str(image.id)


def name_ours(client: docker.DockerClient, image: str) -> None:
    """Give an image that this program built, here or elsewhere, the names it is found by."""
    labels = client.images.get(image).labels
    if RELEASE_LABEL in labels and CONTENT_LABEL in labels:
        repository = f"{PREFIX}/{labels[RELEASE_LABEL]}"
        client.api.tag(image, repository, labels[CONTENT_LABEL][:12])
        client.api.tag(image, repository, LATEST)


def _compare_tag(client: docker.DockerClient, pinned: Pinned) -> None:
    with engine_errors(f"asking for {pinned.repository}:{pinned.tag}"), _registry_errors(pinned):
        offered = client.api.inspect_distribution(f"{pinned.repository}:{pinned.tag}")["Descriptor"]["digest"]
    if offered != pinned.digest:
        raise DigestMismatch(f"{pinned.repository}:{pinned.tag} is {offered} in the registry, not {pinned.digest}")


@contextmanager
def _registry_errors(pinned: Pinned) -> Iterator[None]:
    """Tell a registry's no from the engine's."""
    try:
        yield
    except docker.errors.APIError as error:
        raise _refusal(pinned, str(error.explanation or error)) from error


def _refusal(pinned: Pinned, said: str) -> ThingAMeError:
    """Tell from the engine's words what a registry did."""
    if "no space left" in said.lower():
        return DiskFull(f"no room to pull {pinned.reference}: {said}")
    if "verification failed" in said or "does not match" in said:
        return DigestMismatch(f"the registry sent something else for {pinned.reference}: {said}")
    return RegistryRefused(f"cannot pull {pinned.reference}: {said}")
