"""A real web server in threads on this machine, that answers as a test says: well, wrongly, slowly, in part."""

import http.server
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

Handler = http.server.BaseHTTPRequestHandler
Act = Callable[["Handler"], None]


@dataclass
class Web:
    """Paths and what is done when they are asked for; `asked` are the requests as they came: method, path, body."""

    url: str
    acts: dict[str, Act] = field(default_factory=dict)
    asked: list[tuple[str, str, bytes]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


def answer(status: int = 200, body: bytes | str = b"", **headers: str) -> Act:
    """Answer with this; header names are given with `_` for `-`."""
    said = body.encode() if isinstance(body, str) else body

    def act(handler: Handler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(said)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(said)

    return act


def drip(piece: bytes, every: float, times: int) -> Act:
    """Say a status at once, and then a little at a time: no single wait is long."""

    def act(handler: Handler) -> None:
        handler.send_response(200)
        handler.end_headers()
        for _ in range(times):
            handler.wfile.write(piece)
            time.sleep(every)

    return act


@contextmanager
def serve(tls: Path | None = None) -> Iterator[Web]:
    """Serve at a free port of the loopback address; with `tls`, a folder with cert.pem and key.pem, over TLS."""

    class Answering(Handler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            web.asked.append((self.command, self.path, body))
            web.headers.append({name.lower(): value for name, value in self.headers.items()})
            try:
                web.acts.get(self.path, answer(404))(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True

        do_GET = do_POST = do_DELETE = answer  # noqa: N815  # the library's names

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        # Who hangs up is a test's business.
        def handle_error(self, *_: object) -> None:
            pass

    with Server(("127.0.0.1", 0), Answering) as server:
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls / "cert.pem", tls / "key.pem")
            server.socket = context.wrap_socket(server.socket, server_side=True)
        web = Web(f"{'https' if tls else 'http'}://localhost:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield web
        finally:
            server.shutdown()
            thread.join()
