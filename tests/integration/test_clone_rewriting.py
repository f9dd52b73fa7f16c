"""Stored URLs and accounts on a clone: they lead to it and let in from where its steps are; production's never change."""

import json
import os
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from secrets import token_hex

import docker
import pytest

from runner.containers.client import connect
from runner.containers.docker_engine import DockerEngine
from runner.containers.engine import LABEL, OneShot
from runner.containers.network import step_network
from runner.containers.throwaway import remove_server, start_server
from runner.errors import LoginRefused, QueryFailed
from runner.mariadb.clone_accounts import let_in
from runner.mariadb.clone_changes import keep, leave, take_back
from runner.mariadb.connection import DatabaseServer, open_server, quote
from runner.mariadb.patience import await_server
from runner.mariadb.stored_url_rewrite import rewrite_stored_urls
from runner.planning.cloud import Database
from runner.recipes import load_recipes
from runner.settings import EngineSettings, Server
from runner.snapshots.clone import Clone, Equipment, open_clone
from tests.support.copied import take_data
from tests.support.mariadb import IMAGE

pytestmark = [
    pytest.mark.engine,
    pytest.mark.images,
    pytest.mark.skipif(os.geteuid() != 0, reason="other users' files are made"),
]

STORED = load_recipes()["nova"].stored_urls
DATABASES = (Database("nova", "api", "api", "nova_api"), Database("nova", "cell", "cell1", "nova"))
PASSWORD = "s3cr/t"
URLS = {
    "cell0": (f"mysql+pymysql://nova:{PASSWORD}@10.9.8.7/nova?charset=utf8&ssl_ca=/etc/ca.pem", "none:///"),
    "cell1": (f"mysql+pymysql://nova:{PASSWORD}@vip.example.org:3307/nova", "rabbit://a:b@10.9.8.6:5672,a:b@10.9.8.5:5672/"),
    "cell2": (f"mysql+pymysql://nova:{PASSWORD}é@VIP.example.org:3307/nova", ""),
    "cell3": ("{scheme}://{username}:{password}@{hostname}:{port}/nova?{query}", "{scheme}://{username}@{hostname}/"),
}
LOG_IN = """
import json, sys, sqlalchemy
said = []
for url in json.loads(sys.argv[1]):
    try:
        with sqlalchemy.create_engine(url).connect() as connection:
            said.append(connection.execute(sqlalchemy.text("SELECT CURRENT_USER()")).scalar())
    except sqlalchemy.exc.OperationalError as error:
        said.append(str(error.orig))
print(json.dumps(said))
"""


@dataclass(frozen=True)
class Source:
    """A server with URLs and accounts as production has them, and its data."""

    server: DatabaseServer
    data: Path


@pytest.fixture(scope="module")
def client() -> Iterator[docker.DockerClient]:
    with closing(connect(EngineSettings())) as opened:
        yield opened


@pytest.fixture(scope="module")
def source(client: docker.DockerClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Source]:
    name = f"{LABEL}-test-{token_hex(4)}"
    try:
        made = start_server(client, IMAGE, name, labels={f"{LABEL}.test": name})
        address = Server(host="127.0.0.1", port=made.port, user="root", password_file="unused")
        await_server(address, made.password)
        with open_server(address, made.password) as server:
            fill(server)
            yield Source(server, take_data(client.containers.get(name), tmp_path_factory.mktemp("taken")))
    finally:
        remove_server(client, name)


def fill(server: DatabaseServer) -> None:
    for schema in ("nova_api", "nova"):
        server.execute(f"CREATE DATABASE {schema} CHARACTER SET utf8mb3")
    server.execute(
        "CREATE TABLE nova_api.cell_mappings (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(255), database_connection TEXT,"
        " transport_url TEXT)"
    )
    for name, (database, queue) in URLS.items():
        server.execute(
            "INSERT INTO nova_api.cell_mappings (name, database_connection, transport_url) VALUES (:name, :database, :queue)",
            name=name,
            database=database,
            queue=queue,
        )
    server.execute("CREATE USER nova@'10.9.%' IDENTIFIED BY :password REQUIRE SSL", password=PASSWORD)
    server.execute("CREATE USER nova@localhost IDENTIFIED BY 'another'")
    server.execute("GRANT SELECT ON `nova`.* TO nova@'10.9.%'")
    server.execute("CREATE USER glance@'%' IDENTIFIED BY 'g'")
    server.execute("CREATE USER heat@'%' IDENTIFIED BY 'h' REQUIRE SSL")


def stored(server: DatabaseServer) -> dict[str, tuple[str, str]]:
    rows = server.rows("SELECT name, database_connection, transport_url FROM nova_api.cell_mappings")
    return {name: (database, queue) for name, database, queue in rows}


@pytest.fixture(scope="module")
def clone(client: docker.DockerClient, source: Source) -> Iterator[Clone]:
    with open_clone(client, source.data, source.data.parent / "clones", Equipment(image=IMAGE, tools=IMAGE)) as opened:
        done = rewrite_stored_urls(opened.server, DATABASES, STORED, host="database", port=3306)
        assert [(one.database.id, one.column, one.rows, one.users) for one in done] == [
            ("nova.api", "database_connection", 3, ("nova",)),
            ("nova.api", "transport_url", 1, ()),
        ]
        yield opened


def test_urls_lead_to_the_clone_and_queues_nowhere(clone: Clone) -> None:
    here = f"mysql+pymysql://nova:{PASSWORD}@database:3306/nova"
    assert stored(clone.server) == {
        "cell0": (f"{here}?charset=utf8", "none:///"),
        "cell1": (here, "none:///"),
        "cell2": (here.replace(PASSWORD, f"{PASSWORD}é"), ""),
        "cell3": URLS["cell3"],
    }


