"""Put back in place: a snapshot's data directory takes the place of a server's on our engine, by renames on its own volume.

What is where is told by the data directory itself (inside/put_back.py), so that whoever comes after a crash can go on or back.
"""

import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from runner.containers.hosted_server import HostedServer, find_hosted_server
from runner.containers.leftovers import remove_containers
from runner.containers.tool import Ended, Tool, at_work, say_end
from runner.containers.workbench import bind
from runner.errors import DiskFull, RestoreFailed, SnapshotBroken, SnapshotForeign, ThingAMeError
from runner.planning.snapshot import SnapshotManifest, StoredFile, Taken, compare_files
from runner.snapshots.method import Bench, progress
from runner.snapshots.origin import demand_image
from runner.snapshots.pack import HERE, labels, script
from runner.snapshots.restore import RESTORE_LABEL
from runner.snapshots.shelf import Place

_SERVER = "/server"
_SHOWN = 20


@dataclass(frozen=True)
class Left:
    """Where a restore of this server's data directory is; `phase` is empty where there is none.

    `policy` is the engine's restart policy for the container before, `ran` whether it ran then.
    """

    phase: str
    snapshot: str = ""
    policy: Mapping[str, Any] | None = None
    ran: bool = True


@dataclass(frozen=True)
class InPlace:
    """A snapshot, and the server whose data directory it is to become."""

    bench: Bench
    place: Place
    hosted: HostedServer

    def look(self) -> Left:
        """Say where an earlier restore was left; what it still had at work is ended.

        Raises:
            RestoreFailed: it cannot be told.
            EngineRefused, EngineMissing
        """
        remove_containers(self.bench.client, {RESTORE_LABEL: self.hosted.volume})
        return self._act("look")

    def copy(self, manifest: SnapshotManifest, left: Left) -> None:
        """Copy the snapshot's data beside the server's own, hash what is read, and vouch for the copy.

        Raises:
            SnapshotBroken: they are not what was proven.
            DiskFull, RestoreFailed, EngineRefused, EngineMissing: as after every failure, nothing is left of the copy.
        """
        try:
            self._copy(manifest, left)
            self._act("vouch")
        except BaseException:
            with suppress(ThingAMeError):
                self._act("back")
            raise

    def _copy(self, manifest: SnapshotManifest, left: Left) -> None:
        facts = json.dumps({"snapshot": self.place.id, "policy": left.policy, "ran": left.ran})
        told, clock = progress(self.bench, self.place, "copying", manifest.data_bytes), time.monotonic()
        found: list[StoredFile] = []
        tool = self._tool("copy", facts, f"{HERE}/{self.place.data.name}", manifest.taken.origin.owner)
        with at_work(self.bench.engine, tool, f"copying {self.place.id}") as work:
            for answer in work.answers():
                if "sha256" in answer:
                    found.append(StoredFile(name=answer["name"], size=answer["size"], sha256=answer["sha256"]))
                    told(sum(file.size for file in found), time.monotonic() - clock)
            ended = work.end()
        if ended.exit_code:
            raise self._explain(ended)
        if faults := compare_files(manifest.data, tuple(found)):
            more = f"; and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
            raise SnapshotBroken(f"{self.place.id}: {'; '.join(faults[:_SHOWN])}{more}")

    def swap(self) -> None:
        """Take the copy to its place; the server must be down.

        Raises:
            RestoreFailed, EngineRefused, EngineMissing
        """
        self._act("forward")

    def go_back(self, kept: str = "") -> None:
        """Have the server's own files where they were, from wherever a restore is; the server must be down.

        What takes their place now is removed; with `kept` it stays under that name.

        Raises:
            RestoreFailed, EngineRefused, EngineMissing
        """
        self._act("back", *filter(None, (kept,)))

    def finish(self, kept: str) -> None:
        """Remove what was moved aside; with `kept` it stays under that name."""
        self._act("finish", *filter(None, (kept,)))

    def _act(self, *arguments: str) -> Left:
        with at_work(self.bench.engine, self._tool(*arguments), f"putting {self.place.id} back") as work:
            answers = list(work.answers())
            ended = work.end()
        if ended.exit_code:
            raise self._explain(ended)
        return Left(**answers[-1])

    def _explain(self, ended: Ended) -> DiskFull | RestoreFailed:
        words = f"{self.place.id} in {self.hosted.name}: {say_end(ended)}"
        if "No space left" in ended.words:
            return DiskFull(words, hint="the old data stay beside the new ones until these are proven: free some space there")
        return RestoreFailed(words)

    def _tool(self, command: str, *arguments: str) -> Tool:
        return Tool(
            image=self.bench.tools,
            argv=(*script("put_back"), command, f"{_SERVER}/{self.hosted.home}", *arguments),
            labels={**labels(self.place), RESTORE_LABEL: self.hosted.volume},
            rights=("CHOWN", "DAC_OVERRIDE", "FOWNER"),
            mounts=(self.hosted.mount(_SERVER), bind(self.place.folder, HERE, read_only=True)),
        )


def in_place(bench: Bench, place: Place, taken: Taken, container: str) -> InPlace:
    """Demand that a container is the server that a snapshot was taken from, whether it runs or not.

    Raises:
        SnapshotForeign: it is another, of another version, or keeps its data in several folders.
        EngineRefused, EngineMissing
    """
    origin = taken.origin
    if origin.elsewhere:
        raise SnapshotForeign(f"the server keeps data outside {origin.datadir} too: {', '.join(origin.elsewhere)}")
    hosted = find_hosted_server(bench.client, container, origin.datadir or "/var/lib/mysql")
    hostname = origin.identity.partition("/")[0]
    if hosted.hostname != hostname and (not origin.volume or hosted.volume != origin.volume):
        raise SnapshotForeign(
            f"{place.id} was taken from {hostname} with its data on {origin.volume or 'a volume that was not noted'};"
            f" the container {container} is {hosted.hostname}, its data lie on {hosted.volume}"
        )
    if hosted.image != origin.image:
        demand_image(bench, hosted.image, origin.version)
    return InPlace(bench, place, hosted)
