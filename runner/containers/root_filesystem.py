"""A Debian root filesystem as an image: from a registry when one answers, else made from Debian packages."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import docker
import docker.errors
import requests.exceptions

from runner.containers.blueprint import PREFIX
from runner.containers.build import find_image
from runner.containers.build_failures import classify
from runner.containers.client import connect, engine_errors, room_errors
from runner.containers.engine import LABEL
from runner.containers.site_settings import proxies, redact
from runner.errors import HostNotReady
from runner.settings import BuildSettings, EngineSettings

REGISTRY_PATIENCE = 10
"""Seconds in which a registry has to answer before the packages are taken instead."""


def root_reference(suite: str) -> str:
    """Name the image that a suite's root filesystem becomes."""
    return f"{PREFIX}/root:{suite}"


def ensure_root(client: docker.DockerClient, suite: str, settings: BuildSettings, engine: EngineSettings) -> str:
    """Have a root filesystem of this suite, and return the reference of its image.

    Raises:
        HostNotReady: no registry answers, and this machine cannot make one.
        IndexUnreachable, DiskFull, BuildFailed: the Debian mirror does not answer, or making it failed.
    """
    reference = root_reference(suite)
    if find_image(client, reference):
        return reference
    if not _pull(suite, settings, engine, reference):
        _make(client, suite, settings, reference)
    return reference


def _pull(suite: str, settings: BuildSettings, engine: EngineSettings, reference: str) -> bool:
    """Take the official image; False when no registry offers it in time."""
    if settings.registry == "":
        return False
    prefix = f"{settings.registry.rstrip('/')}/" if settings.registry else "docker.io/library/"
    offered = f"{prefix}debian:{suite}-slim"
    client = connect(engine)
    try:
        # An unreachable registry can take minutes to fail: ask for the small manifest first, with a patience of our own.
        client.api.timeout = REGISTRY_PATIENCE
        client.api.inspect_distribution(offered)
        client.api.timeout = 120
        client.api.pull(offered)
        client.api.tag(offered, *reference.split(":"))
    except (docker.errors.APIError, requests.exceptions.RequestException):
        return False
    finally:
        client.close()
    return True


def _make(client: docker.DockerClient, suite: str, settings: BuildSettings, reference: str) -> None:
    if not shutil.which("mmdebstrap"):
        raise HostNotReady(
            "no registry offers a Debian image, and mmdebstrap is not installed to make one",
            hint="install mmdebstrap (`apt-get install mmdebstrap`), or name a registry in build.registry of cloud.yaml",
        )
    if os.geteuid() != 0 and not shutil.which("newuidmap"):
        raise HostNotReady(
            "making a root filesystem needs root, or user namespaces",
            hint="run as root, or install uidmap (`apt-get install uidmap`)",
        )
    repository, _, tag = reference.partition(":")
    with tempfile.TemporaryDirectory(prefix="thing-a-me-") as scratch:
        archive = Path(scratch) / "root.tar"
        _mmdebstrap(suite, settings, archive)
        doing = f"importing {reference}"
        with engine_errors(doing), room_errors(doing), archive.open("rb") as filesystem:
            client.api.import_image(src=filesystem, repository=repository, tag=tag, changes=[f"LABEL {LABEL}=root"])


def _mmdebstrap(suite: str, settings: BuildSettings, archive: Path) -> None:
    argv = ["mmdebstrap", "--variant=minbase", "--mode=auto", '--aptopt=Acquire::http::Timeout "30"']
    if settings.ca_bundle:
        argv.append(f'--aptopt=Acquire::https::CAInfo "{settings.ca_bundle}"')
    argv += [suite, str(archive), settings.debian_mirror]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env={**os.environ, **proxies(settings)})
    if done.returncode != 0:
        raise classify(f"the root filesystem {suite}", redact(done.stderr).splitlines(), None)
