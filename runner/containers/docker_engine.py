"""One-shot containers on a Docker engine.

A one-shot has no root, no capabilities, no way to gain privileges, a read-only root file system and memory-backed
scratch space. Its files come over standard input (docs/decisions/files-over-stdin.md).
"""

import io
import posixpath
import tarfile
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import docker.errors
import requests.exceptions
from docker import APIClient
from docker.types import LogConfig

from runner.containers.client import connect, engine_errors
from runner.containers.engine import ETC, LABEL, NOT_BEGUN, Ended, OneShot
from runner.settings import EngineSettings

USER = 42424
"""The user every one-shot runs as, also in images that say otherwise."""

_SCRATCH = f"mode=0700,uid={USER},gid={USER}"
# tar takes an archive that ends between two files for a whole one: the last file says that nothing is missing.
_WHOLE = ".whole"
_UNPACK = f'umask 077; mkdir -p {ETC} && tar -xPf - -C {ETC} && test -e {ETC}/{_WHOLE} || exit {NOT_BEGUN}; exec "$@"'
_SILENCE_LIMIT = 20.0
"""Seconds one wait call may last; the wait itself has no limit, because a migration may be silent for an hour."""


class DockerEngine:
    """An `Engine` on Docker. Safe to use from several threads: each gets a connection of its own."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._of_thread = threading.local()

    @property
    def _api(self) -> APIClient:
        """This thread's connection: docker-py's is one HTTP session, which threads must not share."""
        if not hasattr(self._of_thread, "client"):
            self._of_thread.client = connect(self._settings)
        api: APIClient = self._of_thread.client.api
        return api

    def start(self, shot: OneShot) -> str:
        """Create and start the container, hand it its files, and return its id.

        The command begins only when all files have arrived: if this process dies before, the container ends with
        NOT_BEGUN, and nothing was done.

        Raises:
            EngineRefused, EngineMissing
        """
        with engine_errors(f"starting {' '.join(shot.argv[:2])}"):
            container = str(self._api.create_container(**self._description(shot))["Id"])
            try:
                stdin = self._api.attach_socket(container, params={"stdin": 1, "stream": 1})
                self._api.start(container)
                send_input(stdin, _pack(shot.files))
            except BaseException:
                self._api.remove_container(container, force=True, v=True)
                raise
        return container

    def _description(self, shot: OneShot) -> dict[str, object]:
        """Translate a one-shot into the engine's words."""
        host = self._api.create_host_config(
            cap_drop=["ALL"],
            security_opt=["no-new-privileges"],
            read_only=True,
            tmpfs={
                "/tmp": f"{_SCRATCH},size=512m",  # noqa: S108
                "/run/thing-a-me": f"{_SCRATCH},size=4m",
                **{posixpath.dirname(name): f"{_SCRATCH},size=4m" for name in shot.files if name.startswith("/")},
            },
            network_mode=shot.network or "none",
            mem_limit=shot.memory,
            pids_limit=512,
            log_config=LogConfig(type="json-file", config={"max-size": "64m"}),
        )
        return {
            "image": shot.image,
            # Entrypoint too, so that an image's own (Kolla's, for one) does not run first.
            "entrypoint": ["/bin/sh", "-c", _UNPACK, "one-shot"],
            "command": list(shot.argv),
            "user": f"{USER}:{USER}",
            "environment": {"HOME": "/tmp", "PYTHONUNBUFFERED": "1", **shot.environment},  # noqa: S108
            "labels": {LABEL: "step", **shot.labels},
            "stdin_open": True,
            "host_config": host,
        }

    def find(self, labels: Mapping[str, str]) -> str | None:
        with engine_errors("looking for a container"):
            wanted = [f"{name}={value}" for name, value in labels.items()]
            found = self._api.containers(all=True, filters={"label": wanted})
            for container in found:
                if container["State"] != "created":
                    return str(container["Id"])
                # Whoever made it died before it was started: waiting for it would be answered with exit code 0.
                self._api.remove_container(container["Id"], force=True, v=True)
        return None

    def wait(self, container: str, *, tick: Callable[[], None] | None = None) -> Ended:
        """Wait until it ends, however long it is silent; never judges by the end of its log.

        Raises:
            EngineRefused, EngineMissing: also when somebody removed the container.
        """
        with engine_errors(f"waiting for container {container[:12]}"):
            while True:
                try:
                    self._api.wait(container, timeout=1.0 if tick else _SILENCE_LIMIT)
                    break
                except (requests.exceptions.ReadTimeout, requests.exceptions.ConnectionError) as error:
                    if not _is_timeout(error):
                        raise
                if tick:
                    tick()
            state = self._api.inspect_container(container)["State"]
            log = bytes(self._api.logs(container, stdout=True, stderr=True))
        return Ended(int(state["ExitCode"]), log, oom=bool(state["OOMKilled"]), seconds=_seconds(state))

    def remove(self, container: str) -> None:
        with engine_errors(f"removing container {container[:12]}"):
            try:
                self._api.remove_container(container, force=True, v=True)
            except docker.errors.NotFound:
                return


def _seconds(state: Mapping[str, Any]) -> float:
    """How long it ran; a runner that adopts it was not there when it began."""
    began, ended = (datetime.fromisoformat(state[stamp]) for stamp in ("StartedAt", "FinishedAt"))
    return max(0.0, round((ended - began).total_seconds(), 3))


def _is_timeout(error: Exception) -> bool:
    """Tell a wait that lasted too long from an engine that went away; requests reports both alike."""
    return isinstance(error, requests.exceptions.ReadTimeout) or "timed out" in str(error).lower()


def _pack(files: Mapping[str, bytes]) -> bytes:
    """Make the archive that travels over standard input."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in (*files.items(), (_WHOLE, b"")):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode, entry.uid, entry.gid = len(content), 0o400, USER, USER
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def send_input(stdin: object, content: bytes) -> None:
    """Write everything and close our half, so that the reader sees the end. docker-py hands out a wrapped raw socket."""
    raw = getattr(stdin, "_sock", stdin)
    raw.sendall(content)  # type: ignore[attr-defined]  # a socket, in every transport docker-py has
    raw.shutdown(1)  # type: ignore[attr-defined]
    stdin.close()  # type: ignore[attr-defined]
    raw.close()  # type: ignore[attr-defined]  # docker-py's wrapper leaves the socket itself open
