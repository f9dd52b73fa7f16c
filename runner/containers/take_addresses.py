"""Give a container's loopback more addresses: it then answers at them itself, and no packet to them leaves it.

This file's text runs inside a container (`python3 -c`), so it imports nothing but the standard library. It needs the
capability NET_ADMIN. Messages and constants: rtnetlink(7) and linux/if_addr.h.
"""

import errno
import ipaddress
import os
import socket
import struct
import sys

_NEW_ADDRESS = 20
_FLAGS = 0x1 | 0x4 | 0x200 | 0x400
"""A request, to be answered, that adds and does not replace."""
_PERMANENT, _UNCHECKED = 0x80, 0x02
_HOST_SCOPE = 254
"""Never taken as the source of what leaves the container."""
_ADDRESS, _LOCAL = 1, 2


def request(address: str, number: int, device: int) -> bytes:
    """Make the message that adds an address, alone in its network, to a device."""
    parsed = ipaddress.ip_address(address)
    family = socket.AF_INET if parsed.version == 4 else socket.AF_INET6  # noqa: PLR2004
    body = struct.pack("=BBBBI", family, parsed.max_prefixlen, _PERMANENT | _UNCHECKED, _HOST_SCOPE, device)
    for kind in (_LOCAL, _ADDRESS):
        body += struct.pack("=HH", 4 + len(parsed.packed), kind) + parsed.packed
    return struct.pack("=IHHII", 16 + len(body), _NEW_ADDRESS, _FLAGS, number, 0) + body


def take(addresses: list[str]) -> None:
    """Add every address to the loopback; one that is there already is as good.

    Raises:
        OSError: in the kernel's words.
    """
    device = socket.if_nametoindex("lo")
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as kernel:
        for number, address in enumerate(addresses, start=1):
            kernel.send(request(address, number, device))
            (code,) = struct.unpack_from("=i", kernel.recv(4096), 16)
            if -code not in (0, errno.EEXIST):
                raise OSError(-code, os.strerror(-code), address)


if __name__ == "__main__":
    take(sys.argv[1:])
