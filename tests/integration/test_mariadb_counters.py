"""AUTO_INCREMENT before and after a server's restart: what its memory said, and what its files hold."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from secrets import token_hex

import pytest

from runner.containers.client import connect
from runner.containers.engine import LABEL
from runner.containers.throwaway import remove_server, start_server
from runner.mariadb.connection import DatabaseServer, open_server
from runner.mariadb.patience import await_server
from runner.planning.comparison import compare
from runner.planning.fingerprint import ServerPrint
from runner.settings import EngineSettings, Server
from tests.support.mariadb import IMAGE
from tests.support.prints import named, printed

pytestmark = pytest.mark.engine

ID = "(id INT PRIMARY KEY AUTO_INCREMENT, a INT)"
UNIQUE = "(id INT PRIMARY KEY AUTO_INCREMENT, a INT UNIQUE)"
MADE = {
    "exact": (ID, "INSERT INTO exact (a) VALUES (1), (2), (3)", "DELETE FROM exact WHERE id > 1"),
    "refused": (UNIQUE, "INSERT INTO refused (a) VALUES (1)", *["INSERT IGNORE INTO refused (a) VALUES (1)"] * 3),
    "rolled_back": (ID, "START TRANSACTION", "INSERT INTO rolled_back (a) VALUES (1), (2)", "ROLLBACK"),
    "given": (ID, "ALTER TABLE given AUTO_INCREMENT = 1000"),
    "never_used": (ID,),
    "truncated": (ID, "INSERT INTO truncated (a) VALUES (1), (2)", "TRUNCATE truncated"),
    "in_parts": (f"{ID} PARTITION BY HASH (id) PARTITIONS 4", "INSERT INTO in_parts (a) VALUES (1), (2), (3), (4), (5)"),
    "aria": (f"{ID} ENGINE=Aria", "INSERT INTO aria (a) VALUES (1), (2)", "DELETE FROM aria WHERE id = 2"),
    "to_reset": (ID, "INSERT INTO to_reset VALUES (100, 1)", "DELETE FROM to_reset WHERE id = 100"),
    "in_bulk": (ID, "INSERT INTO in_bulk (a) SELECT seq FROM seq_1_to_5"),
    "in_tens": (ID, "SET auto_increment_increment = 10", "INSERT INTO in_tens (a) VALUES (1)"),
    "updated": (ID, "INSERT INTO updated VALUES (1, 1)", "UPDATE updated SET id = 77"),
}
REMARKED = {"in_bulk", "in_tens", "updated"}
"""What memory and files do not agree on."""


@dataclass(frozen=True)
class Restarted:
    """A server that was restarted, and what it said before and after."""

    server: DatabaseServer
    before: ServerPrint
    after: ServerPrint


@pytest.fixture(scope="module")
def restarted() -> Iterator[Restarted]:
    name = f"{LABEL}-test-{token_hex(4)}"
    with closing(connect(EngineSettings())) as client:
        try:
            made = start_server(client, IMAGE, name, labels={f"{LABEL}.test": name}, options=("--auto-increment-increment=1",))
            with open_server(_address(made.port, made.password), made.password) as server:
                server.execute("CREATE DATABASE counters")
                _fill(server)
                before = printed(server, "counters")
            client.containers.get(name).restart()
            container = client.containers.get(name)
            port = int(container.ports["3306/tcp"][0]["HostPort"])
            with open_server(_address(port, made.password), made.password) as server:
                yield Restarted(server, before, printed(server, "counters"))
        finally:
            remove_server(client, name)


def _address(port: int, password: str) -> Server:
    address = Server(host="127.0.0.1", port=port, user="root", password_file="unused")
    await_server(address, password)
    return address


def _fill(server: DatabaseServer) -> None:
    for table, (shape, *statements) in MADE.items():
        # One connection per table: a SET holds for what follows it.
        with server.engine.connect() as connection:
            for statement in ("USE counters", f"CREATE TABLE {table} {shape}", *statements):
                connection.exec_driver_sql(statement)


def test_a_restart_alone_makes_no_difference_but_remarks(restarted: Restarted) -> None:
    assert restarted.before.increment == 1
    outcome = compare(restarted.before, restarted.after, restarted=True)
    assert {one.table for one in outcome.remarks} == REMARKED - {"in_tens"}, outcome.remarks
    assert named(outcome) == {("auto-increment", "in_tens")}


def test_where_files_are_not_what_was_copied_every_counter_has_to_be_the_same(restarted: Restarted) -> None:
    outcome = compare(restarted.before, restarted.after)
    assert named(outcome) == {("auto-increment", table) for table in REMARKED}


def test_a_counter_that_was_reset_is_no_restart(restarted: Restarted) -> None:
    restarted.server.execute("ALTER TABLE counters.to_reset AUTO_INCREMENT = 1")
    outcome = compare(restarted.before, printed(restarted.server, "counters"), restarted=True)
    assert ("auto-increment", "to_reset") in named(outcome)
    assert not outcome.is_equal
