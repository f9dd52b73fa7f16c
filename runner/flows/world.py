"""Everything a flow works with: the cloud's server, the engine, the images, and what we know. Opened once per command."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from runner import documents
from runner.containers.apart import read_manifests, resolve_images
from runner.containers.build import find_image
from runner.containers.client import Client, connect
from runner.containers.definitions import Definition, find_images_dir, load_catalog
from runner.containers.foundation import Site
from runner.containers.release_image import USUAL, ensure_mariadb_image
from runner.errors import EngineMissing, ImageMissing
from runner.events import silent
from runner.mariadb.connection import DatabaseServer, open_server
from runner.planning.detection import Knowledge
from runner.planning.manifest import Manifest
from runner.planning.recipe import Recipe
from runner.planning.release import Calendar
from runner.recipes import load_calendar, load_recipes
from runner.settings import Cloud, CloudDocument, read_cloud


@dataclass(frozen=True)
class World:
    """An open cloud. Engine and images are asked for when first needed: `inspect` does without them.

    `substitutes` maps a release to the id of the image that stands in for its own. `known_release` is where the cloud stands,
    where somebody knows: version rows that several releases share leave a choice otherwise. `mariadb` is the version of
    throw-away servers.
    """

    cloud: Cloud
    server: DatabaseServer
    recipes: Mapping[str, Recipe]
    calendar: Calendar
    catalog: Mapping[str, Definition]
    substitutes: Mapping[str, str] = field(default_factory=dict)
    known_release: str | None = None
    mariadb: str = USUAL

    @cached_property
    def client(self) -> Client:
        return connect(self.cloud.document.engine)

    @cached_property
    def images(self) -> dict[str, str]:
        """The id of every defined release's image that is here, with those of its projects apart, as a plan keys them."""
        found: dict[str, str] = {}
        for series, definition in self.catalog.items():
            with suppress(ImageMissing):
                found |= resolve_images(self.client, definition)
                found |= {series: self.substitutes[series]} if series in self.substitutes else {}
        return found

    @cached_property
    def manifests(self) -> dict[str, Manifest]:
        return read_manifests(self.client, self.images)

    @cached_property
    def knowledge(self) -> Knowledge:
        defined = {series: one.image.projects for series, one in self.catalog.items()}
        lacking = {series: self.recipes.keys() - projects.keys() for series, projects in defined.items()}
        return Knowledge(self.recipes, self.calendar, self.manifests, lacking)

    @property
    def knowledge_at_hand(self) -> Knowledge:
        """What is known of the images too, where an engine answers; the recipes alone know no revision between releases."""
        try:
            return self.knowledge
        except EngineMissing:
            return Knowledge(self.recipes, self.calendar, {})

    @cached_property
    def server_image(self) -> str:
        """The image of a throw-away server; made when it is not here."""
        return ensure_mariadb_image(self.client, Site(self.cloud.document.engine, self.cloud.build), silent, self.mariadb)

    def has_image(self, image: str) -> bool:
        return image in self.images.values() or find_image(self.client, image) is not None


def read_cloud_file(file: Path) -> tuple[Cloud, dict[str, Recipe]]:
    """Read cloud.yaml, and the recipes that it counts on.

    Raises:
        MissingFile, BadDocument
    """
    own = documents.read(CloudDocument, file).recipes
    recipes = load_recipes(file.parent / own if own else None)
    return read_cloud(file, recipes), recipes


@contextmanager
def open_world(file: Path) -> Iterator[World]:
    """Read cloud.yaml and log in to its server.

    Raises:
        MissingFile, BadDocument: cloud.yaml, the catalog or a recipe is not right.
        ServerUnreachable, LoginRefused, TlsRequired
    """
    cloud, recipes = read_cloud_file(file)
    catalog = load_catalog(find_images_dir(cloud.images))
    with open_server(cloud.address(), cloud.password()) as server:
        yield World(cloud, server, recipes, load_calendar(), catalog)
