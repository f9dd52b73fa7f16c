"""The life of images: built, pulled, verified, listed, saved and loaded, described, locked."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from runner import documents
from runner.containers import archive, registry, release_image
from runner.containers.apart import build_apart, names_of, resolve_images
from runner.containers.claims import remove_left_clones
from runner.containers.client import connect
from runner.containers.definitions import Definition, choose, find_images_dir, load_catalog
from runner.containers.foundation import Site, ensure_base, ensure_builders
from runner.containers.image_manifest import describe_image
from runner.containers.lock import lock_release
from runner.containers.lock_trees import ask_trees
from runner.containers.prune import prune_release, prune_stages
from runner.containers.registry import Pinned
from runner.containers.shelf import Shelved, look_at_shelf
from runner.containers.verification import verify_apart, verify_image
from runner.errors import EngineMissing
from runner.events import ImageProgress, Note, Tell
from runner.planning.manifest import Manifest
from runner.planning.recipe import Recipe
from runner.planning.sources import image_key
from runner.recipes import load_recipes
from runner.settings import BuildSettings, CloudDocument, EngineSettings


@dataclass(frozen=True)
class Workshop:
    """All that the verbs of `images` need to know. `own` are the operator's directories, as cloud.yaml has them, absolute."""

    site: Site
    catalog: Mapping[str, Definition]
    recipes: Mapping[str, Recipe]
    tell: Tell
    own: Mapping[str, str] = field(default_factory=dict)


def open_workshop(cloud: Path | None, tell: Tell) -> Workshop:
    """Read the settings, definitions and recipes; without a cloud.yaml the environment says where builds get things.

    Raises:
        MissingFile, BadDocument
    """
    engine, build, images, own = EngineSettings(), BuildSettings.from_environment(os.environ), None, None
    if cloud:
        document = documents.read(CloudDocument, cloud)
        engine, build = document.engine, document.build or build
        images = cloud.parent / document.images if document.images else None
        own = cloud.parent / document.recipes if document.recipes else None
        if document.build and build.ca_bundle:
            build = build.model_copy(update={"ca_bundle": str(cloud.resolve().parent / build.ca_bundle)})
    directories = {name: str(path.resolve()) for name, path in (("images", images), ("recipes", own)) if path}
    return Workshop(Site(engine, build), load_catalog(find_images_dir(images)), load_recipes(own), tell, directories)


def build(workshop: Workshop, series: tuple[str, ...], jobs: int) -> dict[str, str]:
    """Build the named releases, or all, side by side; returns the ids of their images, as a plan keys them.

    What is built already is not built again.

    Raises:
        ImageNotDefined, BuildFailed, DiskFull, IndexUnreachable, HashMismatch, HostNotReady
        and of what comes from elsewhere, see `build_release` and `build_apart`
    """
    chosen = choose(workshop.catalog, series)
    with ThreadPoolExecutor(max_workers=1) as beside, closing(connect(workshop.site.engine)) as client:
        missing = [one.image for one in chosen if not release_image.is_installed(client, one)]
        for suite in sorted({image.base for image in missing}):
            ensure_base(client, suite, workshop.site, workshop.tell)
        # The throw-away server that fresh schemas are made on: not something to begin building in a window.
        server = beside.submit(_server_image, workshop)
        ensure_builders(client, missing, workshop.site, workshop.tell)
        server.result()
    return _side_by_side(workshop, chosen, jobs)


def _server_image(workshop: Workshop) -> None:
    with closing(connect(workshop.site.engine)) as client:
        release_image.ensure_mariadb_image(client, workshop.site, workshop.tell)


def _side_by_side(workshop: Workshop, chosen: tuple[Definition, ...], jobs: int) -> dict[str, str]:
    """Build several releases at once; the first failure is raised when all have ended."""

    def one(definition: Definition) -> dict[str, str]:
        recipes, site, tell = workshop.recipes, workshop.site, workshop.tell
        # A client of its own: docker-py's is one HTTP session, which threads must not share.
        with closing(connect(site.engine)) as client:
            images = {definition.series: release_image.build_release(client, definition, recipes, site, tell)}
            images |= build_apart(client, definition, recipes, site, tell)
            prune_release(client, definition, recipes)
            return images

    with ThreadPoolExecutor(max_workers=jobs) as pool:
        futures = [pool.submit(one, definition) for definition in chosen]
    return {key: image for future in futures for key, image in future.result().items()}


