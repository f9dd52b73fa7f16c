"""docs/hops.md: what each hop hides, by release, from the recipes, checks and images that plans are made of."""

from collections.abc import Iterator, Mapping

from runner.checks.default_collation import MADE, Made
from runner.checks.row_format import WIDENED
from runner.containers.definitions import find_images_dir, load_catalog
from runner.planning.recipe import Blocker, Fact, Recipe, Span
from runner.planning.release import Calendar, Release
from runner.recipes import load_calendar, load_recipes

HEAD = """\
# What each hop hides

By the release that a hop leads to. *Blocks* stops the chain before it begins, *warns* says what else is broken or lost; both
are counted in your databases by `thing-a-me check --to RELEASE`, with the rows. *Stop* and *floor* decide the way: a plan keeps
to them, or says why there is none. *Collation* and *row format* block where your tables are not what new tables or columns
need. *Image* is what was mended in the release's own image, so that nobody meets it. Generated from `runner/recipes/`,
`runner/checks/` and `images/` by `make schemas`; each line has its source there.
"""


_SPEAKS = ("SQLAlchemy", "alembic", "PyMySQL", "oslo.db")


def hops_page() -> str:
    """Render every release that has something to say; a fact is told at the first release that it holds for."""
    recipes, calendar = load_recipes(None), load_calendar()
    sections = [_section(release, recipes, calendar) for release in calendar]
    return HEAD + "".join(sections)


def _section(release: Release, recipes: Mapping[str, Recipe], calendar: Calendar) -> str:
    lines = [line for name in sorted(recipes) for line in _lines(release.series, recipes[name], calendar)]
    lines += [*_of_tables(release.series, calendar), *_of_image(release.series)]
    if not lines:
        return ""
    slurp = ", a SLURP" if release.slurp else ""
    return f"\n## To {release.series}{slurp}\n\n" + "".join(f"- {line}\n" for line in lines)


def _lines(series: str, recipe: Recipe, calendar: Calendar) -> Iterator[str]:
    for fact in recipe.facts:
        yield from _of_fact(series, recipe.project, fact, calendar)
    if recipe.moved_in and recipe.moved_in.at == series:
        count, keeper = len(recipe.moved_in.tables), recipe.moved_in.kept_in
        yield f"**{recipe.project}** moves: its {count} tables are copied out of {keeper}, as steps of the plan"
    for blocker in recipe.blockers:
        if _first(blocker.releases, calendar) == series:
            yield _of_blocker(recipe.project, blocker)
    gone: dict[str, list[str]] = {}
    for rule in recipe.rows:
        if f"/{series}/" in rule.step:
            gone.setdefault(rule.why, []).append(f"`{rule.table}`")
    for why, tables in gone.items():
        yield f"**{recipe.project}** deletes rows of {', '.join(tables)}: {why}"


def _of_fact(series: str, project: str, fact: Fact, calendar: Calendar) -> Iterator[str]:
    match fact.kind:
        case "must_stop" if fact.release == series:
            yield f"**{project}** stop: this release may not be passed over; {fact.why}"
        case "may_pass" if fact.release == series:
            yield f"**{project}** may pass it over; {fact.why}"
        case "floor" if _first(fact.releases, calendar) == series:
            until = f" until {fact.releases.until}" if fact.releases.until else ""
            yield f"**{project}** floor{until}: from {fact.release} on; {fact.why}"
        case _:
            return


def _of_blocker(project: str, blocker: Blocker) -> str:
    until = f" (and until {blocker.releases.until})" if blocker.releases.until not in (None, blocker.releases.since) else ""
    verb = "blocks" if blocker.severity == "blocks" else "warns"
    mend = f" `check --fix {blocker.mend}` does it." if blocker.mend else ""
    return f"**{project}** {verb}{until}, `{blocker.name}`: {blocker.breaks}. Way out: {blocker.way_out}.{mend}"


def _of_tables(series: str, calendar: Calendar) -> Iterator[str]:
    """What the checks of collations and row formats know of a release."""
    for made in MADE:
        if _first(made.releases, calendar) == series:
            yield _of_made(made)
    wide = [(project, table) for (project, table), releases in WIDENED.items() if series in releases]
    for project in dict.fromkeys(project for project, _ in wide):
        tables = ", ".join(f"`{table}`" for other, table in wide if other == project)
        yield f"**{project}** row format: adds a column to {tables}; too wide where they are Compact, as 10.1 made them"


def _of_made(made: Made) -> str:
    until = "" if made.releases.until == made.releases.since else f" (and until {made.releases.until})"
    gets = f"names charset {made.charset}" if made.charset else "gets the database's default"
    return f"**{made.project}** collation{until}: makes {made.makes}, which points to `{made.table}.{made.column}` and {gets}"


def _of_image(series: str) -> Iterator[str]:
    """What was changed of what speaks to the database; other deviations are the build's."""
    for release, definition in load_catalog(find_images_dir()).items():
        for deviation in definition.image.deviations if release == series else ():
            if deviation.package in _SPEAKS:
                yield f"**image**: {deviation.package} {deviation.version or 'without a pin'}; {deviation.why}"


def _first(span: Span, calendar: Calendar) -> str:
    return calendar.slice(span.since, span.until)[0]
