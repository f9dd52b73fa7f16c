"""Snapshots: take and prove one, list what there is, drop one."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from runner import events
from runner.containers.client import connect
from runner.containers.foundation import Site
from runner.containers.hosted_server import find_hosted_server
from runner.containers.release_image import ensure_mariadb_image
from runner.errors import SnapshotBusy
from runner.events import Tell
from runner.flows.away import away_from_production
from runner.flows.clone import clear_left_clones
from runner.flows.pinned import held_by_windows, rehearsed_last
from runner.flows.world import World, read_cloud_file
from runner.mariadb.clone_options import clone_options
from runner.mariadb.snapshot_source import SnapshotSource, demand_rights, read_source
from runner.planning.snapshot import Origin, SnapshotManifest
from runner.settings import Cloud
from runner.snapshots import physical, removal
from runner.snapshots.at_once import take_and_prove
from runner.snapshots.hold import change_shelf
from runner.snapshots.logical import Logical
from runner.snapshots.method import Bench, Method
from runner.snapshots.origin import (
    data_elsewhere,
    demand_container,
    demand_image,
    demand_same_cloud,
    image_for,
    mysql_of,
    owner_of,
)
from runner.snapshots.prove import prove
from runner.snapshots.shelf import Place, find_place
from runner.snapshots.space import demand_room
from runner.snapshots.take import Subject, take


@dataclass(frozen=True)
class Cupboard:
    """The cloud's snapshots, and what works on them. No database server is asked: it may be gone."""

    cloud: Cloud
    bench: Bench
    keep: int

    @property
    def databases(self) -> dict[str, str]:
        return {database.id: database.schema for database in self.cloud.databases}

    def find(self, name: str | None, *, proven: bool = False) -> Place:
        return find_place(self.cloud.snapshots, name, proven=proven)


def open_cupboard(file: Path, *, tell: Tell) -> Cupboard:
    """Read cloud.yaml, and connect to its engine.

    Raises:
        MissingFile, BadDocument, EngineMissing, EngineTooOld
    """
    cloud, _ = read_cloud_file(file)
    return cupboard_of(cloud, tell=tell)


def cupboard_of(cloud: Cloud, *, tell: Tell, keep: int | None = None) -> Cupboard:
    """Connect to the engine of a cloud, and have the image with our tools; `keep` comes before what cloud.yaml says."""
    client = connect(cloud.document.engine)
    tools = ensure_mariadb_image(client, Site(cloud.document.engine, cloud.build), tell)
    bench = Bench(
        client=client,
        engine=cloud.document.engine,
        tools=tools,
        tell=tell,
        jobs=cloud.jobs,
        recipients=cloud.document.snapshots.recipients,
        identity=cloud.identity(),
    )
    return Cupboard(cloud, bench, keep or cloud.document.snapshots.keep)


def take_snapshot(
    world: World, cupboard: Cupboard, *, only_take: bool, silenced: tuple[tuple[str, str], ...] = (), tell: Tell
) -> Place:
    """Take a snapshot of the cloud's server, and prove it unless told otherwise.

    `silenced` are the accounts (user, host) that a window has locked.

    Raises:
        what `take` and `prove` raise.
        RightsMissing, DiskFull, SnapshotForeign: found out before anything is begun.
    """
    only_read = away_from_production("production was only read: see that its server is up, and take it again")
    with only_read, _phases(tell, ("ask", "take") if only_take else ("ask", "take", "prove")) as phase:
        phase()
        source = read_source(world.server)
        settings = world.cloud.document.snapshots
        schemas = source.schemas if settings.way == "physical" else tuple(sorted(cupboard.databases.values()))
        demand_rights(world.server, source, schemas, physical=settings.way == "physical")
        _clear_left(cupboard)
        # The stream, at worst as big as it was; the directory that copies are made from; and a dump beside one of them.
        parts = (2 if settings.keeps_stream and not only_take else 1) + (settings.way == "logical")
        demand_room(world.cloud.snapshots, source.size * parts, "a snapshot")
        method, origin = _method(world, cupboard, source)
        phase()
        subject = Subject(world.server, origin, cupboard.databases, schemas, silenced)
        if only_take:
            return take(cupboard.bench, world.cloud.snapshots, method, subject)
        with _proving(cupboard):
            return take_and_prove(cupboard.bench, world.cloud.snapshots, method, subject, phase)


