"""The demo cloud, put up by 2023.1's own commands on a real server, and filled."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from secrets import token_hex

import pytest

from runner.containers.client import Client, connect
from runner.containers.docker_engine import DockerEngine
from runner.containers.engine import ETC, Ended, OneShot
from runner.containers.release_image import resolve
from runner.containers.throwaway import remove_server, start_server
from runner.demo.counts import read_counts
from runner.demo.seed import fill
from runner.errors import QueryFailed
from runner.mariadb.connection import DatabaseServer, open_server
from runner.mariadb.patience import await_server
from runner.scratch.cloud import Ground, NewCloud, create_cloud
from runner.settings import EngineSettings, Server
from tests.support.mariadb import IMAGE

pytestmark = [pytest.mark.engine, pytest.mark.images]


@dataclass(frozen=True)
class Demo:
    """A cloud that stands and is filled."""

    cloud: NewCloud
    server: DatabaseServer
    address: Server
    network: str
    host: str
    client: Client


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with closing(connect(EngineSettings())) as client:
        yield from put_up(client)


def put_up(client: Client) -> Iterator[Demo]:
    name = f"thing-a-me-test-{token_hex(4)}"
    labels = {"thing-a-me.test": name}
    made = start_server(client, IMAGE, name, labels=labels, in_memory=True)
    try:
        address = Server(host="127.0.0.1", port=made.port, user="root", password_file="unused")
        await_server(address, made.password)
        with open_server(address, made.password) as server:
            network = str(made.from_steps.network)
            ground = Ground(
                engine=DockerEngine(EngineSettings()),
                server=server,
                image=resolve(client, "2023.1"),
                network=network,
                db_host=made.from_steps.host,
                labels=labels,
            )
            cloud = create_cloud(ground)
            fill(server)
            yield Demo(cloud, server, address, network, made.from_steps.host, client)
    finally:
        remove_server(client, name)


def test_it_holds_what_was_promised(demo: Demo) -> None:
    counts = read_counts(demo.server)
    assert (counts.instances, counts.volumes, counts.images, counts.stacks) == (305, 300, 300, 300)
    assert counts.ports == 320  # of instances, and of routers
    assert counts.soft_deleted == 4 * 50 + 20


def test_a_filled_cloud_is_not_filled_again(demo: Demo) -> None:
    with pytest.raises(QueryFailed, match="Duplicate entry"):
        fill(demo.server)


def test_every_service_can_log_in_and_sees_its_own_schemas_only(demo: Demo) -> None:
    for project, password in demo.cloud.passwords.items():
        own = demo.address.model_copy(update={"user": project})
        with open_server(own, password) as server:
            seen = {str(schema) for (schema,) in server.rows("SHOW DATABASES")} - {"information_schema"}
        assert seen
        assert all(schema == project or schema.startswith(f"{project}_") for schema in seen)


def test_nova_knows_its_cells_by_the_services_name_of_the_server(demo: Demo) -> None:
    urls = dict(demo.server.rows("SELECT name, database_connection FROM nova_api.cell_mappings ORDER BY id"))
    assert list(urls) == ["cell0", "cell1", "cell2"]
    for name, schema in (("cell0", "nova_cell0"), ("cell1", "nova"), ("cell2", "nova_cell2")):
        assert f"@{demo.host}/{schema}" in urls[name]


def test_glance_has_its_metadata_definitions(demo: Demo) -> None:
    assert demo.server.scalar("SELECT COUNT(*) FROM glance.metadef_namespaces") > 20


def test_keystone_was_bootstrapped_with_a_password_that_later_releases_accept(demo: Demo) -> None:
    hashes = {str(text) for (text,) in demo.server.rows("SELECT password_hash FROM keystone.password")}
    assert all(text.startswith("$2b$") for text in hashes)


def test_the_planted_trap_stops_cinder_at_2024_1_until_its_purge(demo: Demo) -> None:
    first = cinder(demo, "db", "sync")
    assert first.exit_code == 1
    assert b"Data truncated for column 'use_quota'" in first.log
    assert cinder(demo, "db", "purge", "1").exit_code == 0
    assert cinder(demo, "db", "sync").exit_code == 0
    assert demo.server.scalar("SELECT COUNT(*) FROM cinder.volumes") == 300


def cinder(demo: Demo, *command: str) -> Ended:
    """Run a command of 2024.1's cinder on the demo's database."""
    url = f"mysql+pymysql://cinder:{demo.cloud.passwords['cinder']}@{demo.host}/cinder"
    engine = DockerEngine(EngineSettings())
    container = engine.start(
        OneShot(
            image=resolve(demo.client, "2024.1"),
            argv=("cinder-manage", "--config-file", f"{ETC}/cinder.conf", *command),
            network=demo.network,
            labels={"thing-a-me.test": demo.host},
            files={"cinder.conf": f"[database]\nconnection = {url}\n".encode()},
        )
    )
    try:
        return engine.wait(container)
    finally:
        engine.remove(container)
