"""The relay as it runs: a process of its own, given routes."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.containers import relay

SCRIPT = Path(relay.__file__).read_text(encoding="utf-8")


@pytest.fixture
def server() -> Iterator[int]:
    """Something that says back in capitals what it is told; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            while True:
                try:
                    told, _ = listening.accept()
                except OSError:
                    return
                with told:
                    while text := told.recv(1024):
                        told.sendall(text.upper())

        thread = threading.Thread(target=answer)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@contextmanager
def relaying(*routes: str) -> Iterator[None]:
    with subprocess.Popen([sys.executable, "-IS", "-c", SCRIPT, *routes]) as process:
        try:
            for route in routes:
                while process.poll() is None and not _listens(int(route.partition(":")[0])):
                    continue
            assert process.poll() is None
            yield
        finally:
            process.kill()


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def ask(host: str, port: int) -> bytes:
    with socket.create_connection((host, port), 5) as one:
        one.sendall(b"hello")
        return one.recv(1024)


def test_every_route_leads_to_the_server(server: int) -> None:
    ports = free_ports(2)
    with relaying(*(f"{port}:localhost:{server}" for port in ports)):
        assert [ask("127.0.0.1", port) for port in ports] == [b"HELLO", b"HELLO"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.4.5.6", "::1"])
def test_it_answers_at_every_address_of_its_machine(server: int, host: str) -> None:
    if ":" in host and not Path("/proc/net/if_inet6").is_file():
        pytest.skip("this machine has no IPv6")
    (port,) = free_ports(1)
    with relaying(f"{port}:127.0.0.1:{server}"):
        assert ask(host, port) == b"HELLO"


def test_a_server_that_is_not_there_is_an_end_and_not_a_wait() -> None:
    port, nobody = free_ports(2)
    with relaying(f"{port}:127.0.0.1:{nobody}"), socket.create_connection(("127.0.0.1", port), 5) as one:
        assert one.recv(1024) == b""
