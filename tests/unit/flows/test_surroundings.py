"""What is refused before accounts and network are written down. That both are made and given back is tested on an engine."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine

from runner.errors import Aftermath, ServerUnreachable
from runner.events import silent
from runner.flows.surroundings import open_site
from runner.flows.world import World
from runner.journal.reader import read_entries
from runner.journal.writer import open_journal
from runner.mariadb.connection import DatabaseServer
from runner.recipes import load_calendar
from runner.settings import read_cloud
from tests.support.planning import RECIPES, drafted
from tests.unit.journal.histories import UNFINISHED

CLOUD = "{server: {host: 'fd00::5', user: u, password_file: p}, databases: {keystone: keystone}}"


def test_where_no_relay_reaches_the_server_nothing_is_made_nor_given_back(tmp_path: Path) -> None:
    """Accounts that a dead runner's step may need stay for the next `resume`."""
    file = tmp_path / "cloud.yaml"
    file.write_text(CLOUD, encoding="utf-8")
    nowhere = DatabaseServer(create_engine("sqlite://"), "nowhere")  # no statement is sent to it
    world = World(read_cloud(file, RECIPES), nowhere, RECIPES, load_calendar(), {})
    with open_journal(tmp_path, create=True) as journal:
        journal.append(UNFINISHED[0])
        site = open_site(world, drafted(), "run-abcd", journal=journal, left=["tam_abcd_1_heat"], tell=silent)
        with pytest.raises(ServerUnreachable) as refusal, site:
            pass
    assert [stamped.entry for stamped in read_entries(tmp_path)] == [UNFINISHED[0]]
    assert refusal.value.left_behind is Aftermath.UNTOUCHED
