"""The demo's night going wrong: a step is killed, or hangs until the last safe moment. The demo looks for itself."""

import json
import subprocess
import sys
from pathlib import Path

import docker
import pytest

THING = str(Path(sys.executable).with_name("thing-a-me"))
TABLES = 600
"""There are more."""


@pytest.mark.parametrize(
    ("asked", "by", "reason"),
    [
        (("--fail-at", "nova/2024.1/online@cell1"), "the runner", "nova/2024.1/online@cell1"),
        (("--overrun",), "the clock", "the last safe moment to turn back has passed"),
    ],
)
def test_everything_is_as_it_was_inside_the_window(tmp_path: Path, asked: tuple[str, ...], by: str, reason: str) -> None:
    words = [THING, "demo", *asked, "--json"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=1500, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)

    assert (told["outcome"], told["by"], told["gap"]) == ("turned back", by, 0)
    assert reason in told["reason"]
    assert told["seconds"] < told["length"]
    assert told["tables"] > TABLES
    assert told["keystone"].startswith("2023.1 answers; user-01 has a token for team-01")
    client = docker.DockerClient(base_url="unix:///var/run/docker.sock")
    assert not client.containers.list(all=True, ignore_removed=True, filters={"label": "thing-a-me.demo"})
    client.close()
