"""A server's twin: a container like its own, on a copy of data of its own, published on a port of its own."""

from pathlib import Path

from docker.types import Mount

from runner.containers.client import Client, engine_errors
from runner.containers.hosted_server import find_hosted_server
from runner.containers.throwaway import free_port
from runner.containers.workbench import Workbench, bind
from runner.settings import FromSteps

_DATA = "/var/lib/mysql"


def start_twin(
    client: Client, original: str, data: Path, name: str, *, image: str, labels: dict[str, str]
) -> tuple[int, FromSteps]:
    """Start a server on a copy of `data` that calls itself what `original` does.

    Returns its port on 127.0.0.1, which stays when it is stopped and started, and how steps reach it. `image` needs GNU
    coreutils. `remove_server` ends it.

    Raises:
        SnapshotForeign: there is no such container, or its data lie on no volume.
        EngineRefused, EngineMissing
    """
    like = find_hosted_server(client, original, _DATA)
    with engine_errors(f"starting the server {name}"):
        attributes = client.containers.get(original).attrs
        port, network = free_port(), next(iter(attributes["NetworkSettings"]["Networks"]))
        container = client.containers.create(
            like.image,
            command=attributes["Config"]["Cmd"],
            name=name,
            hostname=like.hostname,
            network=network,
            ports={"3306/tcp": ("127.0.0.1", port)},
            labels=labels,
        )
        volume = next(mount["Name"] for mount in container.attrs["Mounts"] if mount["Destination"] == _DATA)
        mounts = (bind(data, "/source", read_only=True), Mount("/target", volume, type="volume", no_copy=True))
        Workbench(client, image, labels).run("cp -a /source/. /target/", mounts=mounts)
        container.start()
    return port, FromSteps(host=name, network=network)
