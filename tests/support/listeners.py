"""Listeners where something must not be reached: they count who comes."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import docker

LISTEN = """
import socket, sys, threading
def listen(port):
    server = socket.create_server(("", int(port)))
    while True:
        server.accept()[0].close()
        print("came", port, flush=True)
for port in sys.argv[1:]:
    threading.Thread(target=listen, args=(port,)).start()
print("listens", flush=True)
"""


def own_address() -> str:
    """This machine's address on its own network, where a cloud's virtual address would be."""
    route = subprocess.run(["ip", "-4", "-o", "route", "get", "203.0.113.1"], check=True, capture_output=True, text=True).stdout
    return route.partition(" src ")[2].split()[0]


def bridge_address() -> str:
    """This machine's address on the engine's default bridge; the engine itself does not always say."""
    words = ["ip", "-4", "-o", "addr", "show", "docker0"]
    shown = subprocess.run(words, check=True, capture_output=True, text=True).stdout.split()
    return shown[shown.index("inet") + 1].partition("/")[0]


@dataclass
class HostListener:
    """Listens on every address of this machine, at ports of its own."""

    ports: tuple[int, ...]
    came: list[int] = field(default_factory=list)


@contextmanager
def listen_here(number: int) -> Iterator[HostListener]:
    """Listen at `number` free ports; every connection is counted and closed."""
    doors = [socket.create_server(("0.0.0.0", 0)) for _ in range(number)]
    listener = HostListener(tuple(door.getsockname()[1] for door in doors))

    def listen(door: socket.socket) -> None:
        while True:
            try:
                door.accept()[0].close()
            except OSError:
                return
            listener.came.append(door.getsockname()[1])

    threads = [threading.Thread(target=listen, args=(door,)) for door in doors]
    for thread in threads:
        thread.start()
    try:
        yield listener
    finally:
        for door in doors:
            door.shutdown(socket.SHUT_RDWR)
            door.close()
        for thread in threads:
            thread.join()


@dataclass(frozen=True)
class ContainerListener:
    """Listens in a container on a network of its own, with a way to everywhere."""

    container: Any
    address: str
    ports: tuple[int, ...]

    @property
    def came(self) -> int:
        return str(self.container.logs().decode()).count("came")


@contextmanager
def listen_in_container(
    client: docker.DockerClient, name: str, image: str, ports: tuple[int, ...]
) -> Iterator[ContainerListener]:
    network = client.networks.create(name, driver="bridge")
    try:
        container = client.containers.run(
            image, ["python3", "-c", LISTEN, *map(str, ports)], entrypoint=[], name=name, network=name, detach=True
        )
        try:
            while b"listens" not in container.logs():
                container.reload()
                assert container.status != "exited", container.logs()
            container.reload()
            yield ContainerListener(container, container.attrs["NetworkSettings"]["Networks"][name]["IPAddress"], ports)
        finally:
            container.remove(force=True)
    finally:
        network.remove()
