"""Recipes and calendar: what we know of OpenStack's projects and releases, as data beside this file.

`docs/add-a-project.md` walks through a recipe; `docs/schemas/recipe.json` says what one may hold.
"""

from collections.abc import Iterator, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from runner.documents import parse, read
from runner.errors import BadDocument, MissingFile
from runner.planning.recipe import Recipe, RecipePart
from runner.planning.release import Calendar, CalendarDocument
from runner.planning.rules import CommonDifferences, DifferenceRule

_CALENDAR, _DIFFERENCES = "calendar.yaml", "differences.yaml"


def load_calendar() -> Calendar:
    """Load every release we know, oldest first."""
    origin = resources.files(__name__) / _CALENDAR
    return Calendar.of(parse(CalendarDocument, origin.read_text(encoding="utf-8"), origin=str(origin)).releases)


def load_recipes(own: Path | None = None) -> dict[str, Recipe]:
    """Load the recipes that come with us and, from the directory `own`, the operator's.

    The operator's recipe for a project takes the place of ours. The answer is keyed by project, in order of name.

    Raises:
        MissingFile: `own` is not a directory, a file in it cannot be read, or a script that a recipe names is not there.
        BadDocument: a recipe is not valid, is named unlike its project, or names a release that does not exist.
    """
    calendar, common = load_calendar(), _load_differences()
    found = {
        recipe.project: recipe.model_copy(update={"differences": (*recipe.differences, *common)})
        for recipe in (*_shipped(calendar), *_owned(own, calendar))
    }
    for recipe in found.values():
        if recipe.read_back:
            read_script(recipe.read_back.script, own)
    return dict(sorted(found.items()))


def read_script(name: str, own: Path | None = None) -> str:
    """Read a script that a recipe names, from the operator's directory `own` or from ours.

    Raises:
        MissingFile: there is no such file.
    """
    ours = resources.files(__name__) / name
    try:
        return (own / name if own and (own / name).is_file() else ours).read_text(encoding="utf-8")
    except OSError as error:
        raise MissingFile(f"there is no script {name} beside the recipes: {error.strerror}") from error


def _load_differences() -> tuple[DifferenceRule, ...]:
    origin = resources.files(__name__) / _DIFFERENCES
    return parse(CommonDifferences, origin.read_text(encoding="utf-8"), origin=str(origin)).differences


def _shipped(calendar: Calendar) -> Iterator[Recipe]:
    beside = resources.files(__name__).iterdir()
    yield from _whole({file.name: file for file in beside if file.name not in (_CALENDAR, _DIFFERENCES)}, calendar)


def _owned(directory: Path | None, calendar: Calendar) -> Iterator[Recipe]:
    if directory is None:
        return
    if not directory.is_dir():
        raise MissingFile(f"{directory} is not a directory of recipes")
    yield from _whole({path.name: path for path in sorted(directory.iterdir())}, calendar)


def _whole(files: Mapping[str, Traversable], calendar: Calendar) -> Iterator[Recipe]:
    """Read the recipes of one directory, each with its parts (`<project>.<part>.yaml`)."""
    documents = {name: file for name, file in sorted(files.items()) if name.endswith(".yaml")}
    recipes = {name: read(Recipe, file) for name, file in documents.items() if name.count(".") == 1}
    for name, file in documents.items():
        of = f"{name.partition('.')[0]}.yaml"
        if name in recipes:
            continue
        if of not in recipes:
            raise BadDocument(f"{file}: is a part of {of}, which is not beside it")
        recipes[of] = recipes[of].with_part(read(RecipePart, file))
    for name, recipe in recipes.items():
        yield _agreed(recipe, name, calendar, origin=str(documents[name]))


def _agreed(recipe: Recipe, name: str, calendar: Calendar, *, origin: str) -> Recipe:
    """Refuse what one document cannot know of itself: its file's name, what its parts name, and which releases exist."""
    if name != f"{recipe.project}.yaml":
        raise BadDocument(f"{origin}: holds the recipe of {recipe.project!r}; its file has to be {recipe.project}.yaml")
    if recipe.contradictions:
        raise BadDocument("\n".join(f"{origin}: {one}" for one in recipe.contradictions))
    spans = (
        *(command.releases for command in recipe.commands),
        *(fact.releases for fact in recipe.facts),
        *(blocker.releases for blocker in recipe.blockers),
        *(pending.releases for pending in recipe.pending),
    )
    ends = [end for span in spans for end in (span.since, span.until) if end]
    ends += [blocker.earlier.until for blocker in recipe.blockers if blocker.earlier]
    ends += [chain.alembic_since for chain in recipe.chains.values() if chain.alembic_since]
    named = (*recipe.heads, *recipe.service_versions, *ends, *(fact.release for fact in recipe.facts))
    if strangers := sorted(series for series in set(named) if series not in calendar):
        raise BadDocument(f"{origin}: names releases that do not exist: {', '.join(strangers)}")
    return recipe
