"""The lookout for secrets sees one that was planted: where it finds nothing, there is nothing."""

import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path

import docker
import pytest

from tests.support.canaries import Lookout
from tests.support.mariadb import IMAGE

pytestmark = pytest.mark.engine
PLANTED = "planted-canary-0815"


def test_what_is_planted_is_found_in_every_place_that_is_watched() -> None:
    lookout = Lookout({"planted": PLANTED, "not planted": "another-canary"})
    with (
        closing(docker.from_env(version="1.41")) as client,
        lookout.watching(client, Path(tempfile.gettempdir())),
        tempfile.NamedTemporaryFile("w") as file,
    ):
        file.write(PLANTED)
        file.flush()
        words = ["sh", "-c", "sleep 2", PLANTED]
        container = client.containers.run(
            IMAGE, ["sh", "-c", "echo $SECRET; sleep 2"], entrypoint="", environment={"SECRET": PLANTED}, detach=True
        )
        try:
            with subprocess.Popen(words, env={"SECRET": PLANTED, "PATH": "/usr/bin:/bin"}):
                time.sleep(1.5)
        finally:
            container.remove(force=True)
    places = {one.removeprefix("planted in ").rpartition(" ")[0] or one.removeprefix("planted in ") for one in lookout.found}
    assert {"arguments", "environment", "inspect", "logs", "temporary files"} <= places
    assert any(one.startswith("planted in process list") for one in lookout.found)
    assert not [one for one in lookout.found if one.startswith("not planted")]
