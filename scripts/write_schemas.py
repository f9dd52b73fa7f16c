"""Write what is generated from the code into docs/: JSON schemas, the generated pages. `make schemas` runs it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runner import errors
from runner.planning.baseline import Baseline
from runner.planning.checkpoint import Checkpoint
from runner.planning.plan import Plan
from runner.planning.recipe import Recipe
from runner.planning.seal import SealedPlan
from runner.planning.snapshot import SnapshotManifest
from runner.reporting.schema import event_schema, journal_schema, report_schema
from scripts.damage_page import damage_page
from scripts.hops_page import hops_page
from scripts.matrix_page import matrix_page

DOCS = Path(__file__).parents[1] / "docs"

ERRORS_HEAD = """\
# Errors

Each failure an operator can meet has an exit code of its own; 0 is success, 1 a fault of ours, 2 a misused command line, 130 an
interrupt. *Left behind* is the state of the production databases unless the message says otherwise. Generated from
`runner/errors.py` by `make schemas`.

| exit code | error | it means | left behind | what to do |
|---|---|---|---|---|
"""


def schema_text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2) + "\n"


def errors_page() -> str:
    """Render every subclass of ThingAMeError as a row, in order of exit code."""
    found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, errors.ThingAMeError)]
    rows = sorted((error for error in found if error is not errors.ThingAMeError), key=lambda error: error.exit_code)
    return ERRORS_HEAD + "".join(
        f"| {e.exit_code} | {e.__name__} | {' '.join((e.__doc__ or '').split())} | {e.aftermath} | {e.hint} |\n" for e in rows
    )


PAGES: dict[str, Callable[[], str]] = {
    "hops.md": hops_page,
    "matrix.md": matrix_page,
    "schemas/baseline.json": lambda: schema_text(Baseline.model_json_schema(mode="serialization")),
    "schemas/checkpoint.json": lambda: schema_text(Checkpoint.model_json_schema(mode="serialization")),
    "schemas/event.json": lambda: schema_text(event_schema()),
    "schemas/journal.json": lambda: schema_text(journal_schema()),
    "schemas/plan.json": lambda: schema_text(Plan.model_json_schema(mode="serialization")),
    "schemas/recipe.json": lambda: schema_text(Recipe.model_json_schema()),
    "schemas/seal.json": lambda: schema_text(SealedPlan.model_json_schema(mode="serialization")),
    "schemas/snapshot.json": lambda: schema_text(SnapshotManifest.model_json_schema(mode="serialization")),
    "schemas/report.json": lambda: schema_text(report_schema()),
    "errors.md": errors_page,
    "damage.md": damage_page,
}


def main() -> None:
    for name, render in PAGES.items():
        path = DOCS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(render(), encoding="utf-8")


if __name__ == "__main__":
    main()
