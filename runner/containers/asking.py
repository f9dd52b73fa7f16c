"""What an image is asked about itself, derived from the recipes."""

import json
from collections.abc import Mapping

from runner.planning.recipe import Recipe


def questions(release: str, recipes: Mapping[str, Recipe]) -> bytes:
    """Write down, for `describe.py`, which packages, migration scripts and attributes to look at."""
    projects = {
        name: {
            "package": recipe.package,
            "chains": {
                chain: {"alembic": source.alembic, "migrate": dict(sorted(source.migrate.items()))}
                for chain, source in recipe.chains.items()
            },
            "online": list(recipe.asks.online),
            "checks": list(recipe.asks.checks),
        }
        for name, recipe in sorted(recipes.items())
    }
    return json.dumps({"release": release, "projects": projects}, indent=1).encode()
