"""Secrets that must be nowhere: looked for while something runs, and in what it left."""

import json
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import docker
import docker.errors


class Lookout:
    """Looks into places for `secrets` (name -> secret); `seen` has what was looked at, `found` what was found where."""

    def __init__(self, secrets: Mapping[str, str]) -> None:
        self._secrets = {name: secret.encode() for name, secret in secrets.items()}
        self.seen: dict[str, int] = {}
        self.found: set[str] = set()

    def look(self, place: str, content: bytes | str, where: object = "") -> None:
        """Look at one thing."""
        data = content.encode() if isinstance(content, str) else content
        self.seen[place] = self.seen.get(place, 0) + bool(data)
        self.found.update(f"{name} in {place} {where}".rstrip() for name, secret in self._secrets.items() if secret in data)

    def look_below(self, place: str, folder: Path) -> None:
        """Look at every file of a folder."""
        # What is looked at while it is at work may be gone the next moment.
        with suppress(OSError):
            for path in folder.rglob("*"):
                with suppress(OSError):
                    if path.is_file() and not path.is_symlink():
                        self.look(place, path.read_bytes(), path)

    @contextmanager
    def watching(self, client: docker.DockerClient, temporary: Path) -> Iterator[None]:
        """Look at processes, containers and temporary files that come up within the block, again and again."""
        over, before = Event(), _processes()
        known = {path.name for path in temporary.iterdir()}

        def work() -> None:
            while not over.wait(0.03):
                self._look_at_processes(before)
                self._look_at_containers(client)
                self._look_at_temporary(path for path in temporary.iterdir() if path.name not in known)
                # A runner that leaves no temporary file at all was looked at as well.
                self.look("temporary files", "\n".join(path.name for path in temporary.iterdir()))

        thread = Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _look_at_temporary(self, paths: Iterable[Path]) -> None:
        for path in paths:
            with suppress(OSError):
                if path.is_dir():
                    self.look_below("temporary files", path)
                else:
                    self.look("temporary files", path.read_bytes(), path)

    def _look_at_processes(self, but: set[str]) -> None:
        for pid in _processes() - but - {str(os.getpid())}:
            with suppress(OSError):
                self.look("arguments", Path(f"/proc/{pid}/cmdline").read_bytes(), pid)
                self.look("environment", Path(f"/proc/{pid}/environ").read_bytes(), pid)
        listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, check=False).stdout
        self.look("process list", listed)

    def _look_at_containers(self, client: docker.DockerClient) -> None:
        with suppress(docker.errors.DockerException):
            for container in client.containers.list(all=True, ignore_removed=True):
                self.look("inspect", json.dumps(container.attrs), container.name)
                self.look("logs", container.logs(), container.name)


def _processes() -> set[str]:
    return {path.name for path in Path("/proc").iterdir() if path.name.isdigit()}


def look_at_images(lookout: Lookout, client: Any) -> None:
    """Look at what every image of ours says of itself and of its making."""
    for image in client.images.list():
        if any(tag.startswith("thing-a-me") for tag in image.tags):
            lookout.look("image", json.dumps(image.attrs) + json.dumps(image.history()), image.tags[0])
