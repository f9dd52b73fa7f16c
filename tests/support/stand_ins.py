"""Two small images that differ in everything an image may say, networks, and a client that dies after so many requests."""

import io
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Any

import docker
import docker.errors
from docker.types import IPAMConfig, IPAMPool

OLD, NEW = (f"thing-a-me/test-stand-in:{age}-{os.getpid()}" for age in ("old", "new"))
"""Of this process alone: tests run side by side."""

_OLD = """
FROM thing-a-me/base-bookworm
LABEL thing-a-me=test release=2023.1 only-old=yes
ENV RELEASE=2023.1 ONLY_OLD=yes
WORKDIR /srv/old
USER 1001
VOLUME /var/lib/declared
EXPOSE 8774
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=1s --retries=2 CMD test -n "$ONLY_OLD"
CMD ["sleep", "1001"]
"""
_NEW = """
FROM thing-a-me/base-bookworm
LABEL thing-a-me=test release=2026.1 only-new=yes
ENV RELEASE=2026.1 ONLY_NEW=yes
WORKDIR /srv/new
USER 1002
VOLUME /var/lib/declared
VOLUME /var/lib/new-only
EXPOSE 8775
STOPSIGNAL SIGINT
HEALTHCHECK --interval=1s --retries=3 CMD test -n "$ONLY_NEW"
ENTRYPOINT ["/usr/bin/env", "STARTED_BY=new"]
CMD ["sleep", "1002"]
"""

Attributes = dict[str, Any]


@dataclass
class Yard:
    """Containers, networks and volumes of one test, gone after it. Every name begins with `prefix`."""

    client: docker.DockerClient
    prefix: str = field(default_factory=lambda: f"thing-a-me-stand-in-{token_hex(3)}")

    @property
    def name(self) -> str:
        return f"{self.prefix}-api"

    @property
    def kept(self) -> str:
        return f"{self.name}-before-run"

    def create(self, **options: Any) -> Attributes:
        """Create the service's container on the old image."""
        options = {"stop_signal": "SIGKILL", "name": self.name, "image": OLD} | options
        return self.inspect(self.client.containers.create(**options).name)

    def start(self, **options: Any) -> Attributes:
        self.create(**options)
        self.client.api.start(self.name)
        return self.inspect(self.name)

    def inspect(self, name: str) -> Attributes:
        found: Attributes = self.client.api.inspect_container(name)
        return found

    def is_there(self, name: str) -> bool:
        with suppress(docker.errors.NotFound):
            self.inspect(name)
            return True
        return False

    def image_of(self, container: Attributes) -> Attributes:
        found: Attributes = self.client.api.inspect_image(container["Image"])
        return found

    def run(self, *words: str, name: str | None = None, user: str = "0") -> str:
        """Run a command in a container and return what it says."""
        ended = self.client.containers.get(name or self.name).exec_run(list(words), user=user)
        said: str = ended.output.decode()
        assert ended.exit_code == 0, said
        return said.strip()

    def network(self, subnet: str) -> str:
        """Make a network with addresses to be had; `subnet` as 10.213.7."""
        name = f"{self.prefix}-{subnet}"
        pool = IPAMPool(subnet=f"{subnet}.0/24", gateway=f"{subnet}.1")
        self.client.networks.create(name, driver="bridge", ipam=IPAMConfig(pool_configs=[pool]))
        return name

    def containers(self) -> list[str]:
        return sorted(
            one.name for one in self.client.containers.list(all=True, ignore_removed=True, filters={"name": self.prefix})
        )

    def volumes(self) -> set[str]:
        return {one.name for one in self.client.volumes.list()}

    def image_id(self, image: str) -> str:
        return str(self.client.api.inspect_image(image)["Id"])

    def clear(self) -> None:
        for container in self.client.containers.list(all=True, ignore_removed=True, filters={"name": self.prefix}):
            volumes = [mount["Name"] for mount in container.attrs["Mounts"] if mount["Type"] == "volume"]
            container.remove(force=True, v=True)
            for volume in volumes:
                with suppress(docker.errors.APIError):
                    self.client.api.remove_volume(volume)
        for network in self.client.networks.list(names=[self.prefix]):
            network.remove()


def build_images(client: docker.DockerClient) -> Iterator[None]:
    for tag, dockerfile in ((OLD, _OLD), (NEW, _NEW)):
        client.images.build(fileobj=io.BytesIO(dockerfile.encode()), tag=tag, rm=True, forcerm=True)
    yield
    for tag in (OLD, NEW):
        client.images.remove(tag, force=True)


class Killed(BaseException):
    """The process ended here."""


def dying_client(after: int) -> docker.DockerClient:
    """Connect with a client whose process ends right after its `after`th request that changes something."""
    client = docker.from_env(version="1.41")
    changes = 0
    send = client.api.send

    def count(request: Any, **options: Any) -> Any:
        nonlocal changes
        answer = send(request, **options)
        if request.method != "GET":
            changes += 1
            if changes == after:
                raise Killed
        return answer

    client.api.send = count
    return client
