"""The relay: the one thing a step can reach. It passes connections on to the database server and to nothing else.

The stand-in runs it too, and passes on to the relay.

This file's text runs inside a container (`python3 -c`), so it imports nothing but the standard library.
"""

import asyncio
import socket
import sys


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy one direction until it ends, and tell the other side that it did."""
    try:
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def serve(listen: int, host: str, port: int) -> None:
    """Pass every connection to `listen` on to `host:port`.

    The name is resolved once, before we join the steps' network: there it may be one of our own names.
    """
    address = socket.gethostbyname(host)

    async def joined(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            up_reader, up_writer = await asyncio.open_connection(address, port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(pump(reader, up_writer), pump(up_reader, writer))

    # At every address, also at those that are taken on later.
    server = await asyncio.start_server(joined, None, listen)
    async with server:
        await server.serve_forever()


async def relay(routes: list[str]) -> None:
    """Serve all `listen:host:port` routes."""
    await asyncio.gather(*(serve(int(a), b, int(c)) for a, b, c in (route.split(":") for route in routes)))


if __name__ == "__main__":
    asyncio.run(relay(sys.argv[1:]))
