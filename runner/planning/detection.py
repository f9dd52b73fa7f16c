"""Which release is each database at? Read from its version rows, cross-checked, never guessed."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from runner.errors import (
    CellsDisagree,
    CrossCheckFailed,
    HalfMovedHeads,
    MixedSchema,
    NoVersionTable,
    SchemaMissing,
    UnknownRevision,
)
from runner.planning.cloud import Database
from runner.planning.facts import DatabaseFacts
from runner.planning.manifest import Manifest
from runner.planning.recipe import Recipe
from runner.planning.release import Calendar


@dataclass(frozen=True)
class Knowledge:
    """What detection and planning know besides the database: recipes, releases, and what the images say of themselves.

    `lacking` maps a release to the projects that its image is not defined with; where there is a manifest, that counts.
    """

    recipes: Mapping[str, Recipe]
    calendar: Calendar
    manifests: Mapping[str, Manifest]
    lacking: Mapping[str, Collection[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Standing:
    """One database's version rows and the releases, oldest first, that end exactly there.

    One without rows is empty: its tables still lie in another project's database (`MovedIn`). `guests` maps the chains that
    are its guests to their rows, which say nothing of the release: a guest may have been left behind.
    """

    database: Database
    heads: frozenset[str]
    releases: tuple[str, ...]
    guests: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def rows(self) -> frozenset[str]:
        """All version rows: its own and its guests'."""
        return self.heads.union(*self.guests.values())


@dataclass(frozen=True)
class ProjectStanding:
    """One project's databases and the release it is taken to be at; `candidates` are all it could be at."""

    project: str
    databases: tuple[Standing, ...]
    candidates: tuple[str, ...]
    release: str
    why: str


def detect(facts: DatabaseFacts, knowledge: Knowledge) -> Standing:
    """Say where one database stands.

    Raises:
        SchemaMissing, NoVersionTable, MixedSchema, CrossCheckFailed, HalfMovedHeads, UnknownRevision
    """
    database, recipe = facts.database, knowledge.recipes[facts.database.project]
    if not facts.exists:
        raise SchemaMissing(f"{database}: there is no schema {database.schema!r} on the server")
    _refuse_foreign_tables(facts, knowledge.recipes)
    chain = recipe.roles[database.role].chain
    heads = heads_of(facts, recipe)
    if not heads and recipe.moved_in and not facts.tables:
        return Standing(database, heads, knowledge.calendar.slice(None, recipe.moved_in.at)[:-1])
    if not heads:
        table = recipe.chains[chain].table
        state = f"{table} is empty" if table in facts.tables else f"there is no {table}"
        raise NoVersionTable(f"{database}: schema {database.schema!r} says nothing of its release: {state}")
    releases = tuple(
        release.series for release in knowledge.calendar if heads in _ends(recipe, chain, release.series, knowledge)
    )
    if not releases:
        raise _unplaced(database, chain, heads, knowledge)
    _cross_check_services(facts, recipe, releases, knowledge.calendar)
    for guest, rows in facts.guests.items():
        _demand_known(database, guest, rows, knowledge)
    return Standing(database, heads, releases, facts.guests)


def rows_of(facts: DatabaseFacts, recipe: Recipe) -> tuple[str, ...]:
    """All version rows that count, in order of their text: the database's own and its guests'."""
    return tuple(sorted(heads_of(facts, recipe).union(*facts.guests.values())))


def heads_of(facts: DatabaseFacts, recipe: Recipe) -> frozenset[str]:
    """The version rows that count: alembic's where there are any, because a stale migrate_version may stay behind."""
    repositories = recipe.chains[recipe.roles[facts.database.role].chain].migrate
    return facts.alembic or frozenset(row for row in facts.legacy if row.partition(":")[0] in repositories)


def _ends(recipe: Recipe, chain: str, series: str, knowledge: Knowledge) -> list[frozenset[str]]:
    """The version rows a release ends at: what its image says where there is one, and what the recipe knows."""
    others = recipe.other_heads.get(series, {}).get(chain, ())
    ends = [frozenset(recipe.heads.get(series, {}).get(chain, ())), *map(frozenset, others)]
    manifest = knowledge.manifests.get(series)
    if manifest and recipe.project in manifest.projects and chain in manifest.projects[recipe.project].chains:
        ends.append(manifest.projects[recipe.project].chains[chain].position)
    return ends


