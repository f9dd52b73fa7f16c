"""Each kind of probe, on real sockets of this machine."""

import asyncio
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from runner.errors import WatchFailed
from runner.watch.probes import PROBES, CannotTell, Probe
from runner.watch.probes.address import Address, split_address
from runner.watch.probes.icmp import is_answer
from tests.support.watched import open_door, settings_of

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root's rights on sockets")


def prepared(**watched: object) -> Probe:
    settings = settings_of(t=watched)
    target = settings.targets["t"]
    return PROBES[target.kind].prepare(target, settings)


def beat(probe: Probe, timeout: float = 2.0) -> str | None:
    async def once() -> str | None:
        async with asyncio.timeout(timeout):
            return await probe.beat()

    return asyncio.run(once())


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_tcp_is_good_where_somebody_takes_the_connection(host: str) -> None:
    with open_door(host=host) as door:
        at = f"[{host}]:{door.port}" if ":" in host else f"{host}:{door.port}"
        probe = prepared(tcp=at)
        assert beat(probe) is None
        door.shut()
        with pytest.raises(ConnectionRefusedError):
            beat(probe)


def test_a_name_with_two_addresses_of_which_one_answers_is_good() -> None:
    with open_door() as door:
        assert beat(prepared(tcp=f"localhost:{door.port}")) is None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (OK, None),
        (b"HTTP/1.1 302 Found\r\n\r\n", None),
        (b"HTTP/1.0 401 Unauthorized\r\n\r\n", None),
        (b"HTTP/1.1 500 Internal Server Error\r\n\r\n", "status 500"),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", "status 503"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "the answer is not http"),
        (b"x" * 200_000, "the answer is not http"),
    ],
)
def test_http_is_good_below_500(answer: bytes, expected: str | None) -> None:
    with open_door(answer) as door:
        assert beat(prepared(http=f"http://127.0.0.1:{door.port}/a?b=c")) == expected


def test_http_that_accepts_and_never_answers_runs_out_of_time() -> None:
    with open_door() as door, pytest.raises(TimeoutError):
        beat(prepared(http=f"http://127.0.0.1:{door.port}"), timeout=0.3)


def test_https_to_who_speaks_no_tls_is_a_fault_of_its_own() -> None:
    with open_door(OK) as door, pytest.raises(OSError, match=r"(?i)ssl"):
        beat(prepared(http=f"https://127.0.0.1:{door.port}/"))


def test_https_with_a_certificate_that_nobody_vouches_for_is_good(certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as server, context.wrap_socket(server, server_side=True) as door:

        def answer() -> None:
            with door.accept()[0] as stream:
                stream.recv(4096)
                stream.sendall(OK)

        thread = threading.Thread(target=answer)
        thread.start()
        assert beat(prepared(http=f"https://127.0.0.1:{door.getsockname()[1]}/")) is None
        thread.join()


@as_root
@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_icmp_is_good_where_the_host_answers(host: str) -> None:
    assert beat(prepared(icmp=host)) is None


@as_root
@pytest.mark.parametrize("host", ["2001:db8::1", "no-such-host.invalid"])
def test_icmp_to_nobody_is_a_failure(host: str) -> None:
    with pytest.raises((TimeoutError, OSError)):
        beat(prepared(icmp=host))


def test_only_the_echo_of_its_own_bytes_is_an_answer() -> None:
    token, others = os.urandom(16), os.urandom(16)
    head = bytes([0x45]) + bytes(19)
    reply, request = bytes([0, 0, 0, 0, 0, 1, 0, 1]), bytes([8, 0, 0, 0, 0, 1, 0, 1])
    assert is_answer(socket.AF_INET, socket.SOCK_RAW, head + reply + token, token)
    assert not is_answer(socket.AF_INET, socket.SOCK_RAW, head + request + token, token)
    assert not is_answer(socket.AF_INET, socket.SOCK_RAW, head + reply + others, token)
    assert is_answer(socket.AF_INET, socket.SOCK_DGRAM, reply + token, token)
    assert is_answer(socket.AF_INET6, socket.SOCK_RAW, bytes([129]) + reply[1:] + token, token)
    assert not is_answer(socket.AF_INET, socket.SOCK_RAW, b"", token)


ASK_AS_NOBODY = """
import asyncio
from runner.errors import WatchFailed
from runner.watch.probes import icmp
from runner.window_settings import Watched, WatchSettings
watched = Watched(icmp="127.0.0.1")
try:
    probe = icmp.prepare(watched, WatchSettings(targets={"t": watched}))
    print(type(probe).__name__, asyncio.run(probe.beat()))
except WatchFailed as error:
    print(error.message)
"""


@as_root
@pytest.mark.parametrize(
    ("ping", "said"),
    [(None, "there is no `ping` command"), ("exit 0", "Commanded None"), ("exit 1", "Commanded exit code 1")],
)
def test_who_may_open_no_icmp_socket_uses_ping_where_there_is_one(ping: str | None, said: str, tmp_path: Path) -> None:
    house = Path(__file__).parents[3]
    (tmp_path / "runner").symlink_to(house / "runner")
    if ping:
        (tmp_path / "ping").write_text(f'#!/bin/sh\n[ "$*" = "-n -c 1 -W 1 127.0.0.1" ] || exit 9\n{ping}\n')
        (tmp_path / "ping").chmod(0o755)
    nobody = "import os, sys; os.setgid(65534); os.setgroups([]); os.setuid(65534)\n"
    path = f"{tmp_path}:{Path(shutil.which('sh') or '/bin/sh').parent}" if ping else str(tmp_path)
    # What is imported is imported as root: the checkout may lie where nobody else may look.
    script = ASK_AS_NOBODY.replace("watched = ", nobody + "watched = ", 1)
    for folder in takewhile(lambda one: one != Path(tempfile.gettempdir()), (tmp_path, *tmp_path.parents)):
        folder.chmod(0o755)
    found = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True, env={**os.environ, "PATH": path}, cwd=house
    )
    assert said in found.stdout


