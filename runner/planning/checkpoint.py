"""A checkpoint: a copy of a rehearsal's clone at a release; and whether what led there is what would be rehearsed now.

Its JSON form is `checkpoint.json` beside the copy; docs/schemas/checkpoint.json is generated from this type. Like a
snapshot's, it vouches for itself.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Literal

from runner.frozen import Frozen, digest_of
from runner.planning.legs import until
from runner.planning.plan import Plan
from runner.planning.recipe import Recipe
from runner.planning.release import Calendar
from runner.planning.seal import find_changes
from runner.planning.snapshot import StoredFile


class Checkpoint(Frozen):
    """What a checkpoint is of. Without this there is none, whatever else lies in the folder.

    It holds the whole server of `snapshot` as the rehearsal `run`, on its way to `target`, had brought it to `release`. `plan`
    is the digest of that rehearsal's plan; `images` maps the releases up to this one to the images that led there, and
    `grounds` each project to what its recipe gave (see `read_grounds`). `data` are its files, `way` is how they were copied.
    """

    format: Literal[1] = 1
    snapshot: str
    run: str
    release: str
    target: str
    plan: str
    images: dict[str, str]
    grounds: dict[str, dict[str, str]]
    server_version: str
    way: str
    data: tuple[StoredFile, ...]
    made_at: datetime
    digest: str = ""

    @property
    def size(self) -> int:
        """In bytes."""
        return sum(file.size for file in self.data)


def read_grounds(recipe: Recipe) -> dict[str, str]:
    """Map what a recipe gives to steps and their evidence, apart from what is in the plan, to its digest.

    Each rule for differences counts by itself: one more changes nothing of what was explained without it.
    """
    entities = recipe.read_back.entities if recipe.read_back else {}
    grounds = {
        "configuration": digest_of(recipe.configuration),
        "environment": digest_of(recipe.environment),
        "stored URLs": digest_of([url.model_dump(mode="json") for url in recipe.stored_urls]),
        "ids to read back": digest_of({name: one.model_dump(mode="json") for name, one in entities.items()}),
    }
    for rule in recipe.differences:
        grounds[f"rule for {rule.kind} {rule.table} {rule.name}"] = digest_of(rule.model_dump(mode="json"))
    return grounds


def find_departures(
    checkpoint: Checkpoint, before: Plan, now: Plan, recipes: Mapping[str, Recipe], calendar: Calendar
) -> tuple[str, ...]:
    """Name everything on the way to a checkpoint that would not be done as it was; what comes after it may be another.

    `before` is the plan of the rehearsal that it stems from. Empty: what it holds is what a new rehearsal would come to.
    """
    return tuple(_departures(checkpoint, before, now, recipes, calendar))


def _departures(
    checkpoint: Checkpoint, before: Plan, now: Plan, recipes: Mapping[str, Recipe], calendar: Calendar
) -> Iterator[str]:
    if checkpoint.plan != before.digest:
        yield f"the plan of run {checkpoint.run} was changed after it was rehearsed"
    yield from find_changes(until(before, checkpoint.release, calendar), until(now, checkpoint.release, calendar))
    for project, grounds in checkpoint.grounds.items():
        found = read_grounds(recipes[project]) if project in recipes else {}
        for what, digest in grounds.items():
            if found.get(what) != digest:
                yield f"in the recipe of {project}, {what}: not what was rehearsed"
