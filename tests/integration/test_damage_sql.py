"""The damage suite, SQL half: whatever is done to a copy is caught and named, and an undamaged copy is equal."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from runner.errors import SnapshotNotProved
from runner.mariadb.checksum_sql import Column, row_number
from runner.mariadb.connection import DatabaseServer, open_server
from runner.planning.comparison import compare
from runner.planning.fingerprint import ServerPrint
from runner.planning.snapshot import Rung
from tests.conftest import MakeSchema
from tests.support.damage_record import BY_SQL, Caught, Undamaged, shorten, write_down
from tests.support.damage_sql import ACCOUNTS, CLOUD, SCHEMA, SQL_DAMAGES, Damage
from tests.support.mariadb import TestServer, start_server
from tests.support.prints import dump, load, named, printed, told

pytestmark = pytest.mark.engine
ROUNDS = 20


@dataclass(frozen=True)
class Original:
    """The original's fingerprint, and its dump."""

    fingerprint: ServerPrint
    text: bytes


@dataclass(frozen=True)
class Copy:
    """A second server that the original is loaded into."""

    running: TestServer
    server: DatabaseServer

    def make(self, text: bytes) -> ServerPrint:
        for statement in ACCOUNTS:
            self.server.execute(statement)
        load(self.running, self.server, SCHEMA, text)
        return printed(self.server, SCHEMA)


@pytest.fixture(scope="module")
def original() -> Iterator[Original]:
    with start_server() as running, open_server(running.address, running.password) as server:
        server.execute(f"CREATE DATABASE {SCHEMA}")
        for statement in CLOUD.split(";\n"):
            server.at(SCHEMA).execute(statement)
        for statement in ACCOUNTS:
            server.execute(statement)
        yield Original(printed(server, SCHEMA), dump(running, SCHEMA))


@pytest.fixture(scope="module")
def copy() -> Iterator[Copy]:
    with start_server() as running, open_server(running.address, running.password) as server:
        yield Copy(running, server)


@pytest.mark.parametrize("damage", SQL_DAMAGES, ids=lambda damage: damage.name)
def test_each_damage_is_caught_and_named(original: Original, copy: Copy, damage: Damage) -> None:
    copy.make(original.text)
    for statement in damage.how.split(";"):
        copy.server.at(SCHEMA).execute(statement)
    outcome = compare(original.fingerprint, printed(copy.server, SCHEMA), server_wide=False)
    assert not outcome.is_equal
    assert (damage.caught_by, damage.where) in named(outcome)
    # Nothing else is accused: a row that moved shows in its own table only.
    assert {where.partition(".")[0] for _, where in named(outcome)} == {damage.where.partition(".")[0]}
    words = shorten(told(outcome)[damage.caught_by, damage.where])
    write_down(Caught(damage=damage.name, moment=BY_SQL, rung=Rung.COMPARED, error=SnapshotNotProved.__name__, words=words))


def test_an_undamaged_copy_is_equal_20_times_out_of_20(original: Original, copy: Copy) -> None:
    """The rows come in another order each time, which shows in a table without a primary key."""
    for number in range(ROUNDS):
        text = _USAGES.sub(lambda match, seed=number: match[1] + _shuffled(match[2], seed) + match[3], original.text)  # type: ignore[misc]
        assert number == 0 or text != original.text
        outcome = compare(original.fingerprint, copy.make(text), server_wide=False)
        assert outcome.is_equal, named(outcome)
        assert str(outcome) == "9/9 tables compared, 0 skipped, 0 differences"
    write_down(Undamaged(what="dumped, loaded elsewhere and compared", equal=ROUNDS, rounds=ROUNDS))


_USAGES = re.compile(rb"(INSERT INTO `usages` VALUES\s)(.*?)(;\n)", re.DOTALL)


def _shuffled(rows: bytes, seed: int) -> bytes:
    values = re.findall(rb"\([^()]*\)", rows)
    assert len(values) == 300
    if seed:
        random.Random(seed).shuffle(values)
    return b",".join(values)


PAIRS = 100_000
RANDOM = ", ".join(f"FLOOR(RAND({seed}) * 1000000) AS {name}" for seed, name in enumerate(("one", "other", "a", "b"), start=7))
SWAPS = (
    f"CREATE TABLE pairs AS SELECT seq AS pair, {RANDOM} FROM seq_1_to_{PAIRS}",
    "DELETE FROM pairs WHERE one = other OR a = b",
    "CREATE TABLE sound AS SELECT pair, one AS id, a AS v, 0 AS d FROM pairs UNION ALL SELECT pair, other, b, 0 FROM pairs",
    "CREATE TABLE swapped AS SELECT pair, one AS id, b AS v, 0 AS d FROM pairs UNION ALL SELECT pair, other, a, 0 FROM pairs",
)


def test_of_many_pairs_that_swap_a_value_none_goes_unnoticed(server: DatabaseServer, make_schema: MakeSchema) -> None:
    """Each pair by itself; a plain CRC32 misses some of them, so that the pairs are a test."""
    swaps = server.at(make_schema(*SWAPS))
    number = row_number([Column("id", "bigint"), Column("v", "bigint"), Column("d", "int")])
    assert _missed(swaps, number) == 0
    assert _missed(swaps, number.removeprefix("CRC32(").removesuffix(")")) > 0


def _missed(swaps: DatabaseServer, number: str) -> int:
    """Count the pairs whose sum is the same before and after the swap."""
    sums = "SELECT pair, SUM({number}) AS total FROM {table} GROUP BY pair"
    sound, swapped = (sums.format(number=number, table=table) for table in ("sound", "swapped"))
    missed = swaps.scalar(
        f"SELECT COUNT(*) FROM ({sound}) AS one JOIN ({swapped}) AS other USING (pair) WHERE one.total = other.total"
    )
    return int(missed)
