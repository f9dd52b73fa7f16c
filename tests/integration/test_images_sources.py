"""A release whose projects come from everywhere: one from the index, the others from elsewhere; built, and gone to."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import docker
import pytest
import yaml

from runner.containers.apart import apart_blueprints, build_apart, debian_blueprints
from runner.containers.build import find_image
from runner.containers.client import connect
from runner.containers.definitions import Definition, find_images_dir, load_catalog
from runner.containers.image_manifest import read_manifest
from runner.containers.prune import prune_release
from runner.containers.release_image import installed_blueprint, release_blueprint, resolve, whole_blueprint
from runner.containers.root_filesystem import root_reference
from runner.containers.sources.tree import hash_tree, read_tree
from runner.containers.trees import install_trees_once, trees_blueprint
from runner.errors import BuildFailed, ImageMissing, RegistryRefused
from runner.events import silent
from runner.flows.ci_start import Empty, Way
from runner.flows.images import open_workshop
from runner.flows.survey import survey
from runner.planning.sources import OwnImage
from runner.recipes import load_calendar, load_recipes
from runner.settings import EngineSettings
from tests.support.elsewhere import (
    FORK,
    FORKS_HEAD,
    MORE,
    ORIGINAL,
    SERIES,
    define,
    fork,
    kolla_image,
    pins,
    repository_of,
    served,
    tarball_of,
    unpacked,
    version_of,
)
from tests.support.images import SITE, forget, push, registry
from tests.support.thing import Done, thing

pytestmark = [pytest.mark.engine, pytest.mark.images, pytest.mark.soak]

START = "yoga"
PROJECTS = ("keystone", "glance", "placement", "nova", "cinder", "neutron")
# They ask for neutron, which the lock then has not.
GUESTS = ("neutron-vpnaas", "neutron-dynamic-routing", "neutron-fwaas", "networking-sfc", "networking-bgpvpn")
APART = ("keystone", "cinder")


@dataclass(frozen=True)
class Elsewhere:
    """The definitions, the cloud.yaml that names them, and where the sources lie."""

    cloud: Path
    definition: Path
    folder: Path
    client: docker.DockerClient

    def run(self, *words: str) -> Done:
        done = thing(self.cloud, *words, seconds=2400)
        assert done.code == 0, done.err
        return done


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    opened = connect(EngineSettings())
    yield opened
    opened.close()


@contextmanager
def set_aside(client: docker.DockerClient, images: Path) -> Iterator[None]:
    """The release's own images get back the names that ours have taken, and ours are gone."""
    repositories = [f"thing-a-me/{SERIES}", f"thing-a-me/{SERIES}-installed"]
    kept = {name: str(image.id) for one in repositories for image in client.images.list(one) for name in image.tags}
    for number, image in enumerate(kept.values()):
        client.api.tag(image, "thing-a-me-set-aside", str(number))
    try:
        yield
    finally:
        definition, recipes = load_catalog(images)[SERIES], load_recipes()
        blueprints = [installed_blueprint(definition), whole_blueprint(definition), release_blueprint(definition, recipes)]
        blueprints += [*apart_blueprints(definition, recipes).values(), *debian_blueprints(definition)]
        ours = {find_image(client, one.reference) for one in blueprints} - {None}
        names = [name for one in blueprints for name in (f"{one.repository}:latest", one.reference)]
        forget(client, *[name for name in names if find_image(client, name) in ours])
        for number, (name, image) in enumerate(kept.items()):
            if find_image(client, name) is None:
                client.api.tag(image, *name.rsplit(":", 1))
            client.api.remove_image(f"thing-a-me-set-aside:{number}")


