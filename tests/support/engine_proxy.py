"""A way to the real engine that can be cut: an engine that goes away, for one runner only."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ENGINE = "/var/run/docker.sock"


class EngineProxy:
    """Passes connections to `path` on to the engine, until it is cut."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.url = f"unix://{path}"
        self._connections: list[socket.socket] = []
        self._listener: socket.socket | None = None

    def open(self) -> None:
        """Listen, again where it was cut."""
        self.path.unlink(missing_ok=True)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(self.path))
        self._listener.listen(64)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self) -> None:
        """Close every connection and take no more."""
        self.path.unlink(missing_ok=True)
        for one in (self._listener, *self._connections):
            if one:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
        self._connections.clear()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect(ENGINE)
                self._connections += [client, engine]
                for source, sink in ((client, engine), (engine, client)):
                    threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


@contextmanager
def engine_proxy(folder: Path) -> Iterator[EngineProxy]:
    """Open a proxy; it is cut at the end."""
    proxy = EngineProxy(folder / "engine.sock")
    proxy.open()
    try:
        yield proxy
    finally:
        proxy.cut()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    """Copy one direction to its end. Half-closed connections stay half-closed: standard input ends so."""
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
