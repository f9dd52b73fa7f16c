"""What a take does beside the reading of production fails, or hangs: it is told or can be interrupted, and nothing is left."""

import io
import os
import secrets
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import docker.errors
import pytest
from docker.models.containers import Container

from runner.containers.engine import LABEL
from runner.errors import SnapshotFailed
from tests.support.mariadb import IMAGE
from tests.support.production import Production
from tests.support.proven import folders
from tests.support.thing import ended, started, thing

pytestmark = pytest.mark.engine

_WRAPPED = """
FROM {image}
RUN mv {tool} {tool}.real \\
 && printf '#!/bin/sh\\ncase "$*" in *{word}*) {act};; esac\\nexec {tool}.real "$@"\\n' > {tool} && chmod 755 {tool}
"""
BACKUP, SERVER = "/usr/bin/mariadb-backup", "/usr/sbin/mariadbd"
Wrap = Callable[[str, str, str], str]


@pytest.fixture
def wrap(production: Production) -> Iterator[Wrap]:
    """Make an image of the server's version in which a tool does something else where its arguments have a word."""
    made: list[str] = []

    def make(tool: str, word: str, act: str) -> str:
        tag = f"{LABEL}-test-wrapped:{secrets.token_hex(4)}"
        text = _WRAPPED.format(image=IMAGE, tool=tool, word=word, act=act)
        production.client.images.build(fileobj=io.BytesIO(text.encode()), tag=tag, rm=True, forcerm=True)
        made.append(tag)
        return tag

    yield make
    for tag in made:
        production.client.images.remove(tag, force=True)


def test_files_that_cannot_be_prepared_are_told_and_gone(production: Production, tmp_path: Path, wrap: Wrap) -> None:
    image = wrap(BACKUP, "--prepare", 'echo "[FATAL ERROR] no such redo log" >&2; exit 1')
    done = thing(production.describe(tmp_path, container=production.made.name, image=image), "snapshot", "take")
    done.refused(SnapshotFailed, "preparing ", "no such redo log")
    assert folders(tmp_path / "cloud.yaml") == []
    assert production.left(tmp_path) == []


@pytest.mark.parametrize(("tool", "word"), [(BACKUP, "--prepare"), (SERVER, "--innodb-read-only")])
def test_what_hangs_beside_can_be_interrupted(production: Production, tmp_path: Path, wrap: Wrap, tool: str, word: str) -> None:
    image = wrap(tool, word, "exec sleep 600")
    cloud = production.describe(tmp_path, container=production.made.name, image=image)
    with started(cloud, "snapshot", "take") as process:
        deadline = time.monotonic() + 60
        while not hangs(production, image):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        os.kill(process.pid, signal.SIGINT)
        began = time.monotonic()
        done = ended(process)
    assert done.code == 130, done.err
    assert time.monotonic() - began < 30
    assert folders(cloud) == []
    assert production.left(tmp_path) == []


def hangs(production: Production, image: str) -> bool:
    """Say whether what was wrapped has begun to hang."""
    wanted = production.client.images.get(image).id
    found = [one for one in production.client.containers.list(ignore_removed=True) if one.attrs["Image"] == wanted]
    return any("sleep 600" in words for one in found for words in at_work_in(one))


def at_work_in(container: Container) -> list[str]:
    """Name the processes of a container; none where it ended meanwhile."""
    try:
        return [" ".join(process) for process in container.top()["Processes"] or ()]
    except docker.errors.APIError:
        return []
