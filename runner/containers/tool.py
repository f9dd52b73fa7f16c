"""A tool: one command in a container of its own, that is listened to while it works, and gone when the block ends.

A step is a one-shot (engine.py); this is for what is done to whole databases: packing, preparing, dumping.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import docker.errors
from docker.models.containers import Container
from docker.types import Mount

from runner.containers.client import connect, engine_errors
from runner.containers.docker_engine import send_input
from runner.containers.leftovers import take_away
from runner.containers.tarball import pack
from runner.errors import EngineRefused, ImageMissing
from runner.settings import EngineSettings

ETC = "/run/thing-a-me"
"""Where a tool finds its files; memory-backed, for its user alone."""

_WHOLE = ".whole"
_UNPACK = f'umask 077; tar -xf - -C {ETC} && test -e {ETC}/{_WHOLE} || exit 125; exec "$@"'
_SILENCE = 7 * 24 * 3600
"""Seconds that a tool may say nothing: a week, because a limit would end what only takes long."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """What is to be run. `files` (name -> content) travel over standard input into ETC; secrets go nowhere else.

    `user` is `uid:gid`; root has no rights beyond a user's but those of `rights` (capabilities). `volumes_from` is a
    container whose volumes are there too, read-only, at their places. `memory` is in bytes, and the kernel's cache of what it
    reads and writes counts.
    """

    image: str
    argv: tuple[str, ...]
    labels: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    user: str = "0:0"
    rights: tuple[str, ...] = ()
    network: str = "none"
    mounts: Sequence[Mount] = ()
    volumes_from: str | None = None
    memory: int = 2 * 1024**3


@dataclass(frozen=True)
class Ended:
    """How a tool ended: its exit code, and all it said on standard error."""

    exit_code: int
    words: str
    oom: bool = False


@dataclass(frozen=True)
class AtWork:
    """A tool that was begun. Belongs to one thread."""

    container: Container
    what: str

    def words(self) -> Iterator[str]:
        """What it says on standard error, line by line as it says it, until it ends."""
        yield from self._lines(stdout=False, stderr=True)

    def answers(self) -> Iterator[Any]:
        """What it says on standard output: one JSON object per line, as it says it."""
        for line in self._lines(stdout=True, stderr=False):
            yield json.loads(line)

    def end(self) -> Ended:
        """Wait for its end, however long it is silent.

        Raises:
            EngineRefused, EngineMissing: also when somebody removed it.
        """
        with engine_errors(self.what):
            self.container.wait(timeout=_SILENCE)
            self.container.reload()
            state = self.container.attrs["State"]
            words = self.container.logs(stdout=False, stderr=True).decode(errors="replace")
        return Ended(int(state["ExitCode"]), words, bool(state["OOMKilled"]))

    def _lines(self, *, stdout: bool, stderr: bool) -> Iterator[str]:
        rest = b""
        with engine_errors(self.what):
            log = self.container.logs(stream=True, follow=True, stdout=stdout, stderr=stderr)
            try:
                for chunk in log:
                    *lines, rest = (rest + chunk).split(b"\n")
                    yield from (line.decode(errors="replace") for line in lines)
            finally:
                # Who stops listening early would leave the connection open; one that has ended already cannot be closed.
                with suppress(OSError, docker.errors.DockerException):
                    log.close()
        if rest:
            yield rest.decode(errors="replace")


@contextmanager
def at_work(engine: EngineSettings, tool: Tool, what: str) -> Iterator[AtWork]:
    """Begin a tool, and remove it at the end of the block, whether it has ended or not.

    It has a connection to the engine of its own, so that one thread can listen to one tool. `what` says what it does.

    Raises:
        ImageMissing: there is no such image here.
        EngineRefused, EngineMissing
    """
    client = connect(engine)
    client.api.timeout = _SILENCE
    try:
        with engine_errors(what):
            container = _create(client, tool)
        try:
            with engine_errors(what):
                stdin = container.attach_socket(params={"stdin": 1, "stream": 1})
                container.start()
                send_input(stdin, pack({**tool.files, _WHOLE: b""}, mode=0o400))
            yield AtWork(container, what)
        finally:
            with engine_errors(what):
                # Never the volumes of another: where their container went away meanwhile, they would go with this one.
                take_away(container, volumes=tool.volumes_from is None)
    finally:
        client.close()


def run_tool(engine: EngineSettings, tool: Tool, what: str) -> list[Any]:
    """Run a tool to its end, and return what it answered.

    Raises:
        EngineRefused: it failed; its last words are in the message.
        ImageMissing, EngineMissing
    """
    with at_work(engine, tool, what) as work:
        answers = list(work.answers())
        demand_success(work.end(), what)
    return answers


def demand_success(ended: Ended, what: str) -> None:
    """Demand that a tool did what it was to do.

    Raises:
        EngineRefused: it failed; its last words are in the message.
    """
    if ended.exit_code != 0:
        raise EngineRefused(f"{what}: {say_end(ended)}")


def say_end(ended: Ended) -> str:
    """Say how a tool ended, by its last words."""
    killed = "the engine killed it for its memory; " if ended.oom else ""
    return f"{killed}exit code {ended.exit_code}: {(ended.words.strip().splitlines() or ['it said nothing'])[-1]}"


def _create(client: Any, tool: Tool) -> Container:
    uid, _, gid = tool.user.partition(":")
    home = f"mode=0700,uid={uid},gid={gid}"
    try:
        return client.containers.create(
            tool.image,
            ["-c", _UNPACK, "tool", *tool.argv],
            entrypoint="/bin/sh",
            user=tool.user,
            cap_drop=["ALL"],
            cap_add=list(tool.rights),
            security_opt=["no-new-privileges"],
            read_only=True,
            network_mode=tool.network,
            mounts=list(tool.mounts),
            volumes_from=[f"{tool.volumes_from}:ro"] if tool.volumes_from else None,
            tmpfs={ETC: f"{home},size=4m", "/tmp": f"{home},size=256m"},  # noqa: S108
            environment={"HOME": "/tmp", "PYTHONUNBUFFERED": "1"},  # noqa: S108
            mem_limit=tool.memory,
            pids_limit=512,
            stdin_open=True,
            labels=dict(tool.labels),
        )
    except docker.errors.ImageNotFound as error:
        raise ImageMissing(f"there is no image {tool.image} here") from error
