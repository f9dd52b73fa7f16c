"""Our catalog of releases, a part of it, and what its images say compared with what the recipes know."""

from collections.abc import Mapping
from pathlib import Path

from runner.planning.manifest import Manifest
from runner.planning.recipe import Recipe

CHAIN = ("2023.1", "2024.1", "2025.1", "2026.1")
"""What the tests' chain goes through: the releases whose images `make test` builds."""

_ALL = Path(__file__).parents[2] / "images"


def chain_only(folder: Path) -> str:
    """Link the definitions of the tests' chain into a folder, for cloud.yaml's `images`."""
    images = folder / "images"
    images.mkdir()
    for series in CHAIN:
        (images / series).symlink_to(_ALL / series)
    return str(images)


def differing_heads(manifest: Manifest, recipes: Mapping[str, Recipe]) -> dict[str, tuple[object, object]]:
    """What an image says of its projects' heads and what the recipes know of its release, where the two differ."""
    differing: dict[str, tuple[object, object]] = {}
    for project, found in manifest.projects.items():
        # A database that a cloud may do without may be younger than the scripts that make it: they are another package's.
        optional = {role.chain for role in recipes[project].roles.values() if role.optional}
        known = {name: frozenset(rows) for name, rows in recipes[project].heads.get(manifest.release, {}).items()}
        said = {name: chain.position for name, chain in found.chains.items() if name in known or name not in optional}
        if said != known:
            differing[project] = (said, known)
    return differing