def test_a_command_is_good_with_exit_code_0_and_its_words_stay_with_it() -> None:
    assert beat(prepared(command="exit 0")) is None
    assert beat(prepared(command="echo secret; exit 255")) == "exit code 255"
    assert beat(prepared(command=("sleep", "5")), timeout=10) == "no answer within 0.5 s"


def test_a_command_that_is_gone_tells_nothing_of_its_target(tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    probe = prepared(command=(str(tool),))
    tool.unlink()
    with pytest.raises(CannotTell, match="cannot be begun"):
        beat(probe)


@pytest.mark.parametrize(
    "watched",
    [
        {"tcp": "host"},
        {"tcp": "host:port"},
        {"tcp": "host:99999"},
        {"tcp": ":80"},
        {"tcp": "user@host:80"},
        {"http": "ftp://host/"},
        {"http": "host:80"},
        {"http": "http://host/a b"},
        {"http": "http://host/\r\nX: y"},
        {"http": "http://user:secret@host/"},
        {"icmp": ""},
        {"icmp": "-f"},
        {"icmp": "a b"},
        {"command": ("no-such-command-here",)},
        {"command": ()},
    ],
)
def test_what_makes_no_sense_is_refused_beforehand(watched: dict[str, object]) -> None:
    """By cloud.yaml's own types, or by the probe; the first of them that knows it."""
    with pytest.raises((WatchFailed, ValidationError)):
        prepared(**watched)


@pytest.mark.parametrize(("given", "host", "port"), [("h:1", "h", 1), ("[::1]:80", "::1", 80), ("10.0.0.1:22", "10.0.0.1", 22)])
def test_an_address_is_a_host_and_a_port(given: str, host: str, port: int) -> None:
    assert split_address(given) == (host, port)


def test_a_name_is_resolved_again_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    async def fail_twice() -> None:
        loop = asyncio.get_running_loop()
        real = loop.getaddrinfo

        def listening(host: str, port: int, **named: int) -> Any:
            asked.append(host)
            return real(host, port, **named)

        monkeypatch.setattr(loop, "getaddrinfo", listening)
        address = Address("127.0.0.1", 1)
        for _ in range(3):
            with pytest.raises(ConnectionRefusedError):
                await address.connect()
        assert asked == ["127.0.0.1"]
        await asyncio.sleep(1.1)
        with pytest.raises(ConnectionRefusedError):
            await address.connect()
        await asyncio.sleep(0.1)
        assert asked == ["127.0.0.1", "127.0.0.1"]

    began = time.monotonic()
    asyncio.run(fail_twice())
    assert time.monotonic() - began < 5
