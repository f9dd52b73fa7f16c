"""What the real images say of themselves, against what was read in the projects' repositories."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import docker
import pytest
import yaml

from runner.containers.build import find_image
from runner.containers.client import connect
from runner.containers.definitions import find_images_dir, load_catalog
from runner.containers.foundation import base_blueprint, ensure_base
from runner.containers.image_manifest import describe_image, read_manifest
from runner.containers.release_image import SUITE, resolve
from runner.containers.verification import verify_image
from runner.errors import ImageMissing, ImageNotAsDefined, ManifestMissing
from runner.events import silent
from runner.planning.manifest import Manifest
from runner.recipes import load_recipes
from runner.settings import EngineSettings
from tests.support.catalog import CHAIN, differing_heads
from tests.support.images import SITE, forget, make_image
from tests.support.thing import thing

pytestmark = [pytest.mark.engine, pytest.mark.images]

# Read in the version directories of each project's repository at its last tag (openstack/heads.json of the lab). Glance's
# contract depends on its expand, so alembic keeps one row for both.
HEADS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "2023.1": {
        "keystone": frozenset({"29e87d24a316", "e25ffa003242"}),
        "glance": frozenset({"2023_1_contract01"}),
        "placement": frozenset({"422ece571366"}),
        "nova.api": frozenset({"b30f573d3377"}),
        "nova.main": frozenset({"960aac0e09ea"}),
        "cinder": frozenset({"daa98075b90d"}),
        "neutron": frozenset({"fc153938cdc1", "5c85685d616d"}),
        "heat": frozenset({"heat:86"}),
    },
    "2026.1": {
        "keystone": frozenset({"742c857f1dfb", "c88cdce8f248"}),
        "glance": frozenset({"2024_1_contract01"}),
        "placement": frozenset({"a082b8bb98d0"}),
        "nova.api": frozenset({"cdeec0c85668"}),
        "nova.main": frozenset({"2903cd72dc14"}),
        "cinder": frozenset({"9c74c1c6971f"}),
        "neutron": frozenset({"b1bca967e19d", "5c85685d616d"}),
        "heat": frozenset({"97b2a986f922"}),
    },
}
CATALOG = load_catalog(find_images_dir())


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    opened = connect(EngineSettings())
    yield opened
    opened.close()


def positions(manifest: Manifest) -> dict[str, frozenset[str]]:
    return {
        project if name == project or len(found.chains) == 1 else f"{project}.{name}": chain.position
        for project, found in manifest.projects.items()
        for name, chain in found.chains.items()
    }


@pytest.mark.parametrize("series", HEADS)
def test_the_heads_are_those_of_the_projects_repositories(client: docker.DockerClient, series: str) -> None:
    found = positions(read_manifest(client, resolve(client, series)))
    assert {name: found[name] for name in HEADS[series]} == HEADS[series]


@pytest.mark.parametrize("series", CHAIN)
def test_the_recipes_agree_with_the_images(client: docker.DockerClient, series: str) -> None:
    assert differing_heads(read_manifest(client, resolve(client, series)), load_recipes()) == {}


@pytest.mark.parametrize("series", CHAIN)
def test_an_image_is_as_defined(client: docker.DockerClient, series: str) -> None:
    assert verify_image(client, resolve(client, series), CATALOG[series], load_recipes()) == ()


def test_an_image_that_is_not_as_defined_is_an_error_of_its_own(tmp_path: Path) -> None:
    defined = find_images_dir() / "2024.1"
    (tmp_path / "images").mkdir()
    altered = shutil.copytree(defined, tmp_path / "images" / "2024.1") / "release.yaml"
    altered.write_text(altered.read_text(encoding="utf-8").replace("keystone: ", "keystone: 1"), encoding="utf-8")
    server = {"host": "nowhere.invalid", "user": "u", "password_file": "p"}
    document = {"server": server, "databases": {"placement": "placement"}, "images": "images"}
    file = tmp_path / "cloud.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")

    done = thing(file, "images", "verify")

    done.refused(ImageNotAsDefined, "not as defined: 2024.1", "databases: untouched")
    assert f"keystone is {CATALOG['2024.1'].image.projects['keystone']}, not 1" in done.out


def test_heads_lie_on_branches_where_a_project_has_them(client: docker.DockerClient) -> None:
    projects = read_manifest(client, resolve(client, "2024.1")).projects
    for project in ("keystone", "neutron"):
        assert set(projects[project].chains[project].heads) == {"expand", "contract"}
    assert {revision.branch for revision in projects["glance"].chains["glance"].revisions} == {"", "expand", "contract"}
    assert set(projects["nova"].chains["main"].heads) == {""}


def test_every_revision_but_the_first_has_one_before_it(client: docker.DockerClient) -> None:
    for project in read_manifest(client, resolve(client, "2026.1")).projects.values():
        for chain in project.chains.values():
            known = {revision.id for revision in chain.revisions}
            assert all(set(revision.down) <= known for revision in chain.revisions)
            assert sum(not revision.down for revision in chain.revisions) == 1


def test_online_migrations_and_checks_are_named(client: docker.DockerClient) -> None:
    projects = read_manifest(client, resolve(client, "2023.1")).projects
    assert "volume_use_quota_online_data_migration" in projects["cinder"].online
    assert "fill_virtual_interface_list" in projects["nova"].online
    assert projects["placement"].online == ("set_root_provider_ids", "create_incomplete_consumers")
    assert projects["glance"].online == ()
    assert "Placement API" in projects["nova"].checks
    assert "nova-manage" in projects["nova"].commands


def test_describing_an_image_from_outside_gives_what_the_build_wrote(client: docker.DockerClient) -> None:
    image = resolve(client, "2026.1")
    assert describe_image(client, image, "", load_recipes()) == read_manifest(client, image)


def test_a_manifest_is_read_from_the_image_once(
    client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    image = resolve(client, "2026.1")
    first = read_manifest(client, image)
    (kept,) = (tmp_path / "thing-a-me" / "manifests").iterdir()
    assert kept.name == f"{image.removeprefix('sha256:')}.json"
    assert read_manifest(client, image) == first


def test_an_image_without_a_manifest_is_told(client: docker.DockerClient) -> None:
    ensure_base(client, SUITE, SITE, silent)
    with pytest.raises(ManifestMissing, match="does not describe itself"):
        read_manifest(client, base_blueprint(SUITE).reference)


def test_an_image_without_openstack_is_told(client: docker.DockerClient) -> None:
    ensure_base(client, SUITE, SITE, silent)
    with pytest.raises(ManifestMissing, match="holds none of"):
        describe_image(client, base_blueprint(SUITE).reference, "", load_recipes())


def test_an_image_without_python_is_told(client: docker.DockerClient) -> None:
    made = make_image(client, "1999.1")
    try:
        with pytest.raises(ManifestMissing, match="has no Python to ask"):
            describe_image(client, made, "", load_recipes())
    finally:
        forget(client, made)


def test_an_image_that_is_not_here_is_told(client: docker.DockerClient) -> None:
    assert find_image(client, "nowhere/nothing:1") is None
    with pytest.raises(ImageMissing, match="nowhere/nothing:1"):
        read_manifest(client, "nowhere/nothing:1")
