"""Projects in images of their own: what decides and names those images."""

import pytest

from runner.containers.apart import apart_blueprints, debian_blueprints, names_of
from runner.containers.definitions import Definition, find_images_dir, load_catalog
from runner.containers.foundation import base_blueprint
from runner.containers.lock import requirements
from runner.containers.verification import versions
from runner.errors import BadDocument
from runner.planning.manifest import Manifest
from runner.planning.sources import Apart, DebianPackages, OwnImage
from runner.recipes import load_recipes

ORIGINAL = load_catalog(find_images_dir())["zed"]
RECIPES = load_recipes()
DEBIANS = DebianPackages(debian=("python3-keystone",), suite="bookworm")
SOMEBODYS = OwnImage(image=f"registry.example.org/kolla/cinder-api@sha256:{'ab' * 32}")


def zed(**apart: Apart) -> Definition:
    return Definition(ORIGINAL.image.model_copy(update={"sources": apart}), ORIGINAL.folder)


def test_each_project_apart_has_an_image_named_after_release_and_project() -> None:
    definition = zed(keystone=DEBIANS, cinder=SOMEBODYS)
    assert names_of(definition) == ("zed", "zed-keystone", "zed-cinder")
    blueprints = apart_blueprints(definition, RECIPES)
    assert {project: blueprint.repository for project, blueprint in blueprints.items()} == {
        "keystone": "thing-a-me/zed-keystone",
        "cinder": "thing-a-me/zed-cinder",
    }
    # What `images load` finds its name by.
    assert blueprints["cinder"].labels["thing-a-me.release"] == "zed-cinder"


def test_debians_packages_are_installed_on_the_suite_that_has_them() -> None:
    (installed,) = debian_blueprints(zed(keystone=DEBIANS))
    assert (installed.suite, installed.parents) == ("bookworm", {"BASE": base_blueprint("bookworm").reference})
    assert installed.files["packages.txt"] == b"python3-keystone\n"
    (own,) = debian_blueprints(zed(keystone=DebianPackages(debian=("python3-keystone",))))
    assert own.suite == ORIGINAL.image.base


def test_another_package_or_another_image_is_another_image_of_ours() -> None:
    def content(**apart: Apart) -> str:
        return apart_blueprints(zed(**apart), RECIPES)["keystone"].content

    other = DEBIANS.model_copy(update={"debian": ("python3-keystone=1",)})
    assert len({content(keystone=DEBIANS), content(keystone=other), content(keystone=SOMEBODYS)}) == 3


def test_an_image_of_its_own_is_asked_for_its_project_alone() -> None:
    asked = apart_blueprints(zed(cinder=SOMEBODYS), RECIPES)["cinder"].files["asked.json"]
    assert b'"cinder"' in asked
    assert b'"keystone"' not in asked


def test_what_is_no_project_has_no_image_of_its_own() -> None:
    with pytest.raises(BadDocument, match=r"sources\.neutron-vpnaas: only a project has an image of its own: aodh, "):
        apart_blueprints(zed(**{"neutron-vpnaas": DEBIANS}), RECIPES)


def test_the_lock_has_not_what_comes_from_elsewhere_but_what_trees_require() -> None:
    definition = zed(keystone=DEBIANS)
    packages = {project: project for project in ORIGINAL.image.projects}
    wanted = requirements(definition.image, packages, ("tabulate>=0.8",)).splitlines()
    assert "tabulate>=0.8" in wanted
    assert not [line for line in wanted if line.startswith("keystone==")]


def test_the_releases_own_image_is_not_blamed_for_a_project_that_stands_apart() -> None:
    packages = {project: version for project, version in ORIGINAL.image.projects.items() if project != "keystone"}
    manifest = Manifest(release="zed", python="3.9.2", packages=packages, projects={})
    assert list(versions(manifest, zed(keystone=DEBIANS))) == []
    assert list(versions(manifest, ORIGINAL)) == [f"keystone is none, not {ORIGINAL.image.projects['keystone']}"]


def test_what_comes_from_elsewhere_may_be_missed_by_who_asks_for_it() -> None:
    names = zed(neutron=DEBIANS).image.missed_names.splitlines()
    assert names == [*ORIGINAL.image.left_out_names.splitlines(), "neutron"]
