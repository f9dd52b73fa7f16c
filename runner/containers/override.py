"""Put a developer's source tree of a project into its release's image; everything else stays as it is.

The same trees on the same image are the same override, which is made once.
"""

from collections.abc import Mapping
from pathlib import Path

import docker

from runner.containers.blueprint import Blueprint
from runner.containers.build import build_once, find_image
from runner.containers.definitions import Definition
from runner.containers.foundation import Site, ensure_base, ensure_builders
from runner.containers.prune import prune_names
from runner.containers.release_image import describing_blueprint, resolve
from runner.containers.sources.tree import demand_package, hash_tree, read_tree
from runner.containers.trees import Trees, install_trees_once, trees_blueprint
from runner.errors import BadDocument
from runner.events import ImageProgress, Tell
from runner.planning.recipe import Recipe


def ensure_override(
    client: docker.DockerClient,
    definition: Definition,
    recipes: Mapping[str, Recipe],
    trees: Mapping[str, Path],
    *,
    site: Site,
    tell: Tell,
) -> str:
    """Have a release's image with these source trees in it, by project; returns the id of an image that describes itself.

    Raises:
        BadDocument: the release's image does not have a project, or a tree is another package's.
        MissingFile: a folder is not there, or is no source tree.
        ImageMissing: the release's own image is not here.
        BuildFailed, DiskFull, IndexUnreachable: told from what the build printed.
        ManifestMissing: what was installed cannot say what it is.
    """
    packages = {name: package for recipe in recipes.values() for name, package in recipe.packages.items()}
    read = _read(definition, trees, packages)
    blueprint = _blueprint(definition, read, resolve(client, definition.series))
    described = describing_blueprint(f"{definition.series}-overridden", definition, recipes, blueprint)
    if there := find_image(client, described.reference):
        tell(ImageProgress(release=definition.series, state="cached", detail=described.reference))
        return there
    tell(ImageProgress(release=definition.series, state="installing", detail=f"your {' and '.join(sorted(trees))}"))
    ensure_base(client, definition.image.base, site, tell)
    ensure_builders(client, [definition.image], site, tell)
    install_trees_once(client, blueprint, lambda: read, site.build)
    image = build_once(client, described, site.build)
    for made in (blueprint, described):
        prune_names(client, made)
    tell(ImageProgress(release=definition.series, state="done", detail=described.reference))
    return image


def _read(definition: Definition, trees: Mapping[str, Path], packages: Mapping[str, str]) -> Trees:
    together = definition.image.together
    if strangers := sorted(set(trees) - set(together)):
        has = ", ".join(sorted(together))
        raise BadDocument(f"--override {strangers[0]}: the image of {definition.series} has no such project; it has {has}")
    read: dict[str, dict[str, bytes]] = {}
    for project, folder in sorted(trees.items()):
        who = f"--override {project}={folder}"
        read[project] = read_tree(who, folder)
        demand_package(who, read[project], packages.get(project, project))
    return read


def _blueprint(definition: Definition, read: Trees, image: str) -> Blueprint:
    """What decides the override: the trees, how they are built, and the image that they are put into."""
    return trees_blueprint(
        f"{definition.series}-override",
        definition.image,
        image,
        decisive={project: hash_tree(tree) for project, tree in read.items()},
        # A version that pbr can read, and by which whoever asks the image sees that it is not the release's own.
        versions={project: f"{definition.image.projects[project]}.dev999" for project in read},
    )
