"""A connection to the engine that cloud.yaml names."""

from collections.abc import Iterator
from contextlib import contextmanager

import docker
import docker.errors
import requests.exceptions

from runner.errors import DiskFull, EngineMissing, EngineRefused, EngineTooOld
from runner.settings import EngineSettings

Client = docker.DockerClient
"""An open connection, for those who may pass it on but not use it."""

OLDEST_API = (1, 41)
"""Docker 20.10, the oldest engine of a Debian that is still maintained."""


def connect(engine: EngineSettings) -> docker.DockerClient:
    """Connect to the engine, whatever the docker command's current context is.

    Raises:
        EngineMissing, EngineTooOld
    """
    try:
        # docker-py 7.2's from_env follows the CLI's context: a runner must not talk to another daemon than last week.
        client = docker.DockerClient(base_url=engine.url, version="auto", timeout=120)
    except docker.errors.DockerException as error:
        raise EngineMissing(f"no container engine answers at {engine.url}: {error}") from error
    speaks = tuple(int(part) for part in client.api.api_version.split("."))
    if speaks < OLDEST_API:
        raise EngineTooOld(f"the engine at {engine.url} speaks API {client.api.api_version}; 1.41 is needed")
    return client


COMMIT_SECONDS = 1800
"""How long the engine may write one image's layer."""


@contextmanager
def patience(client: docker.DockerClient, seconds: int) -> Iterator[None]:
    """Wait longer for answers: the engine says nothing while it writes half a million files to a slow disk."""
    usual, client.api.timeout = client.api.timeout, seconds
    try:
        yield
    finally:
        client.api.timeout = usual


@contextmanager
def engine_errors(doing: str) -> Iterator[None]:
    """Turn what docker-py raises while `doing` something into EngineRefused or EngineMissing."""
    try:
        yield
    # First, because an answer that says no is one of requests' errors too.
    except docker.errors.DockerException as error:
        raise EngineRefused(f"the container engine refused {doing}: {error}") from error
    except requests.exceptions.RequestException as error:
        raise EngineMissing(f"the container engine went away while {doing}: {error}") from error


@contextmanager
def room_errors(doing: str) -> Iterator[None]:
    """Within `engine_errors`: tell an engine whose disk is full while `doing` something from one that refuses."""
    try:
        yield
    except docker.errors.DockerException as error:
        said = str(getattr(error, "explanation", None) or error)
        if "no space left on device" in said or "disk quota exceeded" in said:
            raise DiskFull(f"the container engine has no room for {doing}: {said}") from error
        raise
