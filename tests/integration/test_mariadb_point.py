"""One point in time, seen by several connections, while others write."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runner.errors import QueryFailed
from runner.mariadb.connection import DatabaseServer, open_server
from runner.mariadb.fingerprint import read_print
from runner.mariadb.point import Position, open_point
from runner.mariadb.session import open_session
from runner.planning.comparison import compare
from tests.support.mariadb import start_server

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def busy() -> Iterator[DatabaseServer]:
    """A server with a binary log, whose default isolation level knows no consistent snapshot."""
    options = ("--log-bin=bin", "--server-id=7", "--transaction-isolation=READ-COMMITTED", "--gtid-domain-id=3")
    with start_server(*options) as running, open_server(running.address, running.password) as server:
        server.execute("CREATE DATABASE busy")
        for table in ("one", "two"):
            server.execute(f"CREATE TABLE busy.{table} (id INT PRIMARY KEY AUTO_INCREMENT, v INT)")
        yield server


@contextmanager
def writers(server: DatabaseServer) -> Iterator[list[threading.Thread]]:
    """Write into both tables without a pause, from when both have written once."""
    stop = threading.Event()
    wrote = threading.Barrier(3)

    def write(table: str) -> None:
        with server.engine.connect() as connection:
            connection.exec_driver_sql(f"INSERT INTO busy.{table} (v) VALUES (0)")
            wrote.wait(30)
            while not stop.is_set():
                connection.exec_driver_sql(f"INSERT INTO busy.{table} (v) VALUES (1), (2), (3)")
                connection.exec_driver_sql(f"DELETE FROM busy.{table} WHERE MOD(id, 100) = 7")

    threads = [threading.Thread(target=write, args=[table]) for table in ("one", "two")]
    for thread in threads:
        thread.start()
    wrote.wait(30)
    try:
        yield threads
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@contextmanager
def commits_blocked(server: DatabaseServer) -> Iterator[Position]:
    """Do what mariadb-backup does at its end, and say where the binary log then is."""
    with open_session(server) as session:
        for stage in ("START", "FLUSH", "BLOCK_DDL", "BLOCK_COMMIT"):
            session.execute(f"BACKUP STAGE {stage}")
        ((file, offset, *_),) = session.rows("SHOW MASTER STATUS")
        yield Position(file=file, offset=int(offset))
        session.execute("BACKUP STAGE END")


def test_a_point_held_while_commits_are_blocked_is_the_backups(busy: DatabaseServer) -> None:
    """Two fingerprints of one point, with two writers writing on; a later point is another."""
    with writers(busy) as threads, open_point(busy, ["busy"], connections=4) as point:
        with commits_blocked(busy) as there:
            assert point.hold() == there
        one = read_print(point, ["busy"])
        two = read_print(point, ["busy"])
        later = busy.scalar("SELECT COUNT(*) FROM busy.one")
        assert point.gtid(there).startswith("3-7-")
        while busy.scalar("SELECT COUNT(*) FROM busy.one") <= later:
            assert all(thread.is_alive() for thread in threads)
        with commits_blocked(busy) as next_:
            assert point.hold() == next_
        three = read_print(point, ["busy"])
    assert next_ != there
    assert [table.checksum for table in one.databases[0].tables] == [table.checksum for table in two.databases[0].tables]
    kinds = {one.kind for one in compare(one, three).differences}
    assert kinds & {"rows", "values"}


def test_connections_that_see_different_points_are_told(busy: DatabaseServer) -> None:
    """Nobody is kept from writing, so that sooner or later somebody does so in between."""
    with writers(busy), open_point(busy, ["busy"], connections=16) as point, pytest.raises(QueryFailed, match="somebody wrote"):
        for _ in range(200):
            point.hold()


def test_a_counter_that_runs_on_is_told_with_both_ends(busy: DatabaseServer) -> None:
    with open_point(busy, ["busy"], connections=1) as point:
        point.hold()
        busy.execute("INSERT INTO busy.two (v) VALUES (1), (2)")
        _, two = read_print(point, ["busy"]).databases[0].tables
    assert two.counter is not None
    assert two.counter.value == two.counter.earlier + 2


def test_a_server_without_a_binary_log_has_no_position(server: DatabaseServer) -> None:
    with open_point(server, [], connections=2) as point:
        assert point.hold() is None
