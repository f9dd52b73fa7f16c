"""Drafting a plan from where the projects stand. Pure: no container, no connection, the same answer every time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from runner.errors import ImageMissing, MoveImpossible
from runner.planning.cloud import Database
from runner.planning.detection import Knowledge, ProjectStanding, Standing
from runner.planning.fork import demand_known
from runner.planning.manifest import Chain, ProjectManifest
from runner.planning.path import Hop, Permitted, find_path, find_start
from runner.planning.plan import Journey, Plan, PlannedDatabase, Step
from runner.planning.recipe import Command, CommandKind, Recipe


def settle(
    standings: Sequence[ProjectStanding], target: str, *, knowledge: Knowledge, defined: Sequence[str]
) -> tuple[ProjectStanding, ...]:
    """Let each project set out from a release that leads to the target, where its version rows leave a choice.

    Raises:
        BeyondTarget, ImageNotDefined, MoveImpossible: see `find_start`.
    """
    return tuple(_settled(standing, target, _permitted(standing.project, knowledge, defined)) for standing in standings)


def draft_plan(
    standings: Sequence[ProjectStanding],
    target: str,
    *,
    knowledge: Knowledge,
    defined: Sequence[str],
    images: Mapping[str, str],
) -> Plan:
    """Draft the plan that carries every project from where it stands to the target.

    1. A project's steps keep the recipe's order; a hop begins when the project's hop before has ended.
    2. Commands run once per database of a role lie in lanes of their own and run side by side, unless two of them
       write the same database.
    3. A schema command is skipped where none of the heads it moves differs; an online command only where the image has
       no online migrations.
    4. Projects are independent except where a recipe names another to wait for, or a command reads what another one has.

    Raises:
        BeyondTarget, ImageNotDefined, MoveImpossible: see `find_path`.
        ImageMissing: an image on the way is defined but not here.
        UnknownRevision: a fork's, which the first release on the way does not have.
    """
    journeys = [_journey(standing, target, knowledge, defined) for standing in standings]
    used = sorted({stop for journey in journeys for stop in journey.stops}, key=knowledge.calendar.index)
    if absent := [series for series in used if series not in images or series not in knowledge.manifests]:
        hint = f"run `thing-a-me images build {' '.join(absent)}`"
        raise ImageMissing(f"the image of {' and '.join(absent)} is not here", hint=hint)
    for standing, journey in zip(standings, journeys, strict=True):
        if journey.stops:
            demand_known(standing, journey, knowledge)
    places = _places(standings)
    drafts = [
        _ProjectDraft(standing, journey, knowledge, places).draft()
        for standing, journey in zip(standings, journeys, strict=True)
    ]
    return Plan(
        target=target,
        images={series: images[series] for series in used},
        databases=tuple(database for draft in drafts for database in draft.databases()),
        journeys=tuple(journeys),
        steps=tuple(step for draft in drafts for step in _join(draft, drafts)),
    )


def draft_fresh(
    project: str, series: str, *, knowledge: Knowledge, image: str, guests: Mapping[str, Sequence[str]] | None = None
) -> Plan:
    """Draft how one project's databases are made from nothing by one release: its schema commands, one member a role.

    `guests` maps the roles that are wanted to the chains that are guests there; None: all there are, with all the image has.
    """
    recipe = knowledge.recipes[project]
    if guests is None:
        has = knowledge.manifests[series].projects[project].chains
        commands = recipe.commands_for(series, knowledge.calendar)
        moved = {move.partition(":")[0] for command in commands for move in command.moves} & set(has)
        kinds = {role: kind for role, kind in recipe.roles.items() if kind.chain in moved}
        guests = {role: [guest for guest in kind.guests if guest in moved] for role, kind in kinds.items()}
    nothing = tuple(
        Standing(Database(project, role, role, f"{project}_{role}"), frozenset(), (), dict.fromkeys(wanted, frozenset()))
        for role, wanted in guests.items()
    )
    journey = Journey(project=project, start="nothing", why="a fresh install", stops=(series,))
    standing = ProjectStanding(project, nothing, candidates=(), release="nothing", why=journey.why)
    draft = _ProjectDraft(standing, journey, knowledge, places=None).draft()
    schema_steps = [step for step in draft.steps if step.kind is CommandKind.SCHEMA]
    return Plan(
        target=series,
        images={series: image},
        databases=tuple(draft.databases()),
        journeys=(journey,),
        steps=tuple(schema_steps),
    )


def _settled(standing: ProjectStanding, target: str, permitted: Permitted) -> ProjectStanding:
    start = find_start(standing.project, standing.release, standing.candidates, target, permitted)
    if start == standing.release:
        return standing
    fits = f"its version rows fit {', '.join(standing.candidates)}"
    why = f"{fits}; no way to {target} leads from {standing.release}, and {start} is the oldest that has one"
    return replace(standing, release=start, why=why)


def find_stops(project: str, start: str, target: str, *, knowledge: Knowledge, defined: Sequence[str]) -> tuple[str, ...]:
    """Find the releases that a project's hops end at.

    Raises:
        BeyondTarget, ImageNotDefined, MoveImpossible: see `find_path`.
    """
    return tuple(hop.end for hop in find_path(project, start, target, _permitted(project, knowledge, defined)))


def _permitted(project: str, knowledge: Knowledge, defined: Sequence[str]) -> Permitted:
    """What a project may do; a release whose image has not the project, or is to have it not, is not defined for it."""
    facts = knowledge.recipes[project].facts
    floors = [(fact.releases, fact.release) for fact in facts if fact.kind == "floor"]
    without = {series for series, manifest in knowledge.manifests.items() if project not in manifest.projects}
    without |= {series for series, of in knowledge.lacking.items() if project in of and series not in knowledge.manifests}
    return Permitted(
        knowledge.calendar,
        [series for series in defined if series not in without],
        must_stop=[fact.release for fact in facts if fact.kind == "must_stop"],
        may_pass=[fact.release for fact in facts if fact.kind == "may_pass"],
        floors={series: floor for span, floor in floors for series in knowledge.calendar.slice(span.since, span.until)},
    )


def _journey(standing: ProjectStanding, target: str, knowledge: Knowledge, defined: Sequence[str]) -> Journey:
    stops = find_stops(standing.project, standing.release, target, knowledge=knowledge, defined=defined)
    return Journey(project=standing.project, start=standing.release, why=standing.why, stops=stops)


def _join(draft: "_ProjectDraft", drafts: Sequence["_ProjectDraft"]) -> list[Step]:
    """Make a project's first steps of a hop wait for the hops to the same release that its recipe names.

    Whoever reads another project's database begins when that project is at the release, which goes on when it has been read.
    """
    hops = {other.project: other for other in drafts}
    firsts = {step for steps in draft.first_of_hop.values() for step in steps}
    readings = [one for other in drafts for one in other.steps if draft.project in other.read_from(one)]
    joined = []
    for step in draft.steps:
        awaited = [last for name in draft.read_from(step) for last in _last_of(hops.get(name), step.end)]
        if step.id in firsts:
            awaited += [last for name in draft.recipe.after for last in _last_of(hops.get(name), step.end)]
            awaited += [reading.id for reading in readings if step.end == draft.first_after(reading.end)]
        joined.append(step.model_copy(update={"after": (*step.after, *awaited)}) if awaited else step)
    return joined


def _last_of(draft: "_ProjectDraft | None", end: str) -> tuple[str, ...]:
    return draft.last_of_hop.get(end, ()) if draft else ()


def _places(standings: Sequence[ProjectStanding]) -> dict[str, str]:
    """Map each `project.role` to its database, the first where there are many."""
    found: dict[str, str] = {}
    for project in standings:
        for standing in project.databases:
            found.setdefault(f"{standing.database.project}.{standing.database.role}", standing.database.id)
    return found


@dataclass
class _ProjectDraft:
    """One project's steps while they are being drafted, and where each of its databases will stand by then.

    `places` maps `project.role` to the databases of the whole plan; None: a new installation, which takes over nothing.
    """

    standing: ProjectStanding
    journey: Journey
    knowledge: Knowledge
    places: Mapping[str, str] | None
    steps: list[Step] = field(default_factory=list)
    positions: dict[str, "Position"] = field(default_factory=dict)
    at_hop_start: dict[str, "Position"] = field(default_factory=dict)
    first_of_hop: dict[str, tuple[str, ...]] = field(default_factory=dict)
    last_of_hop: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def project(self) -> str:
        return self.standing.project

    @property
    def recipe(self) -> Recipe:
        return self.knowledge.recipes[self.project]

    def draft(self) -> "_ProjectDraft":
        images = [self.knowledge.manifests[stop].projects[self.project] for stop in self.journey.stops]
        for standing in self.standing.databases:
            named = {self.recipe.roles[standing.database.role].chain: standing.heads, **standing.guests}
            self.positions[standing.database.id] = {
                place: head for name, rows in named.items() for place, head in _position(name, rows, images).items()
            }
        before: tuple[str, ...] = ()
        for start, end in self.journey.hops:
            before = self._draft_hop(Hop(start, end), before)
        return self

    def _draft_hop(self, hop: Hop, before: tuple[str, ...]) -> tuple[str, ...]:
        """Add one hop's steps and name those the next hop has to wait for."""
        self.at_hop_start = dict(self.positions)
        for command in self._commands(hop.end):
            stage = [self._step(command, hop, member) for member in self._members(command)]
            self._order(stage, before)
            before = tuple(step.id for step in self.steps[len(self.steps) - len(stage) :]) or before
            self.first_of_hop.setdefault(hop.end, before)
        self.last_of_hop[hop.end] = before
        return before

    def _commands(self, end: str) -> list[Command]:
        """Name a release's commands for the databases and guests that are there."""
        roles = {standing.database.role for standing in self.standing.databases}
        there = {chain for standing in self.standing.databases for chain in self._chains_of(standing)}
        return [
            one
            for one in self.recipe.commands_for(end, self.knowledge.calendar)
            if one.kind is not CommandKind.MOVE_IN or self.places is not None
            if roles.issuperset(one.writes) and (not one.moves or there & {name.partition(":")[0] for name in one.moves})
        ]

    def first_after(self, release: str) -> str | None:
        """Name the release that the project's first hop beyond another one ends at."""
        return next((end for end in self.first_of_hop if self.knowledge.calendar.is_later(end, release)), None)

    def read_from(self, step: Step) -> set[str]:
        """Name the projects whose databases a step reads."""
        commands = {command.name: command for command in self.recipe.commands}
        return {place.partition(".")[0] for place in commands[step.command].reads.values()}

    def _members(self, command: Command) -> tuple[Database | None, ...]:
        if command.per is None:
            return (None,)
        return tuple(s.database for s in self.standing.databases if s.database.role == command.per)

    def _order(self, stage: list[Step], before: tuple[str, ...]) -> None:
        """Let a stage follow the one before; its steps follow each other where they write the same database."""
        last_writer: dict[str, str] = {}
        for step in stage:
            rivals = tuple(dict.fromkeys(last_writer[database] for database in step.writes if database in last_writer))
            self.steps.append(step.model_copy(update={"after": (*before, *rivals)}))
            last_writer.update(dict.fromkeys(step.writes, step.id))

    def _step(self, command: Command, hop: Hop, member: Database | None) -> Step:
        configured = self._configured(member)
        given = {**configured, **{name: self._find(place) for name, place in command.reads.items()}}
        writes = tuple(configured[role] for role in command.writes)
        manifest = self.knowledge.manifests[hop.end].projects[self.project]
        skip = self._nothing_to_do(command, writes, manifest, hop)
        finds = self._rows(writes)
        self._move(command, writes, manifest)
        suffix = f"@{member.member}" if member else ""
        return Step(
            id=f"{self.project}/{hop.end}/{command.name}{suffix}",
            lane=self._lane(command, member, writes),
            project=self.project,
            start=hop.start,
            end=hop.end,
            command=command.name,
            kind=command.kind,
            argv=command.argv,
            exits=command.exits,
            configuration=given,
            writes=writes,
            finds=finds,
            expects=self._rows(writes),
            uses_stored_urls=command.uses_stored_urls,
            skip=skip,
        )

    def _configured(self, member: Database | None) -> dict[str, str]:
        """Map each role to the database a step's configuration names: its own where it runs per database."""
        chosen: dict[str, str] = {}
        for standing in self.standing.databases:
            chosen.setdefault(standing.database.role, standing.database.id)
        return {**chosen, **({member.role: member.id} if member else {})}

    def _find(self, place: str) -> str:
        if database := (self.places or {}).get(place):
            return database
        raise MoveImpossible(
            f"{self.project} has to be moved out of {place}, which this plan leaves out",
            hint=f"name its project too: --project {place.partition('.')[0]}",
        )

    def _lane(self, command: Command, member: Database | None, writes: tuple[str, ...]) -> str:
        if member:
            return member.id
        return writes[0] if len(self.recipe.roles) > 1 or not command.writes else self.project

    def _nothing_to_do(self, command: Command, writes: tuple[str, ...], manifest: ProjectManifest, hop: Hop) -> str | None:
        if command.kind is CommandKind.ONLINE:
            return None if manifest.online else f"{hop.end} has no online migrations"
        if absent := {name.partition(":")[0] for name in command.moves} - set(manifest.chains):
            return f"{hop.end} has no {' and no '.join(sorted(absent))}; its tables stay as they are"
        wanted = _heads((*command.moves, *command.serves), manifest)
        for database in writes:
            for place, head in wanted.items():
                if place.chain in self._chains_of(self._standing(database)) and self.at_hop_start[database].get(place) != head:
                    return None
        heads = ", ".join(sorted(set(wanted.values())))
        return f"its heads do not move from {hop.start} to {hop.end} ({heads})" if heads else None

    def _move(self, command: Command, writes: tuple[str, ...], manifest: ProjectManifest) -> None:
        """Move the databases' positions as the command will."""
        moved = _heads([name for name in command.moves if name.partition(":")[0] in manifest.chains], manifest)
        for database in writes:
            chains = self._chains_of(self._standing(database))
            ours = {place: head for place, head in moved.items() if place.chain in chains}
            touched = {place.chain for place in ours}
            kept = {
                place: head
                for place, head in self.positions[database].items()
                if place.chain not in touched or _still_counts(place, head, manifest.chains[place.chain])
            }
            self.positions[database] = {**kept, **ours}

    def _rows(self, databases: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
        return {database: tuple(sorted(self.positions[database].values())) for database in databases}

    def _standing(self, database: str) -> Standing:
        return next(standing for standing in self.standing.databases if standing.database.id == database)

    def _chains_of(self, standing: Standing) -> tuple[str, ...]:
        """Name the chain of a database, and those that are its guests."""
        return (self.recipe.roles[standing.database.role].chain, *standing.guests)

    def databases(self) -> list[PlannedDatabase]:
        return [
            PlannedDatabase(
                id=standing.database.id,
                project=self.project,
                role=standing.database.role,
                member=standing.database.member,
                schema_name=standing.database.schema,
                chain=self.recipe.roles[standing.database.role].chain,
                guests=tuple(standing.guests),
                starts=tuple(sorted(standing.rows)),
                ends=tuple(sorted(self.positions[standing.database.id].values())),
            )
            for standing in self.standing.databases
        ]


class Place(NamedTuple):
    """Where a version row counts: the branch of a chain."""

    chain: str
    branch: str


Position = dict[Place, str]
"""All version rows of a database."""


def _still_counts(place: Place, head: str, chain: Chain) -> bool:
    """Say whether a row stays when its chain moves on another branch; what alembic takes over does not."""
    return place.branch in chain.heads and ("migrate" if ":" in head else "alembic") == chain.kind


def _position(name: str, rows: frozenset[str], images: Sequence[ProjectManifest]) -> Position:
    """Sort a chain's rows by branch, which the code of a later release knows; one that none knows is a branch of its own."""
    chains = [image.chains[name] for image in images if name in image.chains]
    branches = {revision.id: revision.branch for chain in reversed(chains) for revision in chain.revisions}
    return {Place(name, branches.get(head, head)): head for head in sorted(rows)}


def _heads(names: Sequence[str], manifest: ProjectManifest) -> Position:
    """The heads behind `chain` and `chain:branch` names."""
    found: Position = {}
    for name in names:
        chain, _, branch = name.partition(":")
        heads = manifest.chains[chain].heads
        found |= {Place(chain, one): head for one, head in heads.items() if not branch or one == branch}
    return found
