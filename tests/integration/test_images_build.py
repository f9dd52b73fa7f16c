"""Real builds with the real builder: what they leave behind, and how they fail."""

import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import docker
import pytest

from runner.containers.blueprint import Blueprint
from runner.containers.build import build_once, find_image
from runner.containers.client import connect
from runner.containers.definitions import find_images_dir, load_catalog
from runner.containers.foundation import base_blueprint, builder_blueprint, ensure_base, ensure_builders
from runner.containers.inside import created
from runner.containers.installation import install_once
from runner.containers.prune import prune_stages
from runner.containers.release_image import SUITE, installed_blueprint
from runner.errors import BuildFailed, DiskFull, HashMismatch, IndexUnreachable, ThingAMeError
from runner.events import silent
from runner.settings import BuildSettings, EngineSettings
from tests.support.images import SITE, forget

pytestmark = [pytest.mark.engine, pytest.mark.alone]

CANARY = "canary-7f3a"
BUILDS_FOR_EVER = """
from dataclasses import replace
from tests.integration.test_images_build import SITE, connect, install_once, release_with
endless = release_with(b"six")
install_once(connect(SITE.engine), replace(endless, files={**endless.files, "install-release": b"sleep 600"}), SITE.build)
"""
NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    opened = connect(EngineSettings())
    ensure_base(opened, SUITE, SITE, silent)
    ensure_builders(opened, [load_catalog(find_images_dir())["2026.1"].image], SITE, silent)
    yield opened
    opened.close()


def small(run: str, **changes: object) -> Blueprint:
    """An image on the base with one command."""
    text = f"ARG BASE\nFROM ${{BASE}}\nCOPY site/ /site/\nRUN . /site/environment && {run}\n"
    made = Blueprint(
        name="test-small", suite=SUITE, dockerfile=text.encode(), parents={"BASE": base_blueprint(SUITE).reference}
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # a test's shorthand


def release_with(lock: bytes) -> Blueprint:
    """A release image with another lock."""
    definition = load_catalog(find_images_dir())["2026.1"]
    installed = installed_blueprint(definition)
    return replace(installed, name="test-installed", files={**installed.files, "requirements.txt": lock})


def failure(client: docker.DockerClient, blueprint: Blueprint, settings: BuildSettings = SITE.build) -> ThingAMeError:
    before = what_is_there(client)
    with pytest.raises(ThingAMeError) as caught:
        (build_once if blueprint.dockerfile else install_once)(client, blueprint, settings)
    assert find_image(client, blueprint.reference) is None
    assert what_is_there(client) <= before, "a failed build left something"
    return caught.value


def what_is_there(client: docker.DockerClient) -> set[str]:
    """Images, and the stages' containers and volumes."""
    stages = {"label": "thing-a-me=stage"}
    containers = [one.id for one in client.containers.list(all=True, ignore_removed=True, filters=stages)]
    return {one.id for one in (*client.images.list(all=True), *client.volumes.list(filters=stages))} | set(containers)


def everything_of(client: docker.DockerClient, image: str) -> bytes:
    """An image's configuration and history, and every file of every layer."""
    # The engine writes layers uncompressed: what is in any file can be found in the bytes.
    whole = b"".join(client.api.get_image(image))
    return whole + repr(client.images.get(image).history()).encode() + repr(client.images.get(image).attrs).encode()


@pytest.fixture
def canary(tmp_path: Path) -> BuildSettings:
    """Settings that work here, each with a mark that can be looked for."""
    bundle = tmp_path / "bundle.pem"
    original = Path(SITE.build.ca_bundle).read_text() if SITE.build.ca_bundle else ""
    bundle.write_text(f"# {CANARY}-ca\n{original}")
    return SITE.build.model_copy(
        update={
            "debian_mirror": SITE.build.debian_mirror.replace("://", f"://{CANARY}-user:{CANARY}-password@"),
            "index_url": SITE.build.index_url.replace("://", f"://{CANARY}-user:{CANARY}-password@"),
            "ca_bundle": str(bundle) if original else None,
            "no_proxy": f"{CANARY}.example",
        }
    )


def test_the_mark_would_be_found(client: docker.DockerClient, canary: BuildSettings) -> None:
    blueprint = small("true")
    try:
        assert CANARY.encode() in everything_of(client, build_once(client, blueprint, canary))
    finally:
        forget(client, blueprint.reference, f"{blueprint.repository}:latest")


@pytest.mark.soak
def test_no_site_setting_is_left_in_a_flat_image(client: docker.DockerClient, canary: BuildSettings) -> None:
    base = replace(base_blueprint(SUITE), name="test-base")
    try:
        image = build_once(client, base, canary)
        assert CANARY.encode() not in everything_of(client, image)
    finally:
        forget(client, base.reference, f"{base.repository}:latest")


def test_no_site_setting_is_left_in_a_release(client: docker.DockerClient, canary: BuildSettings) -> None:
    blueprint = release_with(lock_of("six"))
    before = what_is_there(client)
    try:
        image = install_once(client, blueprint, canary)
        assert CANARY.encode() not in everything_of(client, image)
        with created(client, image) as container:
            chunks, _ = client.api.get_archive(container, "/opt/openstack")
            assert b"six.py" in b"".join(chunks)
        assert not client.images.get(image).attrs["Config"]["Volumes"], "each of its containers would make one"
    finally:
        forget(client, blueprint.reference, f"{blueprint.repository}:latest")
    assert what_is_there(client) <= before, "stages were left behind"


def lock_of(package: str) -> bytes:
    """Take one package's lines out of a real lock."""
    lines = load_catalog(find_images_dir())["2026.1"].lock().decode().splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith(f"{package}=="))
    last = next(number for number in range(first, len(lines)) if not lines[number].endswith("\\"))
    return "\n".join(lines[first : last + 1]).encode()


