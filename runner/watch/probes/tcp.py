"""A TCP address: a connection is made, and closed again."""

from runner.watch.probes.address import Address, split_address
from runner.watch.probes.probe import Probe
from runner.window_settings import Watched, WatchSettings


class Tcp:
    """Good is who takes the connection."""

    def __init__(self, address: Address) -> None:
        self._address = address

    async def beat(self) -> str | None:
        (await self._address.connect()).close()
        return None


def prepare(watched: Watched, settings: WatchSettings) -> Probe:  # noqa: ARG001 - every kind's signature
    """Raises: WatchFailed where it is no host:port."""
    assert watched.tcp is not None, "it is of this kind"
    return Tcp(Address(*split_address(watched.tcp)))
