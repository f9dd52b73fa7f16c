"""Put back in place: a snapshot's data directory takes the place of a server's on our engine, by renames on its own volume."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runner.containers.hosted_server import HostedServer, find_hosted_server
from runner.containers.leftovers import remove_containers
from runner.containers.tool import Tool, at_work
from runner.containers.workbench import bind
from runner.errors import RestoreFailed, SnapshotForeign
from runner.planning.snapshot import SnapshotManifest, StoredFile, Taken
from runner.settings import Server
from runner.snapshots.method import Bench, progress
from runner.snapshots.origin import demand_image
from runner.snapshots.pack import HERE, RECYCLED, labels, script
from runner.snapshots.restore import RESTORE_LABEL
from runner.snapshots.seat import Left, demand_one_home, demand_whole, explain
from runner.snapshots.shelf import Place

_SERVER = "/server"


@dataclass(frozen=True)
class InPlace:
    """A snapshot, and the server whose data directory it is to become."""

    bench: Bench
    place: Place
    hosted: HostedServer

    @property
    def name(self) -> str:
        return self.hosted.name

    @property
    def hostname(self) -> str:
        return self.hosted.hostname

    @property
    def status(self) -> str:
        return self.hosted.status

    @property
    def policy(self) -> Mapping[str, Any]:
        """The engine's restart policy."""
        return self.hosted.policy

    def set_policy(self, policy: Mapping[str, Any]) -> None:
        self.hosted.set_policy(policy)

    def stop(self) -> None:
        self.hosted.stop()
        # Somebody may start it over and over; who else holds its files is asked where they are renamed.
        if (status := self.status) in ("running", "restarting", "paused"):
            raise RestoreFailed(f"{self.name} was stopped, and is {status} again")

    def start(self) -> None:
        self.hosted.start()

    def last_words(self) -> str:
        return self.hosted.last_words()

    def look(self) -> Left:
        remove_containers(self.bench.client, {RESTORE_LABEL: self.hosted.volume})
        return self.act("look")

    def fill(self, manifest: SnapshotManifest, left: Left) -> None:
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
            raise explain(self.place, self.name, ended)
        demand_whole(self.place, manifest, found)

    def act(self, command: str, *arguments: str) -> Left:
        with at_work(self.bench.engine, self._tool(command, *arguments), f"putting {self.place.id} back") as work:
            answers = list(work.answers())
            ended = work.end()
        if ended.exit_code:
            raise explain(self.place, self.name, ended)
        return Left(**answers[-1])

    def _tool(self, command: str, *arguments: str) -> Tool:
        return Tool(
            image=self.bench.tools,
            argv=(*script("put_back"), command, f"{_SERVER}/{self.hosted.home}", *arguments),
            labels={**labels(self.place), RESTORE_LABEL: self.hosted.volume},
            rights=("CHOWN", "DAC_OVERRIDE", "FOWNER"),
            memory=RECYCLED,
            mounts=(self.hosted.mount(_SERVER), bind(self.place.folder, HERE, read_only=True)),
        )


def in_place(bench: Bench, place: Place, taken: Taken, container: str, address: Server) -> InPlace:
    """Demand that a container is the server that a snapshot was taken from, whether it runs or not.

    Raises:
        SnapshotForeign: it is another, of another version, keeps its data in several folders, is not alone on their volume, or
            would be at another port than `address` tells when it is started again.
        EngineRefused, EngineMissing
    """
    origin = taken.origin
    hosted = find_hosted_server(bench.client, container, demand_one_home(origin))
    hostname = origin.identity.partition("/")[0]
    if hosted.hostname != hostname and (not origin.volume or hosted.volume != origin.volume):
        raise SnapshotForeign(
            f"{place.id} was taken from {hostname} with its data on {origin.volume or 'a volume that was not noted'};"
            f" the container {container} is {hosted.hostname}, its data lie on {hosted.volume}"
        )
    if address.port in hosted.fleeting_ports:
        raise SnapshotForeign(
            f"{address.host}:{address.port} (cloud.yaml) is a port that the engine chose for the container {container}:"
            " after a restart it would be at another, and nobody would find it",
            hint="publish it at a port of your choice, or have cloud.yaml name the container's own address",
        )
    if sharing := hosted.sharing(but=RESTORE_LABEL):
        raise SnapshotForeign(
            f"the data of {container} lie on {hosted.volume}, to which others that run may write: {', '.join(sharing)}",
            hint="stop them: nothing may be there but the server whose files are renamed",
        )
    if hosted.image != origin.image:
        demand_image(bench, hosted.image, origin.version)
    return InPlace(bench, place, hosted)
