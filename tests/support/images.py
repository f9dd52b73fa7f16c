"""Images for tests: tiny ones made in a moment, and a real registry to fetch them from."""

import io
import json
import os
import socket
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import docker

from runner.containers.blueprint import Blueprint
from runner.containers.build import build_once
from runner.containers.foundation import Site, base_blueprint, ensure_base
from runner.containers.release_image import SUITE
from runner.events import silent
from runner.settings import BuildSettings, EngineSettings

SITE = Site(EngineSettings(), BuildSettings.from_environment(os.environ))
HERE = Path(__file__).parent


def manifest_of(release: str) -> bytes:
    return json.dumps({"format": 1, "release": release, "python": "3.11.2", "packages": {}, "projects": {}}).encode()


def make_image(client: docker.DockerClient, release: str, *, content: str = "f" * 64, manifest: bytes | None = None) -> str:
    """Make an image of one file, labelled as ours, without a name; returns its id."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        body = manifest if manifest is not None else manifest_of(release)
        member = tarfile.TarInfo("usr/share/thing-a-me/manifest.json")
        member.size = len(body)
        archive.addfile(member, io.BytesIO(body))
    labels = {"thing-a-me": "image", "thing-a-me.release": release, "thing-a-me.content": content}
    changes = [f"LABEL {name}={value}" for name, value in labels.items()]
    packed.seek(0)
    return str(json.loads(client.api.import_image(src=packed, changes=changes).splitlines()[-1])["status"])


def forget(client: docker.DockerClient, *images: str) -> None:
    """Remove images with all their names; gone already is as good."""
    for image in images:
        try:
            client.api.remove_image(image, force=True)
        except docker.errors.ImageNotFound:
            continue


@contextmanager
def registry(client: docker.DockerClient, *, guarded: bool = False) -> Iterator[str]:
    """Run Debian's docker-registry, and name its address; a guarded one lets nobody in without a login."""
    ensure_base(client, SUITE, SITE, silent)
    blueprint = Blueprint(
        name="test-registry",
        suite=SUITE,
        dockerfile=(HERE / "registry.Dockerfile").read_bytes(),
        parents={"BASE": base_blueprint(SUITE).reference},
        flat=True,
    )
    image = build_once(client, blueprint, SITE.build)
    config = f"/etc/docker/registry/{'config' if guarded else 'open'}.yml"
    ports = {"5000/tcp": ("127.0.0.1", None)}
    container = client.containers.run(image, [config], detach=True, ports=ports, labels={"thing-a-me": "test"})
    try:
        container.reload()
        port = int(container.ports["5000/tcp"][0]["HostPort"])
        _wait_for(port)
        yield f"127.0.0.1:{port}"
    finally:
        container.remove(force=True, v=True)


def push(client: docker.DockerClient, image: str, repository: str, tag: str) -> str:
    """Push an image, and return the digest that the registry has it under."""
    client.api.tag(image, repository, tag)
    for line in client.api.push(repository, tag=tag, stream=True, decode=True):
        if "error" in line:
            raise AssertionError(line["error"])
        if digest := line.get("aux", {}).get("Digest"):
            client.api.remove_image(f"{repository}:{tag}")
            return str(digest)
    raise AssertionError("the registry named no digest")


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                connection.sendall(b"GET /v2/ HTTP/1.0\r\n\r\n")
                if connection.recv(200).startswith(b"HTTP/1."):
                    return
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise AssertionError("the registry does not answer")
        time.sleep(0.2)
