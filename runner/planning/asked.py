"""What a project's own code is asked: what an image has, whether an upgrade may go on, and what it reads of a database."""

from enum import StrEnum

from pydantic import Field

from runner.frozen import Frozen


class Asked(Frozen):
    """Python attributes (`module:attribute.path`) that the image manifest is filled from; the first that exists counts."""

    online: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()


class ExitMeaning(StrEnum):
    """What an exit code says."""

    DONE = "done"
    AGAIN = "again"
    WARNING = "warning"
    STUCK = "stuck"
    FAILED = "failed"
    NEEDS_SERVICE = "needs-service"


class KnownFailure(Frozen):
    """A failure of an upgrade check that says nothing of a migration: a phrase of its details, and why it says nothing."""

    phrase: str
    why: str
    source: str


class NeedsService(Frozen):
    """A failure of an upgrade check that only a live service can take away: phrases of its details, and why.

    `unless` names a blocker: where that counts rows, it is the rows that have to be mended, and the failure is one.
    """

    phrases: tuple[str, ...] = Field(min_length=1)
    why: str
    unless: str | None = None
    source: str


class UpgradeCheck(Frozen):
    """A project's own `*-status upgrade check`.

    `needs_service` tells missing services from failures, `known` are failures that no migration makes or mends.
    `before_sync` says whether it can read a schema older than itself. `files` (absolute path -> text) are what it wants to
    see on the disk besides its configuration.
    """

    argv: tuple[str, ...]
    exits: dict[int, ExitMeaning]
    needs_service: tuple[NeedsService, ...] = ()
    known: tuple[KnownFailure, ...] = ()
    before_sync: bool = True
    files: dict[str, str] = Field(default_factory=dict)
    source: str


class Entity(Frozen):
    """What a project keeps: `ids` is SQL that gives its ids in `role`'s database, as a column `id`, before the chain.

    It holds for every release that a chain may begin at; of what was deleted it gives nothing. No step of the chain adds to
    the entity or takes from it.
    """

    role: str
    ids: str


class ReadBack(Frozen):
    """A script that reads entities back through a release's own code, inside its image.

    `script` is a file below the directory of the recipe (docs/add-a-project.md says what it is given, and what it answers).
    `login` says that it can log in as the user that cloud.yaml names.
    """

    script: str
    entities: dict[str, Entity] = Field(min_length=1)
    login: bool = False
    source: str
