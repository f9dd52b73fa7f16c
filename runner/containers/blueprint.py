"""What decides an image, and the name that follows from it: the same content is the same name, so it is built once."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from runner.containers.engine import LABEL

CONTENT_LABEL = "thing-a-me.content"
RELEASE_LABEL = "thing-a-me.release"
PREFIX = "thing-a-me"


@dataclass(frozen=True, kw_only=True)
class Blueprint:
    """Everything that decides one image.

    `files` is the build context without site settings, which decide nothing; an image that is installed (installation.py)
    has no `dockerfile`. `parents` maps a build argument to the reference of the image it stands for, which holds that
    image's own content. A `flat` image is exported and imported again after its build, so that no lower layer and no
    history is left.
    """

    name: str
    suite: str
    dockerfile: bytes = b""
    files: Mapping[str, bytes] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    flat: bool = False

    @property
    def content(self) -> str:
        """Hash what decides the image."""
        decisive = {
            "dockerfile": hashlib.sha256(self.dockerfile).hexdigest(),
            "files": {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()},
            "parents": dict(self.parents),
            "suite": self.suite,
            "flat": self.flat,
        }
        return hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()

    @property
    def repository(self) -> str:
        return f"{PREFIX}/{self.name}"

    @property
    def reference(self) -> str:
        return f"{self.repository}:{self.content[:12]}"

    @property
    def all_labels(self) -> dict[str, str]:
        return {LABEL: "image", CONTENT_LABEL: self.content, **self.labels}
