"""A URL: it is asked with GET, and has to answer with a status below 500."""

import asyncio
import re
import ssl
from urllib.parse import urlsplit

from runner.errors import WatchFailed
from runner.watch.probes.address import Address
from runner.watch.probes.probe import Probe
from runner.window_settings import Watched, WatchSettings


class Http:
    """A minimal client: one connection a beat, of whose answer only the first line is read. Redirects are answers."""

    def __init__(self, address: Address, request: bytes, tls: ssl.SSLContext | None, host: str) -> None:
        self._address = address
        self._request = request
        self._tls = tls
        self._host = host

    async def beat(self) -> str | None:
        stream = await self._address.connect()
        name = self._host if self._tls else None
        reader, writer = await asyncio.open_connection(sock=stream, ssl=self._tls, server_hostname=name)
        try:
            writer.write(self._request)
            line = await reader.readline()
        except ValueError:
            return "the answer is not http"
        finally:
            # Not close(): over TLS it would wait for the other side.
            writer.transport.abort()
        if not line:
            return "closed without an answer"
        status = re.match(rb"HTTP/\d(?:\.\d)? (\d{3})\b", line)
        if not status:
            return "the answer is not http"
        return None if int(status[1]) < 500 else f"status {int(status[1])}"  # noqa: PLR2004


def prepare(watched: Watched, settings: WatchSettings) -> Probe:  # noqa: ARG001 - every kind's signature
    """Raises: WatchFailed where it is no URL of ours."""
    assert watched.http is not None, "it is of this kind"
    try:
        url = urlsplit(watched.http)
        port = url.port or {"http": 80, "https": 443}[url.scheme]
    except (ValueError, KeyError) as error:
        raise WatchFailed(f"{watched.http!r} is no http or https URL") from error
    if not url.hostname or not watched.http.isascii() or re.search(r"[\s\x00-\x1f]", watched.http):
        raise WatchFailed(f"{watched.http!r} is no http or https URL")
    if "@" in url.netloc:
        raise WatchFailed(f"the URL at {url.hostname} has a login in it; watch a page that needs none")
    query = f"?{url.query}" if url.query else ""
    lines = (
        f"GET {url.path or '/'}{query} HTTP/1.1",
        f"Host: {url.netloc}",
        "User-Agent: thing-a-me",
        "Connection: close",
        "",
        "",
    )
    tls = _any_certificate() if url.scheme == "https" else None
    return Http(Address(url.hostname, port), "\r\n".join(lines).encode(), tls, url.hostname)


def _any_certificate() -> ssl.SSLContext:
    """TLS without verification: the question is whether the way is open, and an expired certificate is no gap.

    Nothing secret is sent. Certificates are validation's to judge (`validate`, with its `ca`).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
