"""Where a target is: its name resolved at the start, and again after failures, while beats go on."""

import asyncio
import socket
from typing import Any
from urllib.parse import urlsplit

from runner.errors import WatchFailed

Place = tuple[socket.AddressFamily, tuple[Any, ...]]
"""A family, and an address as sockets of it take it."""

PAUSE = 1.0
"""Seconds between two questions to the resolver."""


def split_address(given: str) -> tuple[str, int]:
    """Split `host:port`, `[::1]:port` too.

    Raises:
        WatchFailed: it is not of that form.
    """
    try:
        parts = urlsplit(f"//{given}")
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = None, None, None
    if not parts or not host or not port or parts.path or "@" in given:
        raise WatchFailed(f"{given!r} is no host:port")
    return host, port


class Address:
    """A host and a port. What a name stands for is kept until a beat fails."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._places: tuple[Place, ...] = ()
        self._asking: asyncio.Task[str | None] | None = None
        self._asked = -PAUSE

    async def places(self) -> tuple[Place, ...]:
        """Say where it is, the likeliest place first.

        Raises:
            OSError: its name is not known.
        """
        if not self._places:
            # A beat that runs out of time does not end the question: the next one waits for the same answer.
            fault = await asyncio.shield(self._asking or self._ask())
            if not self._places:
                raise OSError(None, f"name not resolved: {fault}")
        return self._places

    def suspect(self) -> None:
        """Take notice of a beat that failed: try the next place first, and have the name resolved again."""
        self._places = (*self._places[1:], *self._places[:1])
        if self._asking is None and asyncio.get_running_loop().time() - self._asked >= PAUSE:
            self._ask()

    async def connect(self) -> socket.socket:
        """Connect a stream to the first place that takes one. A failure is taken notice of.

        Raises:
            OSError: none does; what the last one said.
        """
        try:
            return await _connect_first(await self.places())
        except (OSError, asyncio.CancelledError):
            self.suspect()
            raise

    def _ask(self) -> "asyncio.Task[str | None]":
        self._asking = asyncio.create_task(self._resolve())
        return self._asking

    async def _resolve(self) -> str | None:
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        except OSError as error:
            return (error.strerror or str(error)).lower()
        else:
            self._places = tuple((socket.AddressFamily(family), tuple(place)) for family, _, _, _, place in found)
            return None
        finally:
            self._asked = loop.time()
            self._asking = None


async def _connect_first(places: tuple[Place, ...]) -> socket.socket:
    loop = asyncio.get_running_loop()
    fault = OSError(None, "no address")
    for family, place in places:
        stream = socket.socket(family, socket.SOCK_STREAM)
        stream.setblocking(False)
        try:
            await loop.sock_connect(stream, place)
        except OSError as error:
            stream.close()
            fault = error
        except BaseException:
            stream.close()
            raise
        else:
            return stream
    raise fault