def test_what_is_built_is_not_built_again(client: docker.DockerClient) -> None:
    blueprint = small("true")
    try:
        assert build_once(client, blueprint, SITE.build) == build_once(client, blueprint, SITE.build)
    finally:
        forget(client, blueprint.reference, f"{blueprint.repository}:latest")


def test_a_full_disk_is_told(client: docker.DockerClient) -> None:
    assert isinstance(failure(client, small("dd if=/dev/zero of=/dev/full count=1")), DiskFull)


def test_a_mirror_that_does_not_answer_is_told(client: docker.DockerClient) -> None:
    settings = SITE.build.model_copy(update={"debian_mirror": f"{NOBODY}/debian"})
    assert isinstance(failure(client, replace(builder_blueprint(SUITE), name="test-builder"), settings), IndexUnreachable)


def test_an_index_that_does_not_answer_is_told(client: docker.DockerClient) -> None:
    settings = SITE.build.model_copy(update={"index_url": f"{NOBODY}/simple"})
    assert isinstance(failure(client, release_with(lock_of("six")), settings), IndexUnreachable)


def test_a_package_with_another_hash_is_refused(client: docker.DockerClient) -> None:
    name = lock_of("six").split()[0].decode()
    forged = f"{name} --hash=sha256:{'0' * 64}\n".encode()
    assert isinstance(failure(client, release_with(forged)), HashMismatch)


def test_a_package_without_a_hash_is_refused(client: docker.DockerClient) -> None:
    assert isinstance(failure(client, release_with(b"six\n")), BuildFailed)


def test_packages_that_do_not_fit_together_are_refused(client: docker.DockerClient) -> None:
    refusal = failure(client, release_with(lock_of("oslo-i18n")))
    assert isinstance(refusal, BuildFailed)
    assert "pbr" in refusal.message


def test_a_build_that_fails_in_a_later_stage_is_no_image(client: docker.DockerClient) -> None:
    text = "ARG BASE\nFROM ${BASE} AS first\nLABEL thing-a-me=stage\nRUN true\nFROM ${BASE}\nRUN exit 3\n"
    assert isinstance(failure(client, small("true", dockerfile=text.encode())), BuildFailed)


def test_what_a_killed_build_leaves_is_pruned(client: docker.DockerClient) -> None:
    before = what_is_there(client)
    building = subprocess.Popen([sys.executable, "-c", BUILDS_FOR_EVER])
    try:
        while not client.containers.list(ignore_removed=True, filters={"label": "thing-a-me=stage"}):
            assert building.poll() is None
            time.sleep(0.1)
    finally:
        building.kill()
        building.wait()
    assert len(what_is_there(client) - before) == 2, "a container and a volume"
    prune_stages(client)
    assert what_is_there(client) <= before


def test_any_other_failure_shows_the_last_lines(client: docker.DockerClient) -> None:
    refusal = failure(client, small("echo the compiler is unhappy; exit 3"))
    assert isinstance(refusal, BuildFailed)
    assert "the compiler is unhappy" in refusal.message