def prove_snapshot(cupboard: Cupboard, name: str | None, *, tell: Tell) -> SnapshotManifest:
    """Prove a snapshot that was only taken, or prove one again; the newest, if none is named.

    Raises:
        what `prove` raises.
        SnapshotForeign: it is of another cloud.
    """
    place = cupboard.find(name)
    taken = place.read_taken()
    demand_same_cloud(cupboard.databases, taken)
    demand_room(place.folder, 0 if place.data.exists() else taken.raw_bytes, "its proof")
    with _phases(tell, ("prove",)) as phase:
        phase()
        clear_left_clones(cupboard.bench.client, tell=cupboard.bench.tell)
        with _proving(cupboard, spare=place):
            image = image_for(cupboard.bench, taken, cupboard.cloud.document.snapshots.image)
            return prove(cupboard.bench, place, image)


def drop_snapshot(cupboard: Cupboard, name: str) -> str:
    """Drop a snapshot, or what is left of one; returns its id.

    Raises:
        SnapshotBusy: somebody uses it, or it is what a run would be turned back with.
        SnapshotMissing, EngineRefused, EngineMissing
    """
    place = cupboard.find(name)
    if run := held_by_windows(cupboard.cloud).get(place.id):
        raise SnapshotBusy(f"{place.id} is what run {run} would be turned back with")
    clear_left_clones(cupboard.bench.client, tell=cupboard.bench.tell)
    removal.drop(cupboard.bench, place)
    return place.id


@contextmanager
def _proving(cupboard: Cupboard, *, spare: Place | None = None) -> Iterator[None]:
    """Have no more snapshots after a proof than are to be kept."""
    yield
    pinned = {*held_by_windows(cupboard.cloud), *rehearsed_last(cupboard.cloud, datetime.now(UTC))}
    removal.keep_newest(cupboard.bench, cupboard.cloud.snapshots, cupboard.keep, spare=spare, pinned=pinned)


def _clear_left(cupboard: Cupboard) -> None:
    """Remove what takes and proofs of runners that died left: it needs the room."""
    clear_left_clones(cupboard.bench.client, tell=cupboard.bench.tell)
    with change_shelf(cupboard.cloud.snapshots):
        removal.remove_unfinished(cupboard.bench, cupboard.cloud.snapshots)


def _method(world: World, cupboard: Cupboard, source: SnapshotSource) -> tuple[Method, Origin]:
    """Choose the way that cloud.yaml names, and demand that it can work."""
    bench, settings = cupboard.bench, world.cloud.document.snapshots
    if settings.way == "logical":
        image = demand_image(bench, settings.image or bench.tools, source.facts.version)
        schemas = tuple(sorted(cupboard.databases.values()))
        address = world.cloud.address()
        method: Method = Logical(bench, world.server, address, world.cloud.password(), schemas, source.size)
        return method, _origin(source, image, mysql_of(bench, image))
    if settings.container:
        container = demand_container(bench, settings.container, source)
        with ThreadPoolExecutor(1) as pool:
            # Each question takes a container, and a container a third of a second.
            owned = pool.submit(owner_of, bench, container, source.facts.datadir)
            image = demand_image(bench, settings.image or container.image, source.facts.version)
            owner = owned.result()
        neighbour = physical.Neighbour(
            container=container.name,
            image=image,
            host=container.address,
            port=source.port,
            user=world.cloud.server.user,
            password=world.cloud.password(),
            tls=world.cloud.server.tls is not None,
        )
        writer = physical.beside(bench, neighbour)
        volume = find_hosted_server(bench.client, container.name, source.facts.datadir).volume
    else:
        image = demand_image(bench, settings.image or bench.tools, source.facts.version)
        writer = physical.by_command(settings.command or ())
        owner, volume = mysql_of(bench, image), ""
    method = physical.Physical(bench, source.size, writer, settings.keeps_stream)
    return method, _origin(source, image, owner, volume)


def _origin(source: SnapshotSource, image: str, owner: str, volume: str = "") -> Origin:
    return Origin(
        identity=source.facts.identity,
        version=source.facts.version,
        image=image,
        owner=owner,
        options=clone_options(source.variables),
        datadir=source.facts.datadir,
        volume=volume,
        elsewhere=data_elsewhere(source),
    )


@contextmanager
def _phases(tell: Tell, names: tuple[str, ...]) -> Iterator[Callable[[], None]]:
    """Tell of each phase as it is entered."""
    coming = iter(enumerate(names, 1))

    def enter() -> None:
        number, name = next(coming)
        tell(events.PhaseBegan(phase=name, number=number, of=len(names)))

    yield enter
