"""Tables that a server finds fault with, and those that it only seems to."""

import pytest

from runner.mariadb.connection import DatabaseServer
from runner.mariadb.soundness import find_unsound
from tests.conftest import MakeSchema

pytestmark = pytest.mark.engine
SOUND = {
    "plain": "(id INT PRIMARY KEY, a INT, KEY (a))",
    "parts": "(id INT PRIMARY KEY, a INT, KEY (a)) PARTITION BY HASH (id) PARTITIONS 4",
    "words": "(id INT PRIMARY KEY, a TEXT, FULLTEXT KEY (a))",
    "places": "(id INT PRIMARY KEY, a POINT NOT NULL, SPATIAL INDEX (a))",
    "derived": "(id INT PRIMARY KEY, a INT AS (id + 1) VIRTUAL, KEY (a))",
    "packed": "(id INT PRIMARY KEY, a INT, KEY (a)) ROW_FORMAT=COMPRESSED",
    "aria": "(id INT PRIMARY KEY) ENGINE=Aria",
    "myisam": "(id INT PRIMARY KEY) ENGINE=MyISAM",
    # Engines that check nothing.
    "passing": "(id INT PRIMARY KEY) ENGINE=MEMORY",
    "a `quoted` name": "(id INT PRIMARY KEY)",
}


def test_only_what_the_server_finds_fault_with_is_named(server: DatabaseServer, make_schema: MakeSchema) -> None:
    names = {name: name.replace("`", "``") for name in SOUND}
    schema = make_schema(
        *(f"CREATE TABLE `{names[name]}` {definition}" for name, definition in SOUND.items()),
        "INSERT INTO plain SELECT seq, seq FROM seq_1_to_100",
        "CREATE SEQUENCE numbers",
        "CREATE TABLE gone (id INT PRIMARY KEY)",
        "ALTER TABLE gone DISCARD TABLESPACE",
    )
    (unsound,) = find_unsound(server, [(schema, name) for name in (*SOUND, "numbers", "gone")], connections=2)
    assert (unsound.kind, unsound.schema_name, unsound.name) == ("table", schema, "gone")
    assert "Tablespace has been discarded" in unsound.reason
