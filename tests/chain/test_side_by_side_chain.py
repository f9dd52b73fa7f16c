"""Side by side with seven projects: the new server is at the target, and production saw nothing but questions."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Any

import docker.errors
import pytest
import yaml

from runner.containers.client import connect
from runner.containers.engine import LABEL
from runner.demo.night import TARGET, stage
from runner.events import silent
from runner.flows.images import open_workshop
from runner.flows.world import open_world
from runner.mariadb.connection import DatabaseServer, open_server
from runner.planning.comparison import compare
from runner.planning.fingerprint import ServerPrint
from runner.settings import EngineSettings, Server
from tests.support.prints import printed
from tests.support.thing import thing

pytestmark = [pytest.mark.engine, pytest.mark.images]

READS = {"begin", "rollback", "rollback_to_savepoint", "savepoint", "select", "set_option"}


@dataclass(frozen=True)
class Story:
    """What there was before and after. `releases` are the databases' on the new server, by `inspect` of it."""

    new: dict[str, Any]
    before: ServerPrint
    after: ServerPrint
    commands: set[str]
    urls: tuple[list[Any], list[Any]]
    accounts: tuple[object, object]
    releases: dict[str, list[str]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder, name = tmp_path_factory.mktemp("beside"), f"{LABEL}-test-{token_hex(4)}"
    with stage(open_workshop(None, silent), name, folder, jobs=2) as made, open_world(made.cloud) as world:
        # Let in from the services' own hosts only: the copy has to let its steps in, and to forget that again.
        world.server.execute("RENAME USER nova@'%' TO nova@'192.0.2.%'")
        world.server.execute("ALTER USER nova@'192.0.2.%' REQUIRE SSL")
        try:
            yield tell_story(made.cloud, world.server, folder / f"{name}-new")
        finally:
            with suppress(docker.errors.NotFound):
                connect(EngineSettings()).containers.get(f"{name}-new").remove(force=True, v=True)


def tell_story(cloud: Path, server: DatabaseServer, folder: Path) -> Story:
    done = thing(cloud, "check", "--to", TARGET, "--fix", "cinder-purge", seconds=600)
    assert "after" in done.out, done.err
    for words in (("snapshot", "take"), ("rehearse", "--to", TARGET)):
        done = thing(cloud, *words, seconds=900)
        assert done.code == 0, done.err
    (sealed,) = (cloud.parent / "runs").glob("*/sealed.json")
    schemas = [str(one) for (one,) in server.rows("SHOW DATABASES") if one not in ("mysql", "sys") and "_schema" not in one]
    before, counted = printed(server, *schemas), commands(server)
    done = thing(cloud, "migrate", "--sealed", str(sealed), "--side-by-side", "--into", str(folder), "--json", seconds=900)
    after = commands(server)
    assert done.code == 0, done.err
    new = json.loads(done.out)["new_server"]
    client = connect(EngineSettings())
    address = client.containers.get(new["container"]).attrs["NetworkSettings"]["Networks"][new["network"]]["IPAddress"]
    document = yaml.safe_load(cloud.read_text())
    document["server"] |= {"host": address, "port": 3306, "from_steps": {"host": new["container"], "network": new["network"]}}
    there = cloud.parent / "there.yaml"
    there.write_text(yaml.safe_dump(document))
    password = (cloud.parent / document["server"]["password_file"]).read_text()
    with open_server(Server(host=address, user="root", password_file="unused"), password) as opened:
        return Story(
            new=new,
            before=before,
            after=printed(server, *schemas),
            commands={name for name in after if after[name] != counted[name]},
            urls=(urls(server), urls(opened)),
            accounts=(before.accounts, printed(opened, *schemas).accounts),
            releases={one["database"]: one["releases"] for one in json.loads(thing(there, "inspect", "--json").out)},
        )


def commands(server: DatabaseServer) -> dict[str, int]:
    return {str(name).removeprefix("Com_"): int(value) for name, value in server.rows("SHOW GLOBAL STATUS LIKE 'Com\\_%'")}


def urls(server: DatabaseServer) -> list[Any]:
    return server.rows("SELECT id, name, HEX(database_connection), HEX(transport_url) FROM nova_api.cell_mappings ORDER BY id")


def test_production_is_read_and_nothing_else(story: Story) -> None:
    comparison = compare(story.before, story.after)
    assert comparison.is_equal
    assert comparison.tables > 600
    assert {name for name in story.commands if not name.startswith("show_")} <= READS


def test_every_project_is_at_the_target(story: Story) -> None:
    assert len(story.releases) == 10
    assert [name for name, releases in story.releases.items() if TARGET not in releases] == []


def test_stored_urls_and_accounts_are_productions(story: Story) -> None:
    assert len(story.urls[0]) == 3
    assert story.urls[0] == story.urls[1]
    assert story.accounts[0] == story.accounts[1]
    assert story.new["urls_lead_to"], "the result says whom they name"
