"""A host that answers to ICMP echo, IPv4 or IPv6: by a socket where one is permitted, otherwise by the `ping` command."""

import asyncio
import math
import os
import shutil
import socket
import struct
from contextlib import suppress

from runner.errors import WatchFailed
from runner.watch.probes.address import Address
from runner.watch.probes.command import Commanded
from runner.watch.probes.probe import Probe
from runner.window_settings import Watched, WatchSettings

_PROTOCOLS = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}
_ECHO = {socket.AF_INET: (8, 0), socket.AF_INET6: (128, 129)}
"""The types of a request and of its answer (RFC 792; RFC 4443)."""
_HEADER = struct.Struct("!BBHHH")


class Icmp:
    """One socket a beat, so that an answer that comes late is nobody's."""

    def __init__(self, address: Address, kind: socket.SocketKind) -> None:
        self._address = address
        self._kind = kind
        self._number = 0

    async def beat(self) -> str | None:
        try:
            family, place = (await self._address.places())[0]
            await self._ask(family, place)
        except (OSError, asyncio.CancelledError):
            self._address.suspect()
            raise
        return None

    async def _ask(self, family: socket.AddressFamily, place: tuple[object, ...]) -> None:
        loop = asyncio.get_running_loop()
        self._number = (self._number + 1) % 0x10000
        # No other pinger's answer has these bytes; the identifier is the kernel's own on a datagram socket.
        token = os.urandom(16)
        with socket.socket(family, self._kind, _PROTOCOLS[family]) as asking:
            asking.setblocking(False)
            asking.connect(place)
            await loop.sock_sendall(asking, _request(family, self._number, token))
            while not is_answer(family, self._kind, await loop.sock_recv(asking, 2048), token):
                pass


def prepare(watched: Watched, settings: WatchSettings) -> Probe:
    """Raises: WatchFailed where it is no host, or neither a socket is permitted nor `ping` there."""
    assert watched.icmp is not None, "it is of this kind"
    host = watched.icmp.strip("[]")
    if not host or host.startswith("-") or any(letter in host for letter in " /@"):
        raise WatchFailed(f"{watched.icmp!r} is no host")
    for kind in (socket.SOCK_DGRAM, socket.SOCK_RAW):
        with suppress(OSError), socket.socket(socket.AF_INET, kind, socket.IPPROTO_ICMP):
            return Icmp(Address(host, 0), kind)
    if shutil.which("ping") is None:
        raise WatchFailed(f"cannot ping {host}: ICMP sockets are not permitted to this user, and there is no `ping` command")
    return Commanded(("ping", "-n", "-c", "1", "-W", str(math.ceil(settings.timeout)), host), settings)


def is_answer(family: socket.AddressFamily, kind: socket.SocketKind, packet: bytes, token: bytes) -> bool:
    """Say whether a packet is the echo of this token. A raw socket hears others' answers too, and itself."""
    if kind == socket.SOCK_RAW and family == socket.AF_INET and packet:
        # Only here the kernel leaves the IP header on (raw(7)).
        packet = packet[4 * (packet[0] & 0x0F) :]
    return len(packet) > _HEADER.size and packet[0] == _ECHO[family][1] and packet[_HEADER.size :] == token


def _request(family: socket.AddressFamily, number: int, token: bytes) -> bytes:
    """Build an echo request. For IPv6 the kernel fills in the checksum (RFC 3542)."""
    kind, name = _ECHO[family][0], os.getpid() & 0xFFFF
    blank = _HEADER.pack(kind, 0, 0, name, number) + token
    total = sum(struct.unpack(f"!{len(blank) // 2}H", blank))
    total = (total >> 16) + (total & 0xFFFF)
    checksum = ~(total + (total >> 16)) & 0xFFFF
    return _HEADER.pack(kind, 0, checksum if family == socket.AF_INET else 0, name, number) + token
