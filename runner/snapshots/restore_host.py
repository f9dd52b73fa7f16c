"""Put back on another host: what `restore_physical.py` does on our engine is done by the operator's shell and commands."""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from runner.containers.leftovers import remove_containers
from runner.containers.tool import say_end
from runner.errors import HostUnfit, RestoreFailed, SnapshotForeign, ThingAMeError
from runner.mariadb.patience import PATIENCE
from runner.planning.snapshot import SnapshotManifest, StoredFile, Taken
from runner.settings import HostSettings
from runner.snapshots.archive import archiving
from runner.snapshots.host_shell import HostShell, program
from runner.snapshots.method import Bench, progress
from runner.snapshots.origin import numbers_of, told_version
from runner.snapshots.restore import RESTORE_LABEL
from runner.snapshots.seat import Left, demand_one_home, demand_whole, explain
from runner.snapshots.shelf import Place

_CUT_OFF = "unexpected end of data"
"""What is said over there where the fault is on this side."""
_READY = """PATH=$PATH:/usr/sbin:/usr/libexec
echo "user $(id -u)"
echo "python $(python3 -ISc 'import sys; print("%d.%d" % sys.version_info[:2])')"
echo "server $($(command -v mariadbd || command -v mysqld || echo :) --version)"
"""
_PYTHON = (3, 9)
_NOT_RUN = (126, 127)
"""Exit codes of a shell: the command may not be run, or is not there (POSIX, 2.8.2)."""
_SETTLING = 60.0
"""Seconds in which the server may become what a command that ended well said that it is."""


@dataclass(frozen=True)
class OnHost:
    """A snapshot, and the server on another host whose data directory it is to become.

    `name` is the host's own, `home` the data directory there.
    """

    bench: Bench
    place: Place
    commands: HostSettings
    shell: HostShell
    name: str
    home: str

    @property
    def hostname(self) -> str:
        return self.name

    @property
    def status(self) -> str:
        """`running` or `down`, as the operator's command says now.

        Raises:
            HostUnfit: the command cannot be run: could not tell is not no.
            HostUnreachable
        """
        ended = self.shell.run(self.commands.status)
        if ended.exit_code in _NOT_RUN:
            raise HostUnfit(f"snapshots.host.status on {self.name}: {say_end(ended)}")
        return "running" if ended.exit_code == 0 else "down"

    @property
    def policy(self) -> Mapping[str, Any]:
        """Nobody tells: a `stop` that lets nothing else start the server is the operator's."""
        return {}

    def set_policy(self, policy: Mapping[str, Any]) -> None:
        """Nothing: `start` allows again what `stop` forbade."""

    def stop(self) -> None:
        """Have the server stopped; down is what is said to be down, and whose files nobody holds.

        Raises:
            RestoreFailed: the command failed, or the server is still there.
            HostUnreachable, HostUnfit
        """
        ended = self.shell.run(self.commands.stop)
        if ended.exit_code:
            raise RestoreFailed(f"snapshots.host.stop on {self.name}: {say_end(ended)}")
        deadline = time.monotonic() + _SETTLING
        while (status := self.status) == "running" or (holder := self.holder()):
            if time.monotonic() > deadline:
                still = "snapshots.host.status says that it runs" if status == "running" else f"{holder} holds {self.home}"
                raise RestoreFailed(f"snapshots.host.stop ended well on {self.name}, and {still}")
            time.sleep(1)

    def start(self) -> None:
        """Have the server started; up is what is said to be up, and holds the files of this data directory.

        Raises:
            RestoreFailed: the command failed, or the server ended.
            HostUnreachable, HostUnfit
        """
        ended = self.shell.run(self.commands.start)
        if ended.exit_code:
            raise RestoreFailed(f"snapshots.host.start on {self.name}: {say_end(ended)}\n{self.last_words()}")
        began = time.monotonic()
        while (status := self.status) != "running" or not self.holder():
            waited = time.monotonic() - began
            if status != "running" and waited > _SETTLING:
                raise RestoreFailed(f"snapshots.host.start ended well on {self.name}, and it does not run: {self.last_words()}")
            if waited > PATIENCE:
                raise RestoreFailed(f"the server on {self.name} runs, and not on {self.home}: nobody holds its files")
            time.sleep(1)

    def last_words(self) -> str:
        """What `snapshots.host.log` prints; nothing of it is worth a failure of its own."""
        if not self.commands.log:
            return f"see its log on {self.name} (snapshots.host.log names a command that prints it)"
        with suppress(ThingAMeError):
            return "\n".join(self.shell.run(self.commands.log).words.splitlines()[-8:])
        return f"its log on {self.name} cannot be read"

    def holder(self) -> str:
        """Name the process that runs a server on the data directory; empty: none does."""
        return str(self._ask("who")[-1]["holder"])

    def look(self) -> Left:
        remove_containers(self.bench.client, {RESTORE_LABEL: self._label})
        return self.act("look")

    def fill(self, manifest: SnapshotManifest, left: Left) -> None:
        """Send program and data through one pipe, and demand that what arrived is what was proven."""
        facts = json.dumps({"snapshot": self.place.id, "policy": dict(left.policy or {}), "ran": left.ran})
        told, clock = progress(self.bench, self.place, "copying", manifest.data_bytes), time.monotonic()
        found: list[StoredFile] = []
        with archiving(self.bench, self.place, program(), {RESTORE_LABEL: self._label}) as (source, archived):
            with self.shell.feed(source, "receive", self.home, facts, str(manifest.data_bytes)) as work:
                # The shell has it now: where that ends, who writes into it has to be told.
                source.close()
                for answer in work.answers():
                    if "sha256" in answer:
                        found.append(StoredFile(**answer))
                    if "phase" not in answer:
                        told(sum(file.size for file in found) + answer.get("came", 0), time.monotonic() - clock)
                ended = work.end()
            sent = archived()
        if ended.exit_code:
            name, why = ("its own folder", sent) if _CUT_OFF in ended.words else (self.name, ended)
            raise explain(self.place, name, why)
        demand_whole(self.place, manifest, found)

    @property
    def _label(self) -> str:
        return f"{self.name}:{self.home}"

    def act(self, command: str, *arguments: str) -> Left:
        return Left(**self._ask(command, *arguments)[-1])

    def _ask(self, command: str, *arguments: str) -> list[Any]:
        answers, ended = self.shell.act(command, self.home, *arguments)
        if ended.exit_code:
            raise explain(self.place, self.name, ended)
        return answers


