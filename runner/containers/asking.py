"""What an image is asked about itself, derived from the recipes."""

import json
from collections.abc import Mapping

from runner.planning.recipe import ChainSource, Recipe
from runner.planning.release import Calendar
from runner.recipes import load_calendar


def questions(release: str, recipes: Mapping[str, Recipe]) -> bytes:
    """Write down, for `describe.py`, which packages, migration scripts and attributes to look at.

    Where the release is not known (an empty string) its newest scripts count.
    """
    calendar = load_calendar()
    projects = {
        name: {
            "package": recipe.package,
            "chains": {
                chain: {
                    "package": source.package or recipe.package,
                    "alembic": _places(source) if _has_alembic(source, release, calendar) else [],
                    "unread": list(source.unread.get(release, ())),
                    "migrate": dict(sorted(source.migrate.items())),
                }
                for chain, source in recipe.chains.items()
            },
            "online": list(recipe.asks.online),
            "checks": list(recipe.asks.checks),
        }
        for name, recipe in sorted(recipes.items())
    }
    return json.dumps({"release": release, "projects": projects}, indent=1).encode()


def _places(source: ChainSource) -> list[str]:
    """Name the places of a chain's alembic directory, the newest first."""
    return [source.alembic] if isinstance(source.alembic, str) else list(source.alembic or ())


def _has_alembic(source: ChainSource, release: str, calendar: Calendar) -> bool:
    """Say whether a release's code follows its alembic scripts: keystone's yoga has some that it never runs."""
    if not source.alembic_since or release not in calendar:
        return True
    return not calendar.is_later(source.alembic_since, release)
