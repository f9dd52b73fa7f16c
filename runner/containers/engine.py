"""What we need of a container engine, and the values that cross that line."""

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

LABEL = "thing-a-me"
"""Every container, network, image and volume of ours carries this label; its value says what the thing is."""


@dataclass(frozen=True, kw_only=True)
class OneShot:
    """One command, run in one container to its end.

    `files` (name -> content) travel over standard input into a memory-backed directory, ETC, that only the command's
    user can read: they are in no argument list, environment, image, or file of the host. A name that begins with `/` is
    a place of its own, its directory memory-backed too. `argv` is literal. `network` is a network's name, or
    `container:NAME` for the network of a container that runs; with None there is none.
    """

    image: str
    argv: tuple[str, ...]
    network: str | None
    labels: Mapping[str, str]
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    environment: Mapping[str, str] = field(default_factory=dict)
    memory: int = 2 * 1024**3


NOT_BEGUN = 125
"""The exit code of a one-shot whose files never arrived whole: its command was not begun."""

ETC = "/run/thing-a-me/etc"
"""Where a one-shot finds its files."""


_NEEDED = frozenset(
    {"/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/media", "/mnt", "/opt", "/proc", "/root", "/run"}
    | {"/sbin", "/srv", "/sys", "/tmp", "/usr", "/usr/local", "/usr/local/share", "/usr/share", "/var", "/var/lib"}  # noqa: S108
)
_NEEDED_BELOW = tuple(
    f"/{one}/"
    for one in (
        *("bin", "dev", "lib", "lib64", "opt/openstack", "proc", "run/thing-a-me", "sbin", "sys", "usr/bin", "usr/lib"),
        *("usr/local/bin", "usr/local/lib", "usr/local/sbin", "usr/sbin", "var/lib/kolla/venv"),
    )
)


def has_room_for(name: str) -> bool:
    """Whether a one-shot can have a file of that name: its directory is covered, with all that the image has in it."""
    folder = posixpath.dirname(posixpath.normpath(name))
    if not name.startswith("/") or name.startswith("//") or folder in _NEEDED:
        return False
    return not f"{folder}/".startswith(_NEEDED_BELOW)


@dataclass(frozen=True)
class Ended:
    """How a one-shot ended. `oom` says that the engine killed it for its memory; `seconds` it ran, by the engine's clock."""

    exit_code: int
    log: bytes
    oom: bool = False
    seconds: float = 0.0


class Engine(Protocol):
    """Starts, adopts, waits for and removes one-shots; knows networks. Raises the 20s of `errors`."""

    def start(self, shot: OneShot) -> str:
        """Create and start the container, hand it its files, and return its id."""

    def find(self, labels: Mapping[str, str]) -> str | None:
        """Find a container, running or ended, by all of these labels; one that was never started is removed instead."""

    def wait(self, container: str, *, tick: Callable[[], None] | None = None) -> Ended:
        """Wait until it ends, however long it is silent; `tick` is called about once a second."""

    def remove(self, container: str) -> None:
        """Remove the container; one that is gone already is as good."""
