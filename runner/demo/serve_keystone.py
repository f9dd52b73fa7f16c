"""Runs inside an image of any release: serves keystone's own WSGI application, each request in a thread.

The images hold no HTTP server but Python's own. The application finds its configuration itself, in /etc/keystone.
"""

import signal
import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

try:
    # The place since 2025.1; 2026.1 has no script of its own any more.
    from keystone.wsgi.api import application
except ModuleNotFoundError as error:
    if error.name not in {"keystone.wsgi", "keystone.wsgi.api"}:
        raise
    from keystone.server.wsgi import initialize_public_application

    application = initialize_public_application()

ADDRESS = ("0.0.0.0", 5000)  # noqa: S104  # of a container; the engine says who reaches it


class Server(ThreadingMixIn, WSGIServer):
    """Takes many at a time. At its end it answers those whose requests it has."""

    request_queue_size = 128


class Request(WSGIRequestHandler):
    """One request; who opens a connection and says nothing is not waited for."""

    timeout = 5


def serve() -> None:
    """Serve until SIGTERM, which a process with the number 1 has to ask for to be told."""
    with Server(ADDRESS, Request) as server:
        server.set_app(application)
        # `shutdown` waits for the loop that it ends, and a handler runs inside that loop.
        signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
        server.serve_forever(poll_interval=0.1)


if __name__ == "__main__":
    serve()
