"""A recipe: one project's databases, configuration, commands and facts over the releases. Data, parsed once.

The files are `runner/recipes/<project>.yaml`; `docs/add-a-project.md` walks through one.
"""

from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import Literal

from pydantic import Field

from runner.frozen import Frozen
from runner.planning.asked import Asked, ExitMeaning, ReadBack, UpgradeCheck
from runner.planning.release import Calendar
from runner.planning.rules import DifferenceRule, RowRule


class Span(Frozen):
    """Releases from `since` to `until`, both included; a missing end is open."""

    since: str | None = None
    until: str | None = None

    def covers(self, series: str, calendar: Calendar) -> bool:
        return series in calendar.slice(self.since, self.until)


class Role(Frozen):
    """One kind of database of a project: `nova` has an `api` and many `cell`s.

    A cloud may do without one that is `optional`. `guests` are chains of their own whose tables lie in the same schema,
    in some clouds. `signature` are the tables by which it is known, where they are not the project's.
    """

    chain: str
    many: bool = False
    optional: bool = False
    guests: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    title: str = ""


class ChainSource(Frozen):
    """Where a chain's version rows lie in the database and its scripts in the installed code.

    `alembic` is the directory of an alembic environment below site-packages, or its places, the newest first; it counts from
    release `alembic_since` on. `migrate` maps a sqlalchemy-migrate repository id to the directory of its `versions`, the
    newest place first. `unread` maps a series to folders of scripts that it ships and its code never reads. `package` is what
    the scripts come with, where that is not the project's; an image may do without it.
    """

    table: str = "alembic_version"
    package: str | None = None
    alembic: str | tuple[str, ...] | None = None
    alembic_since: str | None = None
    migrate: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    unread: dict[str, tuple[str, ...]] = Field(default_factory=dict)


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

    `count` is SQL that returns how many there are in `role`'s database; in those alone that have the `guest`, if one is
    named. `severity` is "warns" where the chain itself runs to its end, but something else is lost or broken.
    """

    name: str
    releases: Span
    role: str
    guest: str | None = None
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

    @property
    def contradictions(self) -> tuple[str, ...]:
        """What it names and has not: roles, chains, guests, blockers."""
        return tuple(
            f"{who} names {what} {name!r}; the {what}s are {', '.join(known) or 'none'}"
            for who, what, name, known in self._named()
            if name not in known
        )

    def _named(self) -> Iterator[tuple[str, str, str, Collection[str]]]:
        """Every name that has to be in another place: who names it, as what, and the names that are there."""
        for kind in self.roles.values():
            yield from (("role", "chain", chain, self.chains) for chain in (kind.chain, *kind.guests))
        for command in self.commands:
            who = f"command {command.name!r}"
            yield from ((who, "role", role, self.roles) for role in (*command.writes, *([command.per] if command.per else [])))
            yield from ((who, "chain", move.partition(":")[0], self.chains) for move in (*command.moves, *command.serves))
        for blocker in self.blockers:
            yield f"blocker {blocker.name!r}", "role", blocker.role, self.roles
            if blocker.guest and blocker.role in self.roles:
                yield f"blocker {blocker.name!r}", "guest", blocker.guest, self.roles[blocker.role].guests
        for service in self.upgrade_check.needs_service if self.upgrade_check else ():
            if service.unless:
                yield "upgrade_check", "blocker", service.unless, [blocker.name for blocker in self.blockers]
        yield from (
            ("soft_deleted", "role", role, self.roles) for role in (self.soft_deleted.roles if self.soft_deleted else ())
        )
        for name, entity in (self.read_back.entities if self.read_back else {}).items():
            yield f"entity {name!r}", "role", entity.role, self.roles

    @property
    def packages(self) -> dict[str, str]:
        """Map the project, and the chains that come with packages of their own, to their packages."""
        return {self.project: self.package, **{name: one.package for name, one in self.chains.items() if one.package}}

    def signature_of(self, role: str) -> frozenset[str]:
        """The tables by which a database of this role is known."""
        return frozenset(self.roles[role].signature or self.signature)

    def guest_tables(self, role: str) -> dict[str, str]:
        """Map the guests of a role's databases to the tables of their version rows."""
        return {guest: self.chains[guest].table for guest in self.roles[role].guests}

    def files_of(self, command: str) -> dict[str, str]:
        """The files of a command, which may be one that the recipe does not have: an errand's."""
        return next((one.files for one in self.commands if one.name == command), {})

    def commands_for(self, series: str, calendar: Calendar) -> tuple[Command, ...]:
        return tuple(command for command in self.commands if command.releases.covers(series, calendar))

    def with_part(self, part: "RecipePart") -> "Recipe":
        """Add what a part of the recipe says: lists get longer, and of maps the part's word counts."""
        merged = {}
        for name, more in part:
            mine = getattr(self, name)
            merged[name] = (*mine, *more) if isinstance(mine, tuple) else {**mine, **more}
        merged["heads"] = {series: {**rows, **part.heads.get(series, {})} for series, rows in self.heads.items()}
        return self.model_copy(update=merged)


class RecipePart(Frozen):
    """What lies in a file of its own, `<project>.<part>.yaml`, because it is long or has a subject of its own."""

    roles: dict[str, Role] = Field(default_factory=dict)
    chains: dict[str, ChainSource] = Field(default_factory=dict)
    configuration: dict[str, str] = Field(default_factory=dict)
    commands: tuple[Command, ...] = ()
    mends: tuple[Mend, ...] = ()
    facts: tuple[Fact, ...] = ()
    blockers: tuple[Blocker, ...] = ()
    pending: tuple[Pending, ...] = ()
    stored_urls: tuple[StoredUrl, ...] = ()
    differences: tuple[DifferenceRule, ...] = ()
    rows: tuple[RowRule, ...] = ()
    heads: dict[str, dict[str, tuple[str, ...]]] = Field(default_factory=dict)
