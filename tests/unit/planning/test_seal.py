"""A sealed plan is refused for everything that is not as it was rehearsed, and the refusal names it."""

from collections.abc import Callable
from typing import Any

import pytest

from runner.documents import parse
from runner.planning.plan import Plan
from runner.planning.seal import FromCheckpoint, Present, Seal, SealedPlan, Spread, find_stale
from tests.support.seals import NOW, PLAN, SEAL, SERVER, STARTS, sealed

PRESENT = Present(plan=PLAN, server=SERVER, recipes=SEAL.recipes, starts=STARTS)


def present(**changes: Any) -> Present:
    return PRESENT.model_copy(update=changes)


def with_plan(change: Callable[[Plan], dict[str, Any]]) -> Present:
    return present(plan=PLAN.model_copy(update=change(PLAN)))


def with_server(**changes: Any) -> Present:
    return present(server=SERVER.model_copy(update=changes))


def renamed(plan: Plan) -> dict[str, Any]:
    first, *rest = plan.databases
    return {"databases": (first.model_copy(update={"id": "nova.cell9"}), *rest)}


def further(plan: Plan) -> dict[str, Any]:
    first, *rest = plan.databases
    return {"databases": (first.model_copy(update={"starts": ("other",)}), *rest)}


def of_first(**changes: Any) -> Present:
    """The first database is as it was but for these changes."""
    first, *rest = PLAN.databases
    return present(plan=PLAN.model_copy(update={"databases": (first.model_copy(update=changes), *rest)}))


def other_command(plan: Plan) -> dict[str, Any]:
    first, *rest = plan.steps
    return {"steps": (first.model_copy(update={"argv": (*first.argv, "--force")}), *rest)}


SERIES = next(iter(PLAN.images))
FIRST = PLAN.databases[0]
STALE: tuple[tuple[str, SealedPlan, Present], ...] = (
    (
        f"the image of {SERIES} is sha256:new",
        sealed(),
        with_plan(lambda plan: {"images": {**plan.images, SERIES: "sha256:new"}}),
    ),
    ("database nova.cell9 is new", sealed(), with_plan(renamed)),
    (f"database {FIRST.id} is gone", sealed(), with_plan(renamed)),
    (f"{FIRST.id} is at other, was at {', '.join(FIRST.starts)}", sealed(), with_plan(further)),
    (f"database {FIRST.id}: its schema is other, was {FIRST.schema_name}", sealed(), of_first(schema_name="other")),
    (f"database {FIRST.id}: it ends at e9, was {' and '.join(FIRST.ends)}", sealed(), of_first(ends=("e9",))),
    (
        f"database {FIRST.id}: its chain is api, was {FIRST.chain}, it ends at nothing, was",
        sealed(),
        of_first(chain="api", ends=()),
    ),
    (f"step {PLAN.steps[0].id} is not the same", sealed(), with_plan(other_command)),
    (f"step {PLAN.steps[-1].id} is gone", sealed(), with_plan(lambda plan: {"steps": plan.steps[:-1]})),
    ("the plan is another", sealed(), with_plan(lambda _: {"target": "2024.1"})),
    ("the recipe of nova is not the one that was rehearsed", sealed(), present(recipes={**SEAL.recipes, "nova": "sha256:x"})),
    (f"the schema of {FIRST.id} is not the one that was rehearsed", sealed(), present(starts={**STARTS, FIRST.id: "x"})),
    ("the server's version is 11.4.2-MariaDB, was 10.11.6-MariaDB", sealed(), with_server(version="11.4.2-MariaDB")),
    ("the server's sql_mode is '', was 'STRICT_TRANS_TABLES'", sealed(), with_server(settings={"sql_mode": ""})),
    ("this is another server: db2/2/y, not db1/1/x", sealed(), with_server(identity="db2/2/y")),
    (
        "the snapshot that was rehearsed on is of another server: db2/1/x, not db1/1/x",
        sealed(origin="db2/1/x"),
        PRESENT,
    ),
    ("the snapshot that was rehearsed on is of another server", sealed(origin="db1/2/x"), PRESENT),
    ("it expired at 2026-11-20T02:00Z", sealed(expires_at=NOW), PRESENT),
    ("the rehearsal 20261119-220000-efgh failed", sealed(verdict="failed"), PRESENT),
    ("the file was changed after it was sealed", SealedPlan(digest=SEAL.digest, seal=sealed(snapshot="other").seal), PRESENT),
)


def test_what_is_as_it_was_rehearsed_is_not_stale() -> None:
    assert find_stale(sealed(), PRESENT, NOW) == ()
    assert find_stale(sealed(origin=""), PRESENT, NOW) == (), "nobody wrote down whose it was"


@pytest.mark.parametrize(("said", "file", "found"), STALE, ids=[said[:60] for said, _, _ in STALE])
def test_what_changed_is_named(said: str, file: SealedPlan, found: Present) -> None:
    assert any(line.startswith(said) for line in find_stale(file, found, NOW))


def test_everything_that_changed_is_named_at_once() -> None:
    found = present(server=SERVER.model_copy(update={"version": "11.4.2-MariaDB"}), recipes={})
    lines = find_stale(sealed(verdict="failed", expires_at=NOW), found, NOW)
    assert len(lines) == 3


def test_what_follows_from_a_cause_is_left_out() -> None:
    project = FIRST.project
    steps = tuple(step for step in PLAN.steps if step.project != project)
    plan = PLAN.model_copy(update={**further(PLAN), "steps": steps, "images": {}})
    lines = find_stale(sealed(), present(plan=plan, starts={**STARTS, FIRST.id: "x"}), NOW)
    assert lines == (f"{FIRST.id} is at other, was at {', '.join(FIRST.starts)}",)


def test_a_seal_survives_its_file() -> None:
    text = sealed().model_dump_json(indent=1)
    read = parse(SealedPlan, text, origin="seal.json")
    assert find_stale(read, PRESENT, NOW) == ()


OTHER: dict[str, Any] = {
    "plan": PLAN.model_copy(update={"target": "2024.1"}),
    "snapshot": "other",
    "origin": "db9/1/x",
    "server": SERVER.model_copy(update={"version": "11.4"}),
    "recipes": {},
    "starts": {},
    "schemas": {},
    "rehearsals": (),
    "from_checkpoint": FromCheckpoint(run="20261119-200000-ijkl", release="2024.1"),
    "seconds": {},
    "total": Spread(median=1.0, p95=1.0),
    "verdict": "failed",
    "sealed_at": NOW,
    "expires_at": NOW,
}


@pytest.mark.parametrize("field", sorted(set(Seal.model_fields) - {"format"}))
def test_every_field_counts_for_the_digest(field: str) -> None:
    assert SEAL.model_copy(update={field: OTHER[field]}).digest != SEAL.digest
