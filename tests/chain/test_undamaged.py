"""What is undamaged is proven, 20 times out of 20: taken while services write, prepared, started and compared."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner.mariadb.connection import DatabaseServer
from tests.support.damage_files import DATA, TABLES
from tests.support.damage_record import Undamaged, write_down
from tests.support.production import SCHEMA, open_production
from tests.support.thing import thing

pytestmark = pytest.mark.engine
ROUNDS = 20


@contextmanager
def written_to(server: DatabaseServer) -> Iterator[list[int]]:
    """Have services write to every table; yields the numbers of what they have written."""
    ended, written = threading.Event(), []

    def write(first: int) -> None:
        number = first
        while not ended.is_set():
            table = TABLES[number % len(TABLES)]
            server.execute(f"INSERT INTO {table} VALUES ({10_000 + number}, 'new', SHA1(RAND()))")
            server.execute(f"UPDATE {table} SET note = SHA1(RAND()) WHERE id BETWEEN {number % 1000} AND {number % 1000 + 20}")
            server.execute(f"DELETE FROM {table} WHERE id = {10_000 + number - 200}")
            written.append(number)
            number += 2

    writers = [threading.Thread(target=write, args=(first,)) for first in (0, 1)]
    for writer in writers:
        writer.start()
    try:
        yield written
    finally:
        ended.set()
        for writer in writers:
            writer.join()


def test_what_is_undamaged_is_proven_every_time(tmp_path: Path) -> None:
    with open_production(DATA) as production, written_to(production.server.at(SCHEMA)) as written:
        cloud = production.describe(tmp_path)
        for _ in range(ROUNDS):
            before = len(written)
            done = thing(cloud, "snapshot", "take", "--keep", "1")
            assert done.code == 0, done.err
            assert "18/18 tables compared, 0 skipped, 0 differences" in done.out
            assert len(written) > before
    write_down(Undamaged(what="taken while services write, and proven", equal=ROUNDS, rounds=ROUNDS))
