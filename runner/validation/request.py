"""One HTTP request: bounded in time and in size, no redirect followed, no proxy used."""

import contextlib
import http.client
import math
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from runner.errors import MissingFile

KEPT = 4 * 1024 * 1024
"""Bytes of an answer that are read; the rest is left where it is."""


class NoReplyError(Exception):
    """There was no whole answer. `late` says that it was too slow, and how much was waited."""

    def __init__(self, why: str, *, late: bool = False) -> None:
        super().__init__(why)
        self.late = late


@dataclass(frozen=True)
class Reply:
    """An answer. `cut` says that there was more than KEPT of it; header names are lower case."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    cut: bool
    seconds: float


def trust(ca: Path | None) -> ssl.SSLContext:
    """Whose certificates are believed: those of `ca`, or the system's.

    Raises:
        MissingFile: `ca` cannot be read, or holds no certificate.
    """
    try:
        return ssl.create_default_context(cafile=str(ca) if ca else None)
    except OSError as error:
        raise MissingFile(f"cannot read the certificates in {ca}: {error}") from error


def request(
    url: str,
    *,
    within: float,
    context: ssl.SSLContext,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Reply:
    """Ask once, and read the whole answer in `within` seconds.

    Raises:
        NoReplyError: nobody answered, not in time, not whole, or under another certificate.
    """
    clock = _Clock(within)
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        link = _connect(str(parts.hostname), parts.port or (443 if parts.scheme == "https" else 80), clock)
        with _Guard(link, clock) as guard:
            if parts.scheme == "https":
                # The handshake comes later, under the guard's eye.
                link = context.wrap_socket(link, server_hostname=parts.hostname, do_handshake_on_connect=False)
                guard.link = link
                link.do_handshake()
            # The name and the port go into the header Host; the connection is there already.
            connection = http.client.HTTPConnection(parts.netloc)
            connection.sock = link
            connection.request(method, target, body, {"Accept": "application/json, */*", **(headers or {})})
            with connection.getresponse() as answer:
                said = answer.read(KEPT + 1)
                if len(said) <= KEPT and answer.length:
                    raise http.client.IncompleteRead(said, answer.length)
    except (OSError, http.client.HTTPException, ValueError) as error:
        # Not as its cause: it may show what was sent.
        raise (_too_late(within) if clock.left <= 0 else NoReplyError(_in_words(error))) from None
    if clock.left <= 0:
        # What the guard cut off looks whole where nothing said how long it is.
        raise _too_late(within)
    named = {name.lower(): value for name, value in answer.getheaders()}
    return Reply(answer.status, named, said[:KEPT], len(said) > KEPT, clock.spent)


def _too_late(within: float) -> NoReplyError:
    return NoReplyError(f"no whole answer within {within:g} s", late=True)


def _connect(host: str, port: int, clock: "_Clock") -> socket.socket:
    """Try each address of a host, all of them together in time."""
    fault: OSError = OSError(f"{host} has no address")
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        link = socket.socket(family, kind, protocol)
        try:
            link.settimeout(max(clock.left, 0.001))
            link.connect(address)
        except OSError as error:
            link.close()
            fault = error
        else:
            return link
    raise fault


def _in_words(error: Exception) -> str:
    """Say why there was no answer, without a word of what was sent."""
    match error:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not believed: {error.verify_message}"
        case ssl.SSLError():
            return f"TLS failed: {error.reason or error}"
        case http.client.RemoteDisconnected() | http.client.IncompleteRead():
            return "closed before the answer's end"
        case http.client.HTTPException():
            return f"what answered does not speak HTTP ({type(error).__name__})"
        case OSError():
            return f"cannot be reached: {error.strerror or error}"
        case _:
            return f"cannot be asked: {type(error).__name__}"


class _Clock:
    def __init__(self, seconds: float) -> None:
        self._began = time.monotonic()
        self._seconds = seconds

    @property
    def spent(self) -> float:
        return time.monotonic() - self._began

    @property
    def left(self) -> float:
        return self._seconds - self.spent


class _Guard:
    """Cuts a connection off when the time is up: a timeout of a socket begins anew with every byte that arrives."""

    def __init__(self, link: socket.socket, clock: _Clock) -> None:
        self.link = link
        # Longer than the guard's own, so that it is the guard who decides.
        link.settimeout(None if math.isinf(clock.left) else max(clock.left, 0.0) + 1.0)
        self._timer = threading.Timer(max(clock.left, 0.0), self._cut)
        self._timer.daemon = True

    def _cut(self) -> None:
        with contextlib.suppress(OSError):
            self.link.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self.link.close()
