"""The demo's workload: what stands for an instance, and must never miss a beat whatever the control plane does."""

from collections.abc import Mapping
from dataclasses import dataclass

from runner.containers.client import Client
from runner.demo.live import await_answer, start_live

_INSIDE = 8000
_WORDS = ("python3", "-IS", "-m", "http.server", "--directory", "/srv", str(_INSIDE))


@dataclass(frozen=True, kw_only=True)
class Workload:
    """It answers over HTTP at `url`, over TCP at `address` (`host:port`); `name` is its container's."""

    name: str
    address: str
    url: str


def start_workload(client: Client, image: str, name: str, *, port: int, labels: Mapping[str, str]) -> Workload:
    """Start it, and wait until it answers. It is on no network of the cloud's; any image with a `python3` will do.

    Raises:
        ServiceRefused: it does not answer.
        EngineRefused, EngineMissing: also when there is a container of that name.
    """
    # Number 1 is told of SIGINT by Python; SIGTERM it would not hear of.
    start_live(client, image, name, words=_WORDS, port=port, inside=_INSIDE, labels=labels, stop_signal="SIGINT")
    address = f"127.0.0.1:{port}"
    url = f"http://{address}/"
    await_answer(client, name, url)
    return Workload(name=name, address=address, url=url)