@pytest.fixture(scope="module")
def elsewhere(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    below, cloud = tmp_path_factory.mktemp("sources"), tmp_path_factory.mktemp("cloud")
    images = cloud / "images"
    shutil.copytree(find_images_dir() / START, images / START)
    neutron, nova, placement = (unpacked(project, below) for project in ("neutron", "nova", "placement"))
    commit, sha256 = repository_of(neutron), tarball_of(nova, below / "nova.tar.gz")
    fork(placement)
    shutil.move(placement, images / "placement-vendor")
    image = kolla_image(client, "cinder")
    with served(below) as address, set_aside(client, images):
        definition = define(
            images,
            {**{project: version_of(project) for project in (*PROJECTS, *GUESTS)}, "placement": FORK},
            {
                "neutron": {"git": f"file://{neutron}", "commit": commit},
                "nova": {"tarball": f"{address}/nova.tar.gz", "sha256": sha256},
                "placement": {"folder": "../placement-vendor"},
                "keystone": {"debian": ["python3-keystone"], "suite": "bookworm"},
                "cinder": {"image": str(client.images.get(image.reference).id)},
            },
        )
        document = {
            "server": {"host": "127.0.0.1", "user": "nobody", "password_file": "none"},
            "databases": {"keystone": "keystone"},
            "images": "images",
        }
        (cloud / "cloud.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
        (cloud / "upper.txt").write_text(pins(), encoding="utf-8")
        here = Elsewhere(cloud / "cloud.yaml", definition.folder, below, client)
        here.run("images", "lock", SERIES, "--constraints", str(cloud / "upper.txt"))
        here.run("images", "build", SERIES)
        yield here


def test_the_lock_has_what_a_fork_asks_for_and_none_of_what_comes_from_elsewhere(elsewhere: Elsewhere) -> None:
    names = {line.partition("==")[0] for line in (elsewhere.definition / "requirements.txt").read_text().splitlines()}
    assert {MORE, "glance", "oslo-db", *GUESTS} <= names
    assert not {"neutron", "nova", "openstack-placement", "keystone", "cinder"} & names


def test_every_image_is_what_the_definition_says(elsewhere: Elsewhere) -> None:
    done = elsewhere.run("images", "verify", SERIES, "--json")
    assert json.loads(done.out) == {SERIES: [], f"{SERIES}/keystone": [], f"{SERIES}/cinder": []}


def test_the_shelf_shows_a_project_apart_by_itself(elsewhere: Elsewhere) -> None:
    shelf = {one["series"]: one for one in json.loads(elsewhere.run("images", "list", "--json").out)}
    assert {shelf[name]["state"] for name in (SERIES, f"{SERIES}/keystone", f"{SERIES}/cinder")} == {"ready"}
    assert shelf[f"{SERIES}/cinder"]["projects"] == {"cinder": version_of("cinder")}
    assert set(shelf[SERIES]["projects"]) == {*PROJECTS, *GUESTS} - set(APART)


def test_what_is_built_is_not_built_again_and_a_changed_folder_is_another_image(elsewhere: Elsewhere) -> None:
    first = json.loads(elsewhere.run("images", "build", SERIES, "--json").out)
    assert set(first) == {SERIES, f"{SERIES}/keystone", f"{SERIES}/cinder"}
    readme = elsewhere.definition.parent / "placement-vendor" / "README.rst"
    text = readme.read_text(encoding="utf-8")
    readme.write_text(f"{text}\nchanged\n", encoding="utf-8")
    changed = elsewhere.run("images", "list", "--json")
    assert {one["series"]: one["state"] for one in json.loads(changed.out)}[SERIES] == "outdated"
    readme.write_text(text, encoding="utf-8")
    assert json.loads(elsewhere.run("images", "build", SERIES, "--json").out) == first


def test_a_tree_that_asks_for_what_the_lock_has_not_is_not_built(elsewhere: Elsewhere) -> None:
    folder, image = elsewhere.definition.parent / "placement-vendor", load_catalog(elsewhere.definition.parent)[SERIES].image
    trees = {"placement": read_tree("placement", folder)}
    blueprint = trees_blueprint(
        "test-trees",
        image,
        resolve(elsewhere.client, START),
        decisive={"placement": hash_tree(trees["placement"])},
        versions={"placement": FORK},
        is_whole=True,
    )
    with pytest.raises(BuildFailed, match=f"{MORE}(.|\n)*what a source tree asks for is not in the lock"):
        install_trees_once(elsewhere.client, blueprint, lambda: trees, SITE.build)
    assert find_image(elsewhere.client, blueprint.reference) is None


def test_an_empty_cloud_goes_there_and_everything_is_proved(elsewhere: Elsewhere, tmp_path: Path) -> None:
    named = [word for project in PROJECTS for word in ("--project", project)]
    elsewhere.run("ci", "--from", START, "--to", SERIES, "--folder", str(tmp_path), *named)
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert (report["outcome"], report["totals"]["failed"]) == ("proved", 0)
    assert set(report["images"]) == {SERIES, f"{SERIES}/keystone", f"{SERIES}/cinder"}
    assert {one["project"] for one in report["moves"]} == set(PROJECTS)
    held = {(one["proof"], one["subject"]) for one in report["proofs"] if one["holds"]}
    databases = ("keystone", "glance", "placement", "nova.api", "nova.cell0", "nova.cell1", "cinder", "neutron")
    assert {(proof, one) for proof in ("heads", "rows", "schema", "read-back") for one in databases} <= held
    heads = {one["subject"]: " ".join(one["detail"]) for one in report["proofs"] if one["proof"] == "heads"}
    assert FORKS_HEAD in heads["placement"]


def test_an_empty_cloud_is_put_up_by_the_images_that_its_projects_have(elsewhere: Elsewhere, tmp_path: Path) -> None:
    workshop = open_workshop(elsewhere.cloud, silent)
    way = Way("2023.1", load_calendar(), ("keystone", "cinder", "placement"))
    with Empty(SERIES).open(workshop, way, tmp_path, 2) as world:
        standings = survey(world, knowledge=world.knowledge, tell=silent).place(world.knowledge)
    assert {one.project: one.release for one in standings} == dict.fromkeys(way.projects, SERIES)
    heads = {one.project: one.databases[0].heads for one in standings}
    assert heads["placement"] == {FORKS_HEAD}, "the fork's own migration was run"


def test_they_are_saved_and_loaded_under_their_names(elsewhere: Elsewhere, tmp_path: Path) -> None:
    name = f"thing-a-me/{SERIES}-cinder:latest"
    elsewhere.run("images", "save", str(tmp_path / "images.tar"), SERIES)
    before = elsewhere.client.images.get(name).id
    forget(elsewhere.client, *elsewhere.client.images.get(name).tags)
    loaded = json.loads(elsewhere.run("images", "load", str(tmp_path / "images.tar"), "--json").out)
    assert loaded[f"{SERIES}-cinder"] == elsewhere.client.images.get(name).id == before


def test_prune_takes_what_is_old_and_none_of_them(elsewhere: Elsewhere) -> None:
    definition = load_catalog(elsewhere.definition.parent)[SERIES]
    elsewhere.client.api.tag(f"thing-a-me/{SERIES}-cinder:latest", f"thing-a-me/{SERIES}-cinder", "old")
    assert prune_release(elsewhere.client, definition, load_recipes()) == (f"thing-a-me/{SERIES}-cinder:old",)


def test_somebodys_image_is_pulled_by_its_digest_and_one_that_is_not_here_is_told(client: docker.DockerClient) -> None:
    recipes, given = load_recipes(), kolla_image(client, "cinder").reference
    with registry(client) as address:
        digest = push(client, given, f"{address}/kolla/cinder-api", SERIES)
        definition = with_cinder(f"{address}/kolla/cinder-api@{digest}")
        try:
            built = build_apart(client, definition, recipes, SITE, silent)
            assert read_manifest(client, built[f"{SERIES}/cinder"]).projects["cinder"].version == version_of("cinder")
        finally:
            (blueprint,) = apart_blueprints(definition, recipes).values()
            forget(client, blueprint.reference, f"{blueprint.repository}:latest", f"{address}/kolla/cinder-api@{digest}")
        with pytest.raises(RegistryRefused, match=r"not found|unknown"):
            build_apart(client, with_cinder(f"{address}/kolla/nova-api@{digest}"), recipes, SITE, silent)
    with pytest.raises(ImageMissing, match=f"sources.cinder: image sha256:{'0' * 64} is not here"):
        build_apart(client, with_cinder(f"sha256:{'0' * 64}"), recipes, SITE, silent)


def test_an_image_without_the_project_is_not_built(client: docker.DockerClient) -> None:
    definition = with_cinder(str(client.images.get(root_reference(ORIGINAL.image.base)).id))
    with pytest.raises(BuildFailed, match="no Python of this image has the project"):
        build_apart(client, definition, load_recipes(), SITE, silent)


def with_cinder(image: str) -> Definition:
    """The release as we define it, with cinder from an image."""
    return Definition(ORIGINAL.image.model_copy(update={"sources": {"cinder": OwnImage(image=image)}}), ORIGINAL.folder)
