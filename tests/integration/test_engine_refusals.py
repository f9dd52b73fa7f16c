"""Engines that are not there, or too old."""

import http.server
import json
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.errors import EngineMissing, EngineTooOld
from tests.support.clouds import SmallCloud
from tests.support.thing import MIGRATE, has_run, thing

pytestmark = [pytest.mark.engine, pytest.mark.images]


class _OldEngine(http.server.BaseHTTPRequestHandler):
    """Answers what docker-py asks first, as the engine of 2017 did."""

    def do_GET(self) -> None:
        body = json.dumps({"Version": "17.06.0-ce", "ApiVersion": "1.30", "MinAPIVersion": "1.12"}).encode()
        self.send_response(200 if self.path.endswith("/version") else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return "a unix socket has no address"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Say nothing."""


@pytest.fixture
def old_engine(tmp_path: Path) -> Iterator[str]:
    socket = tmp_path / "old.sock"
    with socketserver.ThreadingUnixStreamServer(str(socket), _OldEngine) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"unix://{socket}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("verb", [("plan", "--to", "2024.1"), ("check",), MIGRATE])
def test_no_engine_answers(cloud: SmallCloud, verb: tuple[str, ...]) -> None:
    cloud.rewrite(engine={"url": "unix:///nowhere/docker.sock"})

    thing(cloud, *verb).refused(EngineMissing, "unix:///nowhere/docker.sock", "systemctl start docker", "untouched")
    assert not has_run(cloud)


def test_inspect_does_without_an_engine(cloud: SmallCloud) -> None:
    cloud.rewrite(engine={"url": "unix:///nowhere/docker.sock"})

    done = thing(cloud, "inspect")

    assert done.code == 0, done.err
    assert "2023.1" in done.out


@pytest.mark.parametrize("verb", [("plan", "--to", "2024.1"), MIGRATE])
def test_an_engine_too_old(cloud: SmallCloud, old_engine: str, verb: tuple[str, ...]) -> None:
    cloud.rewrite(engine={"url": old_engine})

    thing(cloud, *verb).refused(EngineTooOld, "1.30", "1.41", "untouched")
    assert not has_run(cloud)
