"""The floor of a rehearsal: a clone's files, and a server on them whenever one is needed."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.containers.claims import Claim, claim_clone
from runner.containers.client import connect
from runner.containers.clone_server import SLOW_LOG
from runner.containers.copies import Copy, copy_tree
from runner.containers.data_files import measure_schemas
from runner.events import Tell
from runner.flows.clone import move_to
from runner.flows.snapshot import cupboard_of
from runner.flows.world import World
from runner.planning.snapshot import SnapshotManifest
from runner.snapshots.clone import Equipment, start_clone
from runner.snapshots.method import Bench
from runner.snapshots.origin import image_for
from runner.snapshots.shelf import Place


@dataclass(frozen=True)
class Rehearsal:
    """What every rehearsal of a plan has in common. `world` is production's, and only read."""

    world: World
    place: Place
    manifest: SnapshotManifest
    bench: Bench
    image: str
    jobs: int
    tell: Tell

    @property
    def equipment(self) -> Equipment:
        origin = self.manifest.taken.origin
        return Equipment(image=self.image, tools=self.bench.tools, options=(*origin.options, *SLOW_LOG))


def rehearsal_of(world: World, place: Place, *, jobs: int, tell: Tell) -> Rehearsal:
    """Find out what a rehearsal on a snapshot works with, whose place we hold.

    Raises:
        SnapshotMissing, SnapshotBroken, ImageMissing, EngineRefused, EngineMissing
    """
    bench = cupboard_of(world.cloud, tell=tell).bench
    manifest = place.read_manifest()
    image = image_for(bench, manifest.taken, world.cloud.document.snapshots.image)
    return Rehearsal(world, place, manifest, bench, image, jobs, tell)


@dataclass(frozen=True)
class Floor:
    """One clone's files; a server is started on them for every phase, so that they can be copied in between."""

    rehearsal: Rehearsal
    claim: Claim
    copy: Copy

    @contextmanager
    def open(self) -> Iterator[World]:
        """Start the clone's server, and open the cloud on it; its files are settled when the block ends well."""
        world = self.rehearsal.world
        with start_clone(world.client, self.claim, self.copy, self.rehearsal.equipment, settle=True) as clone:
            yield move_to(world, clone, tell=self.rehearsal.tell)

    def measure(self, schemas: tuple[str, ...]) -> int:
        """Say how many bytes schemas have on the clone's disk; from any thread."""
        with closing(connect(self.rehearsal.world.cloud.document.engine)) as client:
            return measure_schemas(client, self.claim.name, schemas)


@contextmanager
def lay_floor(rehearsal: Rehearsal, data: Path) -> Iterator[Floor]:
    """Copy a data directory, the snapshot's or a checkpoint's, which stays as it is; nothing is left of the copy at the end.

    Raises:
        DiskFull, EngineRefused, EngineMissing
    """
    client = rehearsal.world.client
    with claim_clone(client) as claim:
        folder = rehearsal.place.clones / claim.name
        yield Floor(rehearsal, claim, copy_tree(client, claim, data, folder, image=rehearsal.equipment.tools))
