"""Which folders a server keeps its data in."""

import pytest

from runner.mariadb.facts import ServerFacts
from runner.mariadb.snapshot_source import SnapshotSource
from runner.snapshots.origin import data_elsewhere

USUAL = {
    "datadir": "/var/lib/mysql/",
    "innodb_data_home_dir": "",
    "innodb_log_group_home_dir": "./",
    "innodb_undo_directory": "./",
}


def source(**variables: str) -> SnapshotSource:
    facts = ServerFacts(
        version="10.11.19-MariaDB",
        numbers=(10, 11, 19),
        is_mariadb=True,
        hostname="db1",
        server_id=1,
        uid="",
        read_only=False,
        sql_mode=frozenset(),
        charset="utf8mb4",
        collation="utf8mb4_general_ci",
        collations={},
        wsrep=False,
        tls=False,
        log_bin=True,
        trusts_function_creators=False,
        datadir="/var/lib/mysql/",
        sizes={},
    )
    return SnapshotSource(facts, {**USUAL, **variables}, (), 0)


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({}, ()),
        ({"innodb_log_group_home_dir": "/var/lib/mysql"}, ()),
        ({"innodb_log_group_home_dir": "/redo/"}, ("/redo",)),
        ({"innodb_undo_directory": "undo", "innodb_data_home_dir": "/data"}, ("/data", "undo")),
    ],
)
def test_folders_beside_the_data_directory_are_named_once(variables: dict[str, str], found: tuple[str, ...]) -> None:
    assert data_elsewhere(source(**variables)) == found
