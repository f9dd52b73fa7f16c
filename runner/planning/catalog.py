"""What `images/` declares: a release's image, its projects and their versions."""

from typing import Literal

from pydantic import Field

from runner.frozen import Frozen
from runner.planning.release import Release
from runner.planning.sources import Apart, Commit, DebianPackages, Folder, OwnImage, Source, Tarball, Tree


class Deviation(Frozen):
    """A pin that differs from OpenStack's official constraints. Without `version` the official pin is dropped."""

    package: str
    version: str | None = None
    why: str


class LeftOut(Frozen):
    """A package that some project asks for and no migration needs; what only it asks for is left out with it."""

    package: str
    why: str


class BuildPin(Frozen):
    """What a source distribution is built with: none of it is installed."""

    package: str
    version: str
    why: str


class ImageDefinition(Frozen):
    """`images/<series>/release.yaml`.

    `projects` maps a project, or a chain that comes with a package of its own, to the version of its package; `constraints`
    is where the official pins come from, and `markers` the Python whose pins are taken where the constraints pin each
    Python apart and know `python` not. A project of `sources` does not come from the index; its version is then the one
    that its code has to say of itself.
    """

    release: Release
    base: Literal["bookworm", "bullseye", "trixie"]
    python: str
    python_why: str
    markers: str | None = None
    constraints: str
    projects: dict[str, str] = Field(min_length=1)
    also: dict[str, str] = Field(default_factory=dict, description="package -> why it is installed besides the projects")
    deviations: tuple[Deviation, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    built_with: tuple[BuildPin, ...] = ()
    sources: dict[str, Source] = Field(default_factory=dict)

    @property
    def trees(self) -> dict[str, Tree]:
        """The projects whose source tree is installed over the lock."""
        return {name: one for name, one in self.sources.items() if isinstance(one, Commit | Tarball | Folder)}

    @property
    def apart(self) -> dict[str, Apart]:
        """The projects that have an image of their own."""
        return {name: one for name, one in self.sources.items() if isinstance(one, DebianPackages | OwnImage)}

    @property
    def from_index(self) -> dict[str, str]:
        """The projects that the package index has, with their versions."""
        return {name: version for name, version in self.projects.items() if name not in self.sources}

    @property
    def together(self) -> dict[str, str]:
        """The projects of the release's own image, with their versions."""
        return {name: version for name, version in self.projects.items() if name not in self.apart}

    @property
    def build_pins(self) -> str:
        """Spell `built_with` as pip's build constraints."""
        return "".join(f"{pin.package}=={pin.version}\n" for pin in self.built_with)

    @property
    def left_out_names(self) -> str:
        """Spell `left_out` as a list of packages, one a line."""
        return "".join(f"{one.package}\n" for one in self.left_out)

    @property
    def missed_names(self) -> str:
        """Spell what the lock leaves to others, and may be missed by who asks for it, as a list of packages, one a line."""
        return "".join(f"{name}\n" for name in (*(one.package for one in self.left_out), *self.sources))

    @property
    def series(self) -> str:
        return self.release.series

    @property
    def is_python2(self) -> bool:
        return self.python == "2.7"