def on_host(bench: Bench, place: Place, taken: Taken, commands: HostSettings) -> OnHost:
    """Demand that a shell leads to the host that a snapshot was taken from, and that all is there that is needed.

    Raises:
        SnapshotForeign: it is another host, its server is of another version, or of another data directory.
        HostUnreachable, HostUnfit
    """
    home, shell = demand_one_home(taken.origin), HostShell(commands.shell)
    _demand_ready(shell, taken)
    answers, ended = shell.act("who", home)
    if ended.exit_code:
        raise HostUnfit(f"{home} on the host of snapshots.host: {say_end(ended)}")
    seat = OnHost(bench, place, commands, shell, answers[-1]["host"], home)
    if seat.name != (hostname := taken.origin.identity.partition("/")[0]):
        raise SnapshotForeign(f"{place.id} was taken from {hostname}; snapshots.host.shell leads to {seat.name}")
    status, holder = seat.status, answers[-1]["holder"]
    if (status == "running") != bool(holder):
        held = f"{holder} holds its files" if holder else "nobody holds its files"
        raise SnapshotForeign(f"snapshots.host.status says that the server on {seat.name} is {status}; {held} in {home}")
    return seat


def _demand_ready(shell: HostShell, taken: Taken) -> None:
    lines = shell.run(_READY).words.splitlines()
    facts = {name: value for name, _, value in (line.partition(" ") for line in lines)}
    if (user := facts.get("user")) != "0":
        raise HostUnfit(f"snapshots.host.shell leads to user {user}, and only root may do what is to be done there")
    python, needed = facts.get("python", ""), ".".join(map(str, _PYTHON))
    if tuple(map(int, python.split(".") if python else ())) < _PYTHON:
        raise HostUnfit(f"python3 {needed} or newer is needed on the host of snapshots.host; there is {python or 'none'}")
    # Where it is not where servers usually are, the server itself tells when it is asked.
    if (there := told_version(facts.get("server", ""))) and there != numbers_of(taken.origin.version):
        raise SnapshotForeign(f"{taken.snapshot} was taken from MariaDB {taken.origin.version}; the host has {there}")
