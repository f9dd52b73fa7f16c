"""A full rehearsal of all seven projects: what it does it does on clones, and nothing of it comes near production."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

import docker
import pytest

from runner.containers.claims import CLAIM_LABEL
from runner.containers.client import connect
from runner.containers.engine import LABEL
from runner.demo.night import TARGET, Stage, stage
from runner.events import Event, Note, silent
from runner.flows.clone import move_to
from runner.flows.images import open_workshop
from runner.flows.world import World, open_world
from runner.mariadb.connection import quote
from runner.settings import EngineSettings
from runner.snapshots.clone import Equipment, open_clone
from tests.support.copied import digest
from tests.support.listeners import ContainerListener, HostListener, listen_here, listen_in_container, own_address
from tests.support.mariadb import IMAGE
from tests.support.thing import Done, thing

pytestmark = [
    pytest.mark.engine,
    pytest.mark.images,
    pytest.mark.skipif(os.geteuid() != 0, reason="other users' files are made"),
]

IMAGE_OF_STEPS = "thing-a-me/2024.1:latest"
QUEUE = "rabbit://nova:secret@{}:{}/"
KNOCK = """
import socket, sys
for place in sys.argv[1:]:
    host, _, port = place.rpartition(":")
    socket.create_connection((host, int(port)), 5).close()
"""


@dataclass
class Story:
    """What was seen of a cloud whose clone went through the chain. What is numbered is a count."""

    came_at_first: int = 0
    came: int = 0
    before: dict[str, object] = field(default_factory=dict)
    after: dict[str, object] = field(default_factory=dict)
    files_before: str = ""
    files_after: str = ""
    stored_on_clone: list[str] = field(default_factory=list)
    stored_after: list[str] = field(default_factory=list)
    places: tuple[str, ...] = ()
    mended: Done = field(default_factory=lambda: Done(-1, "", ""))
    rehearsed: Done = field(default_factory=lambda: Done(-1, "", ""))
    claim: str = ""
    clones: list[Path] = field(default_factory=list)
    told: list[Event] = field(default_factory=list)


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    with closing(connect(EngineSettings())) as opened:
        yield opened


@pytest.fixture(scope="module")
def story(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder, name = tmp_path_factory.mktemp("clone"), f"{LABEL}-test-{token_hex(4)}"
    with ExitStack() as stack:
        made = stack.enter_context(stage(open_workshop(None, silent), name, folder, jobs=2))
        here = stack.enter_context(listen_here(2))
        there = stack.enter_context(listen_in_container(client, f"{name}-elsewhere", IMAGE_OF_STEPS, (3306, 5672)))
        yield tell_story(client, made, here, there)


def tell_story(client: docker.DockerClient, made: Stage, here: HostListener, there: ContainerListener) -> Story:
    own = own_address()
    databases = (f"{own}:{here.ports[0]}", f"{there.address}:{there.ports[0]}")
    queues = (f"{own}:{here.ports[1]}", f"{there.address}:{there.ports[1]}")
    story = Story(places=(*databases, *queues))
    with open_world(made.cloud) as world:
        lead_to_listeners(world, databases, queues)
        client.containers.run(
            IMAGE_OF_STEPS, ["python3", "-c", KNOCK, *story.places], entrypoint=[], network_mode="host", remove=True
        )
        story.came_at_first = len(here.came) + there.came
        story.mended = thing(made.cloud, "check", "--to", TARGET, "--fix", "cinder-purge")
        taken = thing(made.cloud, "snapshot", "take")
        assert taken.code == 0, taken.err
        (place,) = (one for one in world.cloud.snapshots.iterdir() if not one.name.startswith("."))
        story.files_before, story.before = digest(place / "data"), checksums(world)
        story.rehearsed = thing(made.cloud, "rehearse", "--to", TARGET, seconds=900)
        story.came = len(here.came) + there.came
        story.files_after, story.after = digest(place / "data"), checksums(world)
        story.stored_after = stored(world)
        with open_clone(client, place / "data", made.cloud.parent / ".clones", Equipment(image=IMAGE, tools=IMAGE)) as clone:
            story.stored_on_clone = stored(move_to(world, clone, tell=story.told.append))
            story.claim = clone.address.from_steps.host if clone.address.from_steps else ""
        story.clones = list((made.cloud.parent / ".clones").iterdir())
    return story


def lead_to_listeners(world: World, databases: tuple[str, ...], queues: tuple[str, ...]) -> None:
    """Let production's rows lead to the listeners, one cell to this machine, the others to the container."""
    rows = world.server.rows("SELECT id, database_connection FROM nova_api.cell_mappings ORDER BY id")
    for number, (key, url) in enumerate(rows):
        scheme, _, rest = str(url).partition("://")
        login, schema = rest.rpartition("@")[0], rest.rpartition("/")[2]
        world.server.execute(
            "UPDATE nova_api.cell_mappings SET database_connection = :url, transport_url = :queue WHERE id = :key",
            url=f"{scheme}://{login}@{databases[number % 2]}/{schema}",
            queue=QUEUE.format(*queues[number % 2].split(":")),
            key=key,
        )


def checksums(world: World) -> dict[str, object]:
    """A checksum of every table of the cloud."""
    schemas = [database.schema for database in world.cloud.databases]
    names = [f"{quote(s)}.{quote(str(t))}" for s in schemas for (t,) in world.server.rows(f"SHOW TABLES FROM {quote(s)}")]
    return dict(world.server.rows(f"CHECKSUM TABLE {', '.join(names)} EXTENDED"))


def stored(world: World) -> list[str]:
    rows = world.server.rows("SELECT database_connection, transport_url FROM nova_api.cell_mappings")
    return [str(url) for row in rows for url in row]


def test_what_stands_in_the_way_was_mended(story: Story) -> None:
    assert story.mended.code == 0, story.mended.err


def test_the_rehearsal_is_proved_and_sealed(story: Story) -> None:
    assert story.rehearsed.code == 0, story.rehearsed.err
    assert "sealed" in story.rehearsed.out


def test_nobody_knocks_where_production_is(story: Story) -> None:
    assert story.came_at_first == 4, "each listener hears who comes"
    assert story.came == story.came_at_first


def test_production_is_as_it_was(story: Story) -> None:
    assert len(story.before) > 200
    assert story.after == story.before
    assert all(any(place in url for place in story.places) for url in story.stored_after)


def test_the_snapshot_is_as_it_was(story: Story) -> None:
    assert story.files_after == story.files_before


def test_nothing_on_the_clone_names_production(story: Story) -> None:
    assert len(story.stored_on_clone) == 6
    assert not [url for url in story.stored_on_clone for place in story.places if place.partition(":")[0] in url]
    assert {url.partition("@")[2].partition("/")[0] for url in story.stored_on_clone} == {"database:3306", ""}


def test_the_way_of_copying_is_told(story: Story) -> None:
    notes = [event.text for event in story.told if isinstance(event, Note)]
    assert [note for note in notes if note.startswith("ready in ")]


def test_nothing_is_left(story: Story, client: docker.DockerClient) -> None:
    mine = {"label": f"{CLAIM_LABEL}={story.claim}"}
    containers, networks = (
        client.containers.list(all=True, ignore_removed=True, filters=mine),
        client.networks.list(filters=mine),
    )
    assert story.claim
    assert [one.name for one in (*containers, *networks, *client.volumes.list(filters=mine))] == []
    assert story.clones == []
