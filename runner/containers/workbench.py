"""A workbench: short scripts on files that only root may touch, in a container without a network.

The runner need not be root, only in the engine's group; a database's files belong to the server's user.
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from docker.types import Mount

from runner.containers.client import Client, engine_errors
from runner.containers.leftovers import take_away
from runner.errors import DiskFull, EngineRefused

_RIGHTS = ["CHOWN", "DAC_OVERRIDE", "FOWNER"]
"""What it takes to keep the owner and mode of other people's files, and no more."""
NO_SPACE = 28
"""A script's exit code (ENOSPC) where it found out beforehand that there is too little room."""


@dataclass(frozen=True)
class Outcome:
    """How a script ended; `words` are its last line."""

    exit_code: int
    out: str
    words: str

    @property
    def is_disk_full(self) -> bool:
        return self.exit_code == NO_SPACE or "No space left on device" in self.words


@dataclass(frozen=True)
class Workbench:
    """Where scripts run: an image with a shell and GNU coreutils, and the labels of what is made for it."""

    client: Client
    image: str
    labels: Mapping[str, str]

    def run(self, script: str, *arguments: str, mounts: Sequence[Mount]) -> str:
        """Run a script, demand that it succeeds, and return what it printed.

        Raises:
            DiskFull, EngineRefused, EngineMissing
        """
        outcome = self.attempt(script, *arguments, mounts=mounts)
        if outcome.is_disk_full:
            raise DiskFull(outcome.words)
        if outcome.exit_code != 0:
            raise EngineRefused(f"a script on {', '.join(mount['Source'] for mount in mounts)} failed: {outcome.words}")
        return outcome.out

    def attempt(self, script: str, *arguments: str, mounts: Sequence[Mount]) -> Outcome:
        """Run a script to its end, however long it is silent.

        Raises:
            EngineRefused, EngineMissing: also when a mount cannot be made.
        """
        with engine_errors("working on a database's files"):
            container = self.client.containers.create(
                self.image,
                ["-euc", script, "workbench", *arguments],
                entrypoint="/bin/sh",
                user="0:0",
                cap_drop=["ALL"],
                cap_add=_RIGHTS,
                security_opt=["no-new-privileges"],
                read_only=True,
                network_mode="none",
                mounts=list(mounts),
                labels=dict(self.labels),
            )
            try:
                container.start()
                # Without a limit: copying may take an hour, and says nothing meanwhile.
                code = int(container.wait(timeout=None)["StatusCode"])
                out = container.logs(stdout=True, stderr=False).decode(errors="replace")
                err = container.logs(stdout=False, stderr=True).decode(errors="replace")
            finally:
                take_away(container)
        return Outcome(code, out.strip(), (err.strip().splitlines() or ["it said nothing"])[-1])

    def remove(self, *folders: Path) -> None:
        """Remove folders with all that is in them: by our own hand where we may, which saves most a container.

        Raises:
            EngineRefused, EngineMissing
        """
        for folder in folders:
            if not os.path.lexists(folder):
                continue
            try:
                shutil.rmtree(folder)
            except OSError:
                self.run('rm -rf -- "/place/$1"', folder.name, mounts=(bind(folder.parent, "/place"),))


def bind(folder: Path, at: str, *, read_only: bool = False) -> Mount:
    """Mount a folder of the engine's host."""
    return Mount(at, str(folder), type="bind", read_only=read_only)
