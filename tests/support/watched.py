"""What the watch is tried on: a door on this machine that opens and shuts, and records to judge."""

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from runner.planning.gaps import Sight, WatchRecord, judge
from runner.watch.reading import read_watch
from runner.window_settings import WatchSettings


class Door:
    """A port on the loopback that answers what it is told to: nothing at all, or some bytes to whoever said something."""

    def __init__(self, answer: bytes = b"", host: str = "127.0.0.1") -> None:
        self._answer = answer
        self._host = host
        self._server: socket.socket | None = None
        self.port = 0
        self.open()

    def open(self) -> None:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        self._server = socket.create_server((self._host, self.port), family=family, backlog=128)
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, args=(self._server,))
        self._thread.start()

    def shut(self) -> None:
        assert self._server, "it is open"
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()
        self._server = None

    def _serve(self, server: socket.socket) -> None:
        kept = []
        while True:
            try:
                stream = server.accept()[0]
            except OSError:
                break
            if self._answer:
                with stream, suppress(OSError):
                    stream.recv(4096)
                    stream.sendall(self._answer)
            else:
                # Kept open, so that whoever waits for an answer waits.
                kept.append(stream)
                if len(kept) > 64:
                    kept.pop(0).close()
        for stream in kept:
            stream.close()


@contextmanager
def open_door(answer: bytes = b"", host: str = "127.0.0.1") -> Iterator[Door]:
    door = Door(answer, host)
    try:
        yield door
    finally:
        if door._server:
            door.shut()


def settings_of(every: float = 0.1, timeout: float = 0.5, **targets: dict[str, object]) -> WatchSettings:
    return settings_from(targets, every=every, timeout=timeout)


def settings_from(
    targets: Mapping[str, Mapping[str, object]], every: float = 0.1, timeout: float = 0.5, budget: float = 0.0
) -> WatchSettings:
    given = {"targets": targets, "every": every, "timeout": timeout, "budget": budget}
    return WatchSettings.model_validate(given, strict=False)


def wait_for(folder: Path, seen: Callable[[WatchRecord], bool], seconds: float = 20.0) -> WatchRecord:
    """Read until what was waited for is there."""
    deadline = time.monotonic() + seconds
    while not seen(record := read_watch(folder)):
        assert time.monotonic() < deadline, record
        time.sleep(0.05)
    return record


def sight(record: WatchRecord, target: str) -> Sight:
    return next(one for one in judge(record) if one.target == target)
