"""What `images/` declares: a release's image, its projects and their versions."""

from typing import Literal

from pydantic import Field

from runner.frozen import Frozen
from runner.planning.release import Release


class Deviation(Frozen):
    """A pin that differs from OpenStack's official constraints. Without `version` the official pin is dropped."""

    package: str
    version: str | None = None
    why: str


class ImageDefinition(Frozen):
    """`images/<series>/release.yaml`.

    `projects` maps a project to the version of its package; `constraints` is where the official pins come from.
    """

    release: Release
    base: Literal["bookworm", "bullseye", "trixie"]
    python: str
    python_why: str
    constraints: str
    projects: dict[str, str] = Field(min_length=1)
    also: dict[str, str] = Field(default_factory=dict, description="package -> why it is installed besides the projects")
    deviations: tuple[Deviation, ...] = ()

    @property
    def series(self) -> str:
        return self.release.series
