"""A recipe: one project's databases, configuration, commands and facts over the releases. Data, parsed once.

The files are `runner/recipes/<project>.yaml`; `docs/add-a-project.md` walks through one.
"""

from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from runner.frozen import Frozen
from runner.planning.release import Calendar


class Span(Frozen):
    """Releases from `since` to `until`, both included; a missing end is open."""

    since: str | None = None
    until: str | None = None

    def covers(self, series: str, calendar: Calendar) -> bool:
        return series in calendar.slice(self.since, self.until)


class Role(Frozen):
    """One kind of database of a project: `nova` has an `api` and many `cell`s."""

    chain: str
    many: bool = False
    title: str = ""


class ChainSource(Frozen):
    """Where a chain's version rows lie in the database and its scripts in the installed code.

    `alembic` is the directory of an alembic environment below site-packages, which counts from release `alembic_since`
    on; `migrate` maps a sqlalchemy-migrate repository id to the directory of its `versions`, the newest place first.
    `unread` maps a series to folders of scripts that it ships and its code never reads.
    """

    table: str = "alembic_version"
    alembic: str | None = None
    alembic_since: str | None = None
    migrate: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    unread: dict[str, tuple[str, ...]] = Field(default_factory=dict)


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


class CommandKind(StrEnum):
    """`schema` moves version rows and may be a no-op; `online` moves rows and is never skipped unless the image has none.

    `move-in` brings what another project's database has kept so far; a new installation does without.
    """

    SCHEMA = "schema"
    ONLINE = "online"
    MOVE_IN = "move-in"


class Command(Frozen):
    """One command of a project.

    `argv` may use `{etc}` (the step's configuration directory). `per` names the role it is run once for each database
    of; `writes` are the roles it changes. `moves` are the chains or branches (`chain` or `chain:branch`) whose heads it
    moves, `serves` those on whose behalf it moves rows: where none of them differs between two releases, the command
    has nothing to do. Exit codes that are not listed mean failure. `files` (name -> template) lie beside its configuration;
    they may also name what it `reads` of other projects (name -> `project.role`), whose hop to the same release comes first,
    and whose next one waits; `{tables}` are those that are moved in.
    """

    name: str
    kind: CommandKind
    argv: tuple[str, ...]
    writes: tuple[str, ...]
    per: str | None = None
    moves: tuple[str, ...] = ()
    serves: tuple[str, ...] = ()
    exits: dict[int, ExitMeaning] = Field(default_factory=lambda: {0: ExitMeaning.DONE})
    releases: Span = Span()
    uses_stored_urls: bool = False
    files: dict[str, str] = Field(default_factory=dict)
    reads: dict[str, str] = Field(default_factory=dict)
    source: str


class Mend(Frozen):
    """A command the project ships that mends what a check finds."""

    name: str
    argv: tuple[str, ...]
    writes: tuple[str, ...]
    exits: dict[int, ExitMeaning] = Field(default_factory=lambda: {0: ExitMeaning.DONE})
    says: str
    source: str


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


class Fact(Frozen):
    """What a way has to keep to: which releases' code demands what of the database, and where that is written.

    `release` is the oldest release a database may stand at (floor), the one that may not be passed over (must_stop), or one
    that may be where its image has not the project (may_pass).
    """

    kind: Literal["floor", "must_stop", "may_pass"]
    releases: Span = Span()
    release: str
    why: str
    source: str


class Earlier(Frozen):
    """Databases at `until` or before it have not what a blocker's `count` reads.

    `count` is SQL for the rows that the way turns into the blocker's; without it there can be none.
    """

    until: str
    count: str | None = None


class Blocker(Frozen):
    """Rows that some releases' sync fails on or throws away.

    `count` is SQL that returns how many there are in `role`'s database. `severity` is "warns" where the chain itself
    runs to its end, but something else is lost or broken.
    """

    name: str
    releases: Span
    role: str
    count: str
    earlier: Earlier | None = None
    severity: Literal["blocks", "warns"] = "blocks"
    breaks: str
    way_out: str
    mend: str | None = None
    source: str

    def count_at(self, release: str, calendar: Calendar) -> str | None:
        """Return the SQL that counts in a database at this release; None where there is nothing to count yet."""
        if self.earlier and not calendar.is_later(release, self.earlier.until):
            return self.earlier.count
        return self.count


class Pending(Frozen):
    """Rows that an online migration of some releases still has to move. `count` is SQL, as a blocker's.

    `may_stay` says why some of them may be left for ever; without it, one that is left after the migration is a fault.
    """

    migration: str
    releases: Span = Span()
    role: str
    count: str
    may_stay: str | None = None
    source: str


