"""A fork's revisions: migrations that a vendor added, which the next release's own code does not have."""

from collections.abc import Iterable, Iterator

from runner.errors import UnknownRevision
from runner.planning.detection import Knowledge, ProjectStanding
from runner.planning.manifest import Chain
from runner.planning.plan import Journey
from runner.planning.recipe import Recipe


def demand_known(standing: ProjectStanding, journey: Journey, knowledge: Knowledge) -> None:
    """Demand that the first release on the way has the revisions that a project's databases stand at.

    Where it has not, alembic ends with "Can't locate revision"; the revision is named with the nearest ancestors that the
    release has. What a recipe knows as a release's head is no fork's: whether that is too old is for its floors to say.

    Raises:
        UnknownRevision
    """
    recipe = knowledge.recipes[standing.project]
    for one in standing.databases:
        for name, rows in {recipe.roles[one.database.role].chain: one.heads, **one.guests}.items():
            there = knowledge.manifests[journey.stops[0]].projects[standing.project].chains.get(name)
            strangers = sorted(rows - _heads_of(recipe, name))
            if there is None or there.kind != "alembic" or not strangers:
                continue
            known = {revision.id for revision in there.revisions}
            for row in (row for row in strangers if row not in known):
                raise UnknownRevision(
                    f"{one.database}: it stands at {row}, which {standing.project} of {journey.stops[0]} does not have"
                    f"; {_said(nearest_known(row, known, _chains(standing.project, name, knowledge)))}",
                    hint=f"a fork's: carry it with images of that fork (docs/images.md), or take {row} back with the fork's own"
                    " code first",
                )


def nearest_known(row: str, known: Iterable[str], chains: Iterable[Chain]) -> tuple[str, ...]:
    """Name the nearest of a revision's ancestors that are known: several where it merges branches, none where none is."""
    known, before = set(known), dict[str, tuple[str, ...]]()
    for chain in chains:
        before |= {revision.id: revision.down for revision in chain.revisions}
    found, open_ends, seen = dict[str, None](), [row], {row}
    while open_ends:
        for parent in (one for end in open_ends for one in before.get(end, ())):
            if parent in known:
                found[parent] = None
        open_ends = [one for end in open_ends for one in before.get(end, ()) if one not in known and one not in seen]
        seen |= set(open_ends)
    return tuple(found)


def _said(ancestors: tuple[str, ...]) -> str:
    if not ancestors:
        return "no ancestor of it is known there either"
    return f"the nearest known ancestor is {' and '.join(ancestors)}"


def _heads_of(recipe: Recipe, chain: str) -> set[str]:
    """All rows that some release's own code ends at, as the recipe has them."""
    known = {row for heads in recipe.heads.values() for row in heads.get(chain, ())}
    return known | {row for others in recipe.other_heads.values() for rows in others.get(chain, ()) for row in rows}


def _chains(project: str, name: str, knowledge: Knowledge) -> Iterator[Chain]:
    for manifest in knowledge.manifests.values():
        if project in manifest.projects and name in manifest.projects[project].chains:
            yield manifest.projects[project].chains[name]