def prune(workshop: Workshop) -> tuple[str, ...]:
    """Remove what earlier definitions built, and what killed builds and clones left; returns the names that went."""
    with closing(connect(workshop.site.engine)) as client:
        gone = [name for one in workshop.catalog.values() for name in prune_release(client, one, workshop.recipes)]
        prune_stages(client)
        remove_left_clones(client)
    return tuple(gone)


def pull(workshop: Workshop, reference: str) -> str:
    """Pull an image that is named with its digest.

    Raises:
        BadDocument, RegistryRefused, DigestMismatch, DiskFull
    """
    workshop.tell(ImageProgress(release=reference, state="pulling"))
    with closing(connect(workshop.site.engine)) as client:
        return registry.pull(client, Pinned.parse(reference))


def pull_releases(workshop: Workshop, series: tuple[str, ...], prefix: str, digests: Path) -> dict[str, str]:
    """Pull releases from below a registry prefix, each by the digest that a file trusts.

    Raises:
        MissingFile, BadDocument, ImageNotDefined, RegistryRefused, DigestMismatch, DiskFull
    """
    trusted = documents.read(registry.Digests, digests)
    names = [name for one in choose(workshop.catalog, series) for name in names_of(one)]
    pinned = {name: Pinned.of_release(name, prefix, trusted) for name in names}
    pulled: dict[str, str] = {}
    with closing(connect(workshop.site.engine)) as client:
        for release, image in pinned.items():
            workshop.tell(ImageProgress(release=release, state="pulling", detail=image.reference))
            pulled[release] = registry.pull(client, image, release)
    return pulled


def verify(workshop: Workshop, series: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Say of each release's image what is not as its definition says.

    Raises:
        ImageNotDefined, ImageMissing, ManifestMissing
    """
    answers: dict[str, tuple[str, ...]] = {}
    with closing(connect(workshop.site.engine)) as client:
        for one in choose(workshop.catalog, series):
            images = resolve_images(client, one)
            answers[one.series] = verify_image(client, images[one.series], one, workshop.recipes)
            for project in one.image.apart:
                key = image_key(one.series, project)
                answers[key] = verify_apart(client, images[key], one, project, workshop.recipes)
    return answers


def shelf(workshop: Workshop) -> tuple[Shelved, ...]:
    """List the defined releases and their images; without an engine the definitions alone."""
    try:
        with closing(connect(workshop.site.engine)) as client:
            return look_at_shelf(client, workshop.catalog, workshop.recipes)
    except EngineMissing as error:
        workshop.tell(Note(about="engine", text=f"{error.message}; no image can be seen"))
        return look_at_shelf(None, workshop.catalog, workshop.recipes)


def save(workshop: Workshop, file: Path, series: tuple[str, ...]) -> str:
    """Write the images of releases, and of the throw-away server, into a file, and return its sha256.

    Raises:
        ImageNotDefined, ImageMissing, DiskFull
    """
    with closing(connect(workshop.site.engine)) as client:
        names = [name for one in choose(workshop.catalog, series) for name in names_of(one)]
        images = {name: release_image.resolve(client, name) for name in (*names, release_image.SERVER)}
        return archive.save(client, file, images, workshop.tell)


def load(workshop: Workshop, file: Path) -> dict[str, str]:
    """Load the images of a file.

    Raises:
        MissingFile, DigestMismatch, DiskFull
    """
    with closing(connect(workshop.site.engine)) as client:
        return archive.load(client, file, workshop.tell)


def describe(workshop: Workshop, reference: str, release: str) -> Manifest:
    """Ask an image that somebody else built what it is; planning finds the answer by the image's id.

    Raises:
        ImageMissing, ManifestMissing
    """
    with closing(connect(workshop.site.engine)) as client:
        return describe_image(client, reference, release, workshop.recipes)


def lock(workshop: Workshop, series: str, constraints: str | None) -> bool:
    """Write a release's hash-locked requirements; True when they changed.

    Raises:
        ImageNotDefined, MissingFile, IndexUnreachable, LockFailed, and what `ask_trees` raises
    """
    (definition,) = choose(workshop.catalog, (series,))
    # What no recipe knows is called like its package.
    packages = {name: name for name in definition.image.projects}
    packages |= {name: package for recipe in workshop.recipes.values() for name, package in recipe.packages.items()}
    besides = ask_trees(definition, packages, workshop.site, workshop.tell)
    return lock_release(definition, packages, workshop.site, constraints, besides=besides, tell=workshop.tell)
