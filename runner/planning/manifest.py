"""What an image says of itself: heads, revisions, online migrations, checks, versions."""

from typing import Literal

from runner.frozen import Frozen


class Revision(Frozen):
    """One migration script: what comes before it and, where a project has branches, on which one it lies."""

    id: str
    down: tuple[str, ...] = ()
    branch: str = ""


class Chain(Frozen):
    """The migrations behind one version table of one project, as the installed code knows them.

    `heads` maps a branch ("" where there is only one) to its head: an alembic revision, or `repository:number` for
    sqlalchemy-migrate.
    """

    kind: Literal["alembic", "migrate"]
    heads: dict[str, str]
    revisions: tuple[Revision, ...] = ()

    @property
    def position(self) -> frozenset[str]:
        """The version rows of a database that stands at this chain's end."""
        return frozenset(self.heads.values())


class ProjectManifest(Frozen):
    """One project inside an image. `chains` is keyed by the recipe's chain names."""

    package: str
    version: str
    commands: tuple[str, ...]
    chains: dict[str, Chain]
    online: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()


class Manifest(Frozen):
    """The whole image. `release` is empty for an image that somebody else built and nobody named."""

    format: Literal[1] = 1
    release: str = ""
    python: str
    packages: dict[str, str]
    projects: dict[str, ProjectManifest]

    def joined_by(self, apart: "Manifest") -> "Manifest":
        """The same release, whose project has an image of its own: of what that one holds, its word counts."""
        return self.model_copy(update={"projects": {**self.projects, **apart.projects}})
