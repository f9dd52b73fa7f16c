"""Chains of their own in another's schema, and databases that a cloud may do without."""

from collections.abc import Iterable

import pytest

from runner.documents import parse
from runner.errors import UnknownRevision
from runner.planning.cloud import Database
from runner.planning.detection import Knowledge, detect, place, rows_of
from runner.planning.draft import draft_fresh, draft_plan
from runner.planning.facts import DatabaseFacts
from runner.planning.manifest import Chain, ProjectManifest, Revision
from runner.planning.plan import Plan
from runner.planning.recipe import Recipe
from tests.support.planning import CALENDAR, IMAGES, MANIFESTS, RECIPES

NET = """
project: net
package: net
roles:
  net: {chain: main, guests: [vpn, wall]}
  diary: {chain: diary, optional: true}
chains:
  main: {alembic: net/alembic}
  vpn: {alembic: vpn/alembic, table: alembic_version_vpn, package: vpn}
  wall: {alembic: wall/alembic, table: alembic_version_wall, package: wall}
  diary: {alembic: flow/alembic}
configuration: {net.conf: "connection = {net}, {diary}"}
commands:
- {name: sync, kind: schema, argv: [net-manage, sync], writes: [net], moves: [main], source: s}
- {name: vpn, kind: schema, argv: [net-manage, vpn], writes: [net], moves: [vpn], source: s}
- {name: wall, kind: schema, argv: [net-manage, wall], writes: [net], moves: [wall], source: s}
- {name: diary, kind: schema, argv: [net-manage, diary], writes: [diary], moves: [diary], source: s}
signature: [nets]
heads:
  "2023.1": {main: [n1], vpn: [x1, y1], wall: [w1], diary: [d1]}
  "2024.1": {main: [n2], vpn: [x2, y1], diary: [d1]}
  "2025.1": {main: [n3], vpn: [y2], wall: [w2], diary: [d2]}
"""


def line(branch: str, *ids: str) -> tuple[Revision, ...]:
    """Revisions that follow each other."""
    return tuple(Revision(id=one, down=ids[max(0, n - 1) : n], branch=branch) for n, one in enumerate(ids))


def chain(**branches: tuple[str, ...]) -> Chain:
    """A chain by branch, `one` where it has no name."""
    named = {"" if branch == "one" else branch: ids for branch, ids in branches.items()}
    revisions = (revision for branch, ids in named.items() for revision in line(branch, *ids))
    return Chain(kind="alembic", heads={branch: ids[-1] for branch, ids in named.items()}, revisions=tuple(revisions))


def image(**chains: Chain) -> ProjectManifest:
    return ProjectManifest(package="net", version="1", commands=("net-manage",), chains=chains)


CHAINS = {
    "2024.1": image(main=chain(one=("n1", "n2")), vpn=chain(expand=("x1", "x2"), contract=("y1",)), diary=chain(one=("d1",))),
    # What contract depends on has no row any more; the wall is back.
    "2025.1": image(
        main=chain(one=("n1", "n2", "n3")),
        vpn=Chain(
            kind="alembic", heads={"contract": "y2"}, revisions=(*line("expand", "x1", "x2"), *line("contract", "y1", "y2"))
        ),
        wall=chain(one=("w1", "w2")),
        diary=chain(one=("d1", "d2")),
    ),
}
KNOWLEDGE = Knowledge(
    {**RECIPES, "net": parse(Recipe, NET, origin="recipe")},
    CALENDAR,
    {
        series: one.model_copy(update={"projects": {**one.projects, **({"net": CHAINS[series]} if series in CHAINS else {})}})
        for series, one in MANIFESTS.items()
    },
)


def net(*rows: str, **guests: Iterable[str]) -> DatabaseFacts:
    own = {name: frozenset(found) for name, found in guests.items()}
    return DatabaseFacts(Database("net", "net", "net", "net"), True, frozenset({"nets"}), frozenset(rows), guests=own)


DIARY = DatabaseFacts(Database("net", "diary", "diary", "net_diary"), True, frozenset({"books"}), frozenset({"d1"}))


def drafted(*facts: DatabaseFacts) -> Plan:
    standings = place([detect(one, KNOWLEDGE) for one in facts], CALENDAR)
    return draft_plan(standings, "2025.1", knowledge=KNOWLEDGE, defined=("2023.1", "2024.1", "2025.1"), images=IMAGES)


def test_a_guest_is_moved_with_its_host_and_says_nothing_of_the_release() -> None:
    plan = drafted(net("n2", vpn=("x1", "y1")))
    assert plan.journeys[0].start == "2024.1", "the guest's rows are of 2023.1"
    (sync, vpn) = plan.steps
    assert (sync.finds, sync.expects) == ({"net": ("n2", "x1", "y1")}, {"net": ("n3", "x1", "y1")})
    assert vpn.expects == {"net": ("n3", "y2")}
    assert (plan.databases[0].guests, plan.databases[0].ends) == (("vpn",), ("n3", "y2"))


def test_a_guest_that_a_cloud_has_not_is_left_out_and_so_is_a_database() -> None:
    assert [step.id for step in drafted(net("n2")).steps] == ["net/2025.1/sync"]
    assert [step.id for step in drafted(net("n2"), DIARY).steps] == ["net/2025.1/sync", "net/2025.1/diary"]


def test_a_release_that_has_not_the_guest_leaves_its_tables_for_a_later_one() -> None:
    steps = {step.id: step for step in drafted(net("n1", wall=("w1",))).steps}
    assert steps["net/2024.1/wall"].skip == "2024.1 has no wall; its tables stay as they are"
    assert steps["net/2025.1/wall"].finds == {"net": ("n3", "w1")}
    assert steps["net/2025.1/wall"].expects == {"net": ("n3", "w2")}


def test_a_guest_whose_heads_do_not_move_is_skipped() -> None:
    steps = {step.id: step.skip for step in drafted(net("n2", vpn=("y2",))).steps}
    assert steps == {"net/2025.1/sync": None, "net/2025.1/vpn": "its heads do not move from 2024.1 to 2025.1 (y2)"}


def test_a_guests_revision_that_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownRevision, match=r"^net: no release we know of vpn has revision fork \(alembic_version_vpn\)$"):
        detect(net("n2", vpn=("fork", "y1")), KNOWLEDGE)


def test_what_a_database_says_are_its_own_rows_and_its_guests() -> None:
    recipe = KNOWLEDGE.recipes["net"]
    assert rows_of(net("n2", vpn=("y1", "x1"), wall=("w1",)), recipe) == ("n2", "w1", "x1", "y1")


def test_a_fresh_install_has_all_guests_of_its_image_or_those_that_are_asked_for() -> None:
    everything = draft_fresh("net", "2024.1", knowledge=KNOWLEDGE, image="sha256:x")
    assert {one.role: one.guests for one in everything.databases} == {"net": ("vpn",), "diary": ()}
    assert everything.databases[0].ends == ("n2", "x2", "y1")
    alone = draft_fresh("net", "2024.1", knowledge=KNOWLEDGE, image="sha256:x", guests={"net": ()})
    assert [step.id for step in alone.steps] == ["net/2024.1/sync"]