def _refuse_foreign_tables(facts: DatabaseFacts, recipes: Mapping[str, Recipe]) -> None:
    """Refuse a schema that holds another project's tables, beside its own or instead of them."""
    own = facts.database.project
    present = [name for name, recipe in recipes.items() if set(recipe.signature) <= facts.tables and name != own]
    if recipes[own].signature_of(facts.database.role) <= facts.tables:
        present.append(own)
    others = [name for name in present if name != own]
    if others and own in present:
        raise MixedSchema(
            f"{facts.database}: {facts.database.schema!r} holds the tables of {own} and of {' and '.join(others)}"
        )
    if others:
        raise CrossCheckFailed(f"{facts.database}: {facts.database.schema!r} holds {others[0]}'s tables, not {own}'s")


def _demand_known(database: Database, guest: str, rows: frozenset[str], knowledge: Knowledge) -> None:
    """Demand that some release has a guest's revisions: others are of a fork, or of a release that nobody knows yet."""
    recipe = knowledge.recipes[database.project]
    known = {one for release in knowledge.calendar for one in _revisions(recipe, guest, release.series, knowledge)}
    if strangers := sorted(rows - known):
        table = recipe.chains[guest].table
        raise UnknownRevision(f"{database}: no release we know of {guest} has revision {', '.join(strangers)} ({table})")


def _unplaced(database: Database, chain: str, heads: frozenset[str], knowledge: Knowledge) -> UnknownRevision | HalfMovedHeads:
    """Tell revisions nobody knows, and those of the project's other chain, from known ones that no release ends at."""
    recipe = knowledge.recipes[database.project]
    first_seen: dict[str, str] = {}
    for release in knowledge.calendar:
        for revision in _revisions(recipe, chain, release.series, knowledge):
            first_seen.setdefault(revision, release.series)
    if strangers := sorted(heads - set(first_seen)):
        if other := _other_chain(recipe, chain, strangers, knowledge):
            hint = f"is {database.schema!r} the schema of another role? see `databases` in cloud.yaml"
            said = f"revision {', '.join(strangers)} is of {recipe.project}'s chain {other}, not of {chain}"
            return UnknownRevision(f"{database}: {said}", hint=hint)
        return UnknownRevision(f"{database}: no release we know has revision {', '.join(strangers)}")
    where = ", ".join(f"{head} (first in {first_seen[head]})" for head in sorted(heads))
    return HalfMovedHeads(f"{database}: its version rows fit no release: {where}")


def _other_chain(recipe: Recipe, chain: str, revisions: Sequence[str], knowledge: Knowledge) -> str | None:
    """Find the project's other chain that has all of these revisions."""
    for other in recipe.chains:
        known = {one for release in knowledge.calendar for one in _revisions(recipe, other, release.series, knowledge)}
        if other != chain and set(revisions) <= known:
            return other
    return None


def _revisions(recipe: Recipe, chain: str, series: str, knowledge: Knowledge) -> Iterable[str]:
    yield from recipe.heads.get(series, {}).get(chain, ())
    for others in recipe.other_heads.get(series, {}).get(chain, ()):
        yield from others
    manifest = knowledge.manifests.get(series)
    if manifest and recipe.project in manifest.projects and chain in manifest.projects[recipe.project].chains:
        yield from (revision.id for revision in manifest.projects[recipe.project].chains[chain].revisions)


def _cross_check_services(facts: DatabaseFacts, recipe: Recipe, releases: tuple[str, ...], calendar: Calendar) -> None:
    """A service may be older than its database, never newer (nova's service version check)."""
    if not facts.service_versions or not recipe.service_versions:
        return
    newest = max(facts.service_versions)
    allowed = recipe.service_versions.get(releases[-1])
    if allowed is not None and newest > allowed:
        since = next((r.series for r in calendar if recipe.service_versions.get(r.series, 0) >= newest), "no known release")
        rows = " or ".join(releases)
        raise CrossCheckFailed(
            f"{facts.database}: its version rows say {rows}, but a service of {since} (version {newest}) reported to it"
        )


