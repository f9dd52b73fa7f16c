"""The sealed plan: what a rehearsal proved, and how long it took. `migrate` runs what is sealed, or refuses it as stale.

The JSON form is described by docs/schemas/seal.json, which is generated from these types.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from runner.frozen import Frozen, digest_of
from runner.planning.plan import Plan, PlannedDatabase


class Spread(Frozen):
    """Seconds over several rehearsals; with one of them, median and p95 are the same."""

    median: float
    p95: float


class ServerTraits(Frozen):
    """What a chain depends on at the server: who it is, its version, and the settings that change what a statement does."""

    identity: str
    version: str
    settings: dict[str, str]


class FromCheckpoint(Frozen):
    """Where a rehearsal went on from: all up to `release` was done, proved and measured by `run`."""

    run: str
    release: str


class Seal(Frozen):
    """One sealed plan.

    `recipes` maps a project to the digest of its recipe. `schemas` maps a database to the digest of its schema at the
    start, and at the end of every hop by release. `seconds` are by step; `total` is the chain with its proofs.
    `from_checkpoint` is there where the rehearsal did not begin at the snapshot. `origin` is the identity of the server that
    the snapshot is of: a rehearsal may be of another cloud's, and is not what would happen here then.
    """

    format: Literal[1] = 1
    plan: Plan
    snapshot: str
    origin: str = ""
    server: ServerTraits
    recipes: dict[str, str]
    starts: dict[str, str]
    schemas: dict[str, dict[str, str]]
    rehearsals: tuple[str, ...]
    from_checkpoint: FromCheckpoint | None = None
    seconds: dict[str, Spread]
    total: Spread
    verdict: Literal["proved", "failed"]
    sealed_at: datetime
    expires_at: datetime

    @property
    def digest(self) -> str:
        return digest_of(self.model_dump(mode="json"))


class SealedPlan(Frozen):
    """A seal as it is written to a file: with the digest of its content."""

    digest: str
    seal: Seal


class Present(Frozen):
    """What is found now, to hold against a seal. `plan` is drafted anew, with the seal's target and projects."""

    plan: Plan
    server: ServerTraits
    recipes: dict[str, str]
    starts: dict[str, str]


def find_stale(file: SealedPlan, present: Present, now: datetime) -> tuple[str, ...]:
    """Name everything that is not as it was rehearsed, all causes at once; what follows from one of them is left out.

    A database at another release has another schema and other steps: that is one line. Empty: the seal is good.
    """
    return tuple(_stale(file, present, now))


def _stale(file: SealedPlan, present: Present, now: datetime) -> Iterator[str]:
    seal = file.seal
    if file.digest != seal.digest:
        yield "the file was changed after it was sealed: its content does not have the digest that it names"
    if seal.verdict != "proved":
        yield f"the rehearsal {seal.rehearsals[-1]} failed"
    if now >= seal.expires_at:
        yield f"it expired at {seal.expires_at:%Y-%m-%dT%H:%MZ}"
    if is_of_another(seal.origin, present.server.identity):
        yield f"the snapshot that was rehearsed on is of another server: {seal.origin}, not {present.server.identity}"
    yield from _server_changes(seal.server, present.server)
    yield from find_changes(seal.plan, present.plan)
    yield from _changes("the recipe of {}", seal.recipes, present.recipes)
    moved = {name for name, _ in _database_changes(seal.plan, present.plan)}
    for database in sorted((seal.starts.keys() & present.starts.keys()) - moved):
        if seal.starts[database] != present.starts[database]:
            yield f"the schema of {database} is not the one that was rehearsed"


def is_of_another(origin: str, identity: str) -> bool:
    """Say whether a snapshot's origin is another server than this one, by hostname and server_id; nothing is known of "".

    The server_uid does not count: MariaDB makes it from the network card, which a container gets anew.
    """
    return bool(origin) and origin.split("/")[:2] != identity.split("/")[:2]


def _server_changes(before: ServerTraits, now: ServerTraits) -> Iterator[str]:
    if before.identity != now.identity:
        yield f"this is another server: {now.identity}, not {before.identity}"
    if before.version != now.version:
        yield f"the server's version is {now.version}, was {before.version}"
    for name in sorted(before.settings.keys() | now.settings.keys()):
        if (was := before.settings.get(name)) != (found := now.settings.get(name)):
            yield f"the server's {name} is {found!r}, was {was!r}"


def find_changes(before: Plan, now: Plan) -> Iterator[str]:
    """Name what differs between two plans; what follows from another difference is left out."""
    if before.digest == now.digest:
        return
    databases = dict(_database_changes(before, now))
    moved = {name.partition(".")[0] for name in databases}
    named = [*databases.values(), *_image_changes(before, now, moved), *_step_changes(before, now, moved)]
    yield from named or ["the plan is another"]


def _image_changes(before: Plan, now: Plan, moved: set[str]) -> Iterator[str]:
    """Name other images; where projects moved, releases come and go with them."""
    for series in sorted(before.images.keys() | now.images.keys()):
        was, found = before.images.get(series), now.images.get(series)
        if was != found and ((was and found) or not moved):
            yield f"the image of {series} is {found or 'not used any more'}, was {was or 'not used'}"


def _database_changes(before: Plan, now: Plan) -> Iterator[tuple[str, str]]:
    """Pairs of a database and what is with it."""
    was, found = ({one.id: one for one in plan.databases} for plan in (before, now))
    for name in sorted(was.keys() | found.keys()):
        if name not in was:
            yield name, f"database {name} is new"
        elif name not in found:
            yield name, f"database {name} is gone"
        elif was[name].starts != found[name].starts:
            yield name, f"{name} is at {', '.join(found[name].starts)}, was at {', '.join(was[name].starts)}"
        elif was[name] != found[name]:
            yield name, f"database {name}: {', '.join(_differences(was[name], found[name]))}"


def _differences(was: PlannedDatabase, found: PlannedDatabase) -> Iterator[str]:
    """Name what differs of one database; another image may end it elsewhere, another recipe know it by another chain."""
    words = {"schema_name": "its schema is", "ends": "it ends at"}
    for field in PlannedDatabase.model_fields:
        before, now = getattr(was, field), getattr(found, field)
        if before != now:
            yield f"{words.get(field, f'its {field} is')} {_say(now)}, was {_say(before)}"


def _say(value: str | tuple[str, ...]) -> str:
    return value if isinstance(value, str) else " and ".join(value) or "nothing"


def _step_changes(before: Plan, now: Plan, moved: set[str]) -> Iterator[str]:
    was, found = ({step.id: step for step in plan.steps if step.project not in moved} for plan in (before, now))
    for name in (*was, *(new for new in found if new not in was)):
        if name not in was:
            yield f"step {name} is new"
        elif name not in found:
            yield f"step {name} is gone"
        elif was[name] != found[name]:
            yield f"step {name} is not the same"


def _changes(what: str, before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(before.keys() & now.keys()):
        if before[name] != now[name]:
            yield f"{what.format(name)} is not the one that was rehearsed"