def test_a_second_time_changes_nothing(clone: Clone) -> None:
    again = rewrite_stored_urls(clone.server, DATABASES, STORED, host="database", port=3306)
    assert [one.rows for one in again] == [0, 0]


def test_production_is_refused_and_stays_as_it_is(source: Source) -> None:
    with pytest.raises(ValueError, match="no clone: it stays as it is"):
        rewrite_stored_urls(source.server, DATABASES, STORED, host="database", port=3306)
    with pytest.raises(ValueError, match="no clone: it stays as it is"):
        let_in(source.server, "nova")
    assert stored(source.server) == URLS
    assert source.server.rows("SELECT host FROM mysql.user WHERE user = 'nova' ORDER BY host") == [("10.9.%",), ("localhost",)]


def test_a_table_that_is_not_there_is_a_failure(clone: Clone) -> None:
    elsewhere = (Database("nova", "api", "api", "nova"),)
    with pytest.raises(QueryFailed, match="cell_mappings"):
        rewrite_stored_urls(clone.server, elsewhere, STORED, host="database", port=3306)


def test_stored_accounts_log_in_from_steps_with_the_password_and_rights_they_have(
    client: docker.DockerClient, clone: Clone
) -> None:
    assert let_in(clone.server, "nova")
    assert let_in(clone.server, "heat")
    assert not let_in(clone.server, "nova")
    assert not let_in(clone.server, "glance")
    assert not let_in(clone.server, "nobody")
    clone.server.execute("ALTER USER glance@'%' ACCOUNT LOCK")
    assert let_in(clone.server, "glance"), "a window may have locked it when it took the snapshot"
    assert not let_in(clone.server, "glance")

    steps = "thing-a-me/2024.1:latest"
    urls = [stored(clone.server)["cell1"][0], "mysql+pymysql://heat:h@database", "mysql+pymysql://nova:wrong@database"]
    urls.append(f"mysql+pymysql://{clone.address.user}:x@database")
    with step_network(client, f"clone-{token_hex(4)}", clone.address, image=steps) as network:
        engine = DockerEngine(EngineSettings())
        shot = OneShot(image=steps, argv=("python", "-c", LOG_IN, json.dumps(urls)), network=network.name, labels={})
        container = engine.start(shot)
        try:
            ended = engine.wait(container)
        finally:
            engine.remove(container)
    assert ended.exit_code == 0, ended.log
    nova, heat, wrong, ours = json.loads(ended.log)
    assert (nova, heat) == ("nova@%", "heat@%")
    assert "Access denied" in wrong
    assert "Access denied" in ours
    assert clone.server.rows("SHOW GRANTS FOR nova@'%'")[1:] == [("GRANT SELECT ON `nova`.* TO `nova`@`%`",)]


def accounts(server: DatabaseServer) -> list[str]:
    """Every account but ours, as the server would make it again, and what it may do."""
    names = server.rows("SELECT user, host FROM mysql.user WHERE user NOT LIKE 'tam\\_%' ORDER BY user, host")
    lines = [f"{what} FOR {quote(user)}@{quote(host)}" for user, host in names for what in ("SHOW CREATE USER", "SHOW GRANTS")]
    return [str(line) for sql in lines for (line,) in server.rows(sql.replace("USER FOR", "USER"))]


def test_what_was_changed_is_taken_back(client: docker.DockerClient, source: Source) -> None:
    """For a clone that stays: URLs, two of which became the same, and accounts; nothing of ours is left."""
    place = source.data.parent / "clones"
    with open_clone(client, source.data, place, Equipment(image=IMAGE, tools=IMAGE)) as opened:
        server = opened.server
        twin = URLS["cell1"][0].replace("vip.example.org", "elsewhere.example.org")
        server.execute("INSERT INTO nova_api.cell_mappings (name, database_connection) VALUES ('twin', :url)", url=twin)
        before, was = accounts(server), stored(server)
        kept = keep(server, DATABASES, load_recipes())
        rewrite_stored_urls(server, DATABASES, STORED, host="database", port=3306)
        assert stored(server)["twin"][0] == stored(server)["cell1"][0] != twin
        assert let_in(server, "nova")
        assert let_in(server, "heat")
        server.execute("ALTER TABLE nova_api.cell_mappings ADD COLUMN disabled INT DEFAULT 0 AFTER id")
        server.execute("CREATE USER tam_left@'%'")
        assert accounts(server) != before

        server.execute("INSERT INTO nova_api.cell_mappings (name, database_connection) VALUES ('late', 'mysql://database/x')")
        with pytest.raises(QueryFailed, match=r"1 URLs in .*database_connection. are not"):
            take_back(server, kept)
        server.execute("DELETE FROM nova_api.cell_mappings WHERE name = 'late'")

        take_back(server, kept)
        assert stored(server) == was
        assert accounts(server) == before
        assert server.rows("SHOW DATABASES LIKE 'tam%'") == []
        leave(server)
        with pytest.raises(LoginRefused):
            server.scalar("SELECT 1")


def test_only_a_clone_is_changed_and_changed_back(source: Source) -> None:
    for change in (partial(keep, source.server, DATABASES, load_recipes()), partial(leave, source.server)):
        with pytest.raises(ValueError, match="no clone: it stays as it is"):
            change()
    assert source.server.rows("SHOW DATABASES LIKE 'tam%'") == []