def place(
    standings: Sequence[Standing], calendar: Calendar, *, projects: Collection[str] = (), known: str | None = None
) -> tuple[ProjectStanding, ...]:
    """Say where each project stands, or each of `projects` where some are asked for, from all of its databases.

    Heads that several releases share leave several candidates. Of those the release is taken that the cloud is at; where
    it is not among a project's candidates, its oldest candidate, so that nothing is skipped. The cloud is at the oldest
    release that some project is surely at: after half a chain that is where the slowest stands. Where no project is sure,
    or one that is not must be at an older release, the sure ones have gone ahead: then it is at the release that most can
    be at, none of them later than any project can be; the oldest of equals. A project that is not asked for counts too, if
    one release fits all of its databases. Where somebody knows where the cloud is, it is there.

    Raises:
        CellsDisagree: two databases of one project cannot be at one release.
        CrossCheckFailed: no project can be where the cloud is known to be.
    """
    by_project = _by_project(standings)
    asked = {project: found for project, found in by_project.items() if not projects or project in projects}
    for project, databases in asked.items():
        _demand_agreement(project, databases)
    candidates = {project: _shared(databases) for project, databases in by_project.items()}
    if known and not any(known in found for found in candidates.values()):
        stand = "; ".join(f"{project} at {' or '.join(found)}" for project, found in candidates.items())
        raise CrossCheckFailed(f"the cloud is said to be at {known}, and no project's version rows fit that: {stand}")
    # Nothing that is elsewhere still says where the cloud is.
    telling = [found for project, found in candidates.items() if any(one.heads for one in by_project[project])]
    cloud = known or _cloud_release(tuple(telling or candidates.values()), calendar)
    placed = []
    for project, databases in asked.items():
        found = candidates[project]
        release = cloud if cloud in found else found[0]
        placed.append(ProjectStanding(project, databases, found, release, _why(found, release, cloud)))
    return tuple(placed)


def _cloud_release(candidates: Sequence[tuple[str, ...]], calendar: Calendar) -> str:
    latest = min((found[-1] for found in candidates if found), key=calendar.index)
    if latest in (found[0] for found in candidates if len(found) == 1):
        return latest
    # Too early is harmless: what is done already is skipped, or finds nothing to move. Too late skips what was never done.
    votes = Counter(series for found in candidates for series in found if not calendar.is_later(series, latest))
    return max(votes, key=lambda series: (votes[series], -calendar.index(series)))


def _why(candidates: tuple[str, ...], release: str, cloud: str) -> str:
    if len(candidates) == 1:
        return "its version rows are of this release alone"
    if release == cloud:
        return f"its version rows fit {', '.join(candidates)}; the cloud is at {cloud}"
    return f"its version rows fit {', '.join(candidates)}; the oldest, so that nothing is skipped"


def demand_kept(standings: Sequence[Standing], knowledge: Knowledge) -> None:
    """Demand that what an empty database is to get still lies where another project has kept it.

    Raises:
        NoVersionTable
    """
    for standing in standings:
        moved_in = knowledge.recipes[standing.database.project].moved_in
        if standing.heads or not moved_in:
            continue
        keepers = [one for one in standings if f"{one.database.project}.{one.database.role}" == moved_in.kept_in]
        if not keepers:
            raise NoVersionTable(
                f"{standing.database}: schema {standing.database.schema!r} is empty, and {moved_in.kept_in}, which kept its"
                f" tables before {moved_in.at}, is not in cloud.yaml"
            )
        if knowledge.calendar.is_later(keepers[0].releases[0], moved_in.at):
            raise NoVersionTable(
                f"{standing.database}: schema {standing.database.schema!r} is empty, and {keepers[0].database} stands at"
                f" {keepers[0].releases[0]}: after {moved_in.at} nobody writes the tables of {moved_in.kept_in} any more",
                hint="is this the schema that its service uses? see `databases` in cloud.yaml",
            )


def _by_project(standings: Sequence[Standing]) -> dict[str, tuple[Standing, ...]]:
    projects = dict.fromkeys(standing.database.project for standing in standings)
    return {project: tuple(s for s in standings if s.database.project == project) for project in projects}


def _shared(standings: Sequence[Standing]) -> tuple[str, ...]:
    """The releases that all of a project's databases can be at, oldest first."""
    return tuple(series for series in standings[0].releases if all(series in s.releases for s in standings))


def _demand_agreement(project: str, standings: Sequence[Standing]) -> None:
    by_role: dict[str, Standing] = {}
    for standing in standings:
        first = by_role.setdefault(standing.database.role, standing)
        if standing.heads != first.heads:
            pair = (f"{s.database} is at {' or '.join(s.releases)}" for s in (first, standing))
            raise CellsDisagree(f"{project}: {', '.join(pair)}")
    if not _shared(standings):
        stands = "; ".join(f"{s.database} at {' or '.join(s.releases)}" for s in standings)
        raise CellsDisagree(f"{project}: no release fits all of its databases: {stands}")