class SoftDeleted(Frozen):
    """Databases whose services keep deleted rows (`deleted_at`), and how their operator purges them."""

    roles: tuple[str, ...] = Field(min_length=1)
    way_out: str
    source: str


class StoredUrl(Frozen):
    """A column that holds database or message-queue URLs."""

    role: str
    table: str
    name_column: str
    column: str
    source: str


class MovedIn(Frozen):
    """A project whose tables lay in another one's database (`project.role`) until commands of release `at` moved them out.

    `tables` are those tables; they have the same names in both.
    """

    kept_in: str
    at: str
    tables: tuple[str, ...] = Field(min_length=1)
    source: str


class DifferenceRule(Frozen):
    """Why a chain's result may differ from a fresh install: patterns (fnmatch) over kind, table, name and what each has."""

    kind: str
    table: str | tuple[str, ...] = "*"
    name: str = "*"
    ours: str = "*"
    fresh: str = "*"
    why: str
    source: str


class CommonDifferences(Frozen):
    """Rules that hold for every project."""

    differences: tuple[DifferenceRule, ...]


class RowRule(Frozen):
    """Which rows a step may remove from a table (fnmatch pattern), and why."""

    table: str
    step: str
    why: str
    source: str


class Recipe(Frozen):
    """Everything we know of one project."""

    project: str
    package: str
    roles: dict[str, Role] = Field(min_length=1)
    chains: dict[str, ChainSource] = Field(min_length=1)
    asks: Asked = Asked()
    configuration: dict[str, str]
    environment: dict[str, str] = Field(default_factory=dict)
    commands: tuple[Command, ...] = Field(min_length=1)
    mends: tuple[Mend, ...] = ()
    upgrade_check: UpgradeCheck | None = None
    read_back: ReadBack | None = None
    after: tuple[str, ...] = ()
    moved_in: MovedIn | None = None
    facts: tuple[Fact, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    pending: tuple[Pending, ...] = ()
    soft_deleted: SoftDeleted | None = None
    stored_urls: tuple[StoredUrl, ...] = ()
    differences: tuple[DifferenceRule, ...] = ()
    rows: tuple[RowRule, ...] = ()
    signature: tuple[str, ...] = Field(min_length=1, description="tables that only this project has")
    heads: dict[str, dict[str, tuple[str, ...]]] = Field(description="series -> chain -> version rows at its end")
    other_heads: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = Field(
        default_factory=dict, description="series -> chain -> further sets of version rows that its own commands may end at"
    )
    service_versions: dict[str, int] = Field(
        default_factory=dict, description="series -> version its services report; a service may be older, never newer"
    )

    @model_validator(mode="after")
    def _names_agree(self) -> "Recipe":
        """Refuse a recipe whose parts name roles or chains that it does not have."""
        for role in self.roles.values():
            if role.chain not in self.chains:
                raise ValueError(f"role names chain {role.chain!r}; the chains are {', '.join(self.chains)}")
        for command in self.commands:
            named = {*command.writes, *([command.per] if command.per else [])}
            if unknown := named - set(self.roles):
                raise ValueError(f"command {command.name!r} names role {min(unknown)!r}; the roles are {', '.join(self.roles)}")
            if unknown := {move.partition(":")[0] for move in (*command.moves, *command.serves)} - set(self.chains):
                known = ", ".join(self.chains)
                raise ValueError(f"command {command.name!r} names chain {min(unknown)!r}; the chains are {known}")
        for unless in (one.unless for one in (self.upgrade_check.needs_service if self.upgrade_check else ())):
            if unless and unless not in {blocker.name for blocker in self.blockers}:
                raise ValueError(f"upgrade_check names blocker {unless!r}, which is not there")
        named_roles = [("soft_deleted", role) for role in (self.soft_deleted.roles if self.soft_deleted else ())]
        named_roles += [
            (f"entity {name!r}", one.role) for name, one in (self.read_back.entities if self.read_back else {}).items()
        ]
        for who, name in named_roles:
            if name not in self.roles:
                raise ValueError(f"{who} names role {name!r}; the roles are {', '.join(self.roles)}")
        return self

    def files_of(self, command: str) -> dict[str, str]:
        """The files of a command, which may be one that the recipe does not have: an errand's."""
        return next((one.files for one in self.commands if one.name == command), {})

    def commands_for(self, series: str, calendar: Calendar) -> tuple[Command, ...]:
        return tuple(command for command in self.commands if command.releases.covers(series, calendar))
