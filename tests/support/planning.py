"""A small world to plan in: seven releases, three projects with toy heads, and images that describe themselves."""

import datetime
from collections.abc import Mapping, Sequence

from runner.documents import parse
from runner.planning.cloud import Database
from runner.planning.detection import Knowledge, ProjectStanding, detect, place
from runner.planning.draft import draft_plan
from runner.planning.facts import DatabaseFacts
from runner.planning.manifest import Chain, Manifest, ProjectManifest, Revision
from runner.planning.plan import Plan
from runner.planning.recipe import Recipe
from runner.planning.release import Calendar, Release

SLURPS = {"2023.1": True, "2023.2": False, "2024.1": True, "2024.2": False, "2025.1": True, "2025.2": False}
CALENDAR = Calendar.of(
    Release(series=series, name=series, date=datetime.date(2023 + number // 2, 4 + 6 * (number % 2), 1), slurp=slurp)
    for number, (series, slurp) in enumerate({"zed": False, **SLURPS}.items())
)

# Two branches in one table; `migrate` moves no head, but has work where expand's moved.
KEYSTONE = """
project: keystone
package: keystone
roles: {keystone: {chain: main}}
chains: {main: {alembic: keystone/migrations}}
configuration: {keystone.conf: "connection = {keystone}"}
commands:
- {name: expand, kind: schema, argv: [keystone-manage, --etc, "{etc}", expand], writes: [keystone], moves: ["main:expand"],
   source: s}
- {name: migrate, kind: schema, argv: [keystone-manage, migrate], writes: [keystone], serves: ["main:expand"], source: s}
- {name: contract, kind: schema, argv: [keystone-manage, contract], writes: [keystone], moves: ["main:contract"], source: s}
signature: [id_mapping, nonlocal_user]
heads:
  "zed": {main: [e0, c0]}
  "2023.1": {main: [e1, c1]}
  "2024.1": {main: [e2, c1]}
  "2025.1": {main: [e2, c2]}
"""

# A database for all cells and one for each; the online command of every cell writes both.
NOVA = """
project: nova
package: nova
roles: {api: {chain: api}, cell: {chain: main, many: true}}
chains: {api: {alembic: nova/api}, main: {alembic: nova/main}}
configuration: {nova.conf: "api = {api} cell = {cell}"}
environment: {PYTHONWARNINGS: ignore}
commands:
- {name: api-sync, kind: schema, argv: [nova-manage, api_db, sync], writes: [api], moves: [api], source: s}
- {name: sync, kind: schema, argv: [nova-manage, db, sync], writes: [cell], per: cell, moves: [main], source: s}
- {name: online, kind: online, argv: [nova-manage, online], writes: [api, cell], per: cell, source: s,
   exits: {0: done, 1: again, 2: stuck}, uses_stored_urls: true}
signature: [instance_groups]
heads:
  "2023.1": {api: [a1], main: [m1]}
  "2024.1": {api: [a2], main: [m2]}
  "2025.1": {api: [a2], main: [m3]}
service_versions: {"2023.1": 66, "2024.1": 67, "2025.1": 68}
"""

# Came late to alembic; its rows are the same at zed and 2023.1, and at 2024.1 and 2025.1.
HEAT = """
project: heat
package: openstack-heat
roles: {heat: {chain: main}}
chains: {main: {alembic: heat/migrations, migrate: {heat: [heat/versions]}}}
configuration: {heat.conf: "connection = {heat}"}
commands:
- {name: sync, kind: schema, argv: [heat-manage, db_sync], writes: [heat], moves: [main], source: s}
signature: [stack_lock]
heads:
  "zed": {main: ["heat:86"]}
  "2023.1": {main: ["heat:86"]}
  "2024.1": {main: [h1]}
  "2025.1": {main: [h1]}
"""

RECIPES = {recipe.project: recipe for recipe in (parse(Recipe, text, origin="recipe") for text in (KEYSTONE, NOVA, HEAT))}
IMAGES = {series: f"sha256:image-of-{series}" for series in ("2023.1", "2024.1", "2025.1")}


def chain(*revisions: str, kind: str = "alembic", **heads: str) -> Chain:
    """A chain whose revisions are written `id` or `branch/id`; without `heads` the last revision is the only one."""
    pairs = [revision.rpartition("/")[::2] for revision in revisions]
    found = tuple(Revision(id=name, branch=branch) for branch, name in pairs)
    return Chain(kind="migrate" if kind == "migrate" else "alembic", heads=heads or {"": found[-1].id}, revisions=found)


def manifest(series: str, *, online: Sequence[str] = (), **chains: Mapping[str, Chain]) -> Manifest:
    """What an image of these projects says of itself; `online` are nova's."""
    projects = {
        name: ProjectManifest(
            package=name, version="1", commands=(), chains=dict(of), online=tuple(online) if name == "nova" else ()
        )
        for name, of in chains.items()
    }
    return Manifest(release=series, python="3.11.2", packages={}, projects=projects)


EXPAND, CONTRACT = ("expand/e0", "expand/e1", "expand/e2"), ("contract/c0", "contract/c1", "contract/c2")
MANIFESTS = {
    "2023.1": manifest(
        "2023.1",
        online=("fill",),
        keystone={"main": chain(*EXPAND[:2], *CONTRACT[:2], expand="e1", contract="c1")},
        nova={"api": chain("a0", "a1"), "main": chain("m0", "m1")},
        heat={"main": chain("heat:85", "heat:86", kind="migrate")},
    ),
    "2024.1": manifest(
        "2024.1",
        online=("fill",),
        keystone={"main": chain(*EXPAND, *CONTRACT[:2], expand="e2", contract="c1")},
        nova={"api": chain("a0", "a1", "a2"), "main": chain("m0", "m1", "m2")},
        heat={"main": chain("h0", "h1")},
    ),
    "2025.1": manifest(
        "2025.1",
        keystone={"main": chain(*EXPAND, *CONTRACT, expand="e2", contract="c2")},
        nova={"api": chain("a0", "a1", "a2"), "main": chain("m0", "m1", "m2", "m3")},
        heat={"main": chain("h0", "h1")},
    ),
}
KNOWLEDGE = Knowledge(RECIPES, CALENDAR, MANIFESTS)
BARE = Knowledge(RECIPES, CALENDAR, {})
"""What is known where no image is here."""


def database(name: str) -> Database:
    """`heat`, or `nova.api`, or `nova.cell1`."""
    project, _, member = name.partition(".")
    role = member.rstrip("0123456789") or project
    return Database(project, role, member or project, name.replace(".", "_"))


def found(
    name: str, *heads: str, legacy: Sequence[str] = (), tables: Sequence[str] = (), services: Sequence[int] = ()
) -> DatabaseFacts:
    """What was read from a database with these alembic rows; it has its own project's tables unless `tables` are given."""
    one = database(name)
    own = tables or ("alembic_version", *RECIPES[one.project].signature)
    return DatabaseFacts(
        one, True, frozenset(own), alembic=frozenset(heads), legacy=frozenset(legacy), service_versions=tuple(services)
    )


CLOUD = (
    found("keystone", "e1", "c1"),
    found("nova.api", "a1"),
    found("nova.cell0", "m1"),
    found("nova.cell1", "m1"),
    found("heat", legacy=["heat:86"]),
)
"""A cloud at 2023.1."""


def standings(*facts: DatabaseFacts, knowledge: Knowledge = KNOWLEDGE) -> tuple[ProjectStanding, ...]:
    return place([detect(one, knowledge) for one in facts], knowledge.calendar)


def drafted(*facts: DatabaseFacts, target: str = "2025.1", knowledge: Knowledge = KNOWLEDGE) -> Plan:
    """The plan for these databases; for the whole cloud where none is given."""
    placed = standings(*(facts or CLOUD), knowledge=knowledge)
    return draft_plan(placed, target, knowledge=knowledge, defined=tuple(IMAGES), images=IMAGES)
