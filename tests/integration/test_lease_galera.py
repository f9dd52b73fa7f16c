"""The lease on a real cluster: takers at both nodes, and a node that is behind."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from runner.errors import LeaseHeld, LeaseLost
from runner.mariadb.connection import DatabaseServer
from runner.mariadb.lease import Lease, read_lease, take_lease
from runner.mariadb.lease_row import Claim, Holder, Row, find_row
from runner.mariadb.session import open_session
from tests.support.galera import start_cluster

pytestmark = [pytest.mark.engine, pytest.mark.soak]

Nodes = tuple[DatabaseServer, DatabaseServer]


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    with start_cluster(seconds=10) as both:
        yield both


def take_at_once(nodes: Nodes) -> Lease:
    """Ten takers at either node, all at the same moment; the one that gets it."""
    start = threading.Barrier(20)

    def take(number: int) -> Lease | None:
        start.wait()
        try:
            return take_lease(nodes[number % 2], Holder(f"ctl{number % 2}", number, f"run-{number}"), 3)
        except LeaseHeld:
            return None

    with ThreadPoolExecutor(20) as pool:
        (winner,) = filter(None, pool.map(take, range(20)))
    return winner


def test_both_nodes_are_in_one_cluster(nodes: Nodes) -> None:
    for node in nodes:
        assert node.rows("SHOW STATUS LIKE 'wsrep_cluster_size'") == [("wsrep_cluster_size", "2")]


def test_of_twenty_takers_at_two_nodes_exactly_one_gets_it(nodes: Nodes) -> None:
    for token in range(1, 16):
        winner = take_at_once(nodes)
        assert winner.token == token
        for node in nodes:
            assert (found := read_lease(node))
            assert (found.token, found.holder) == (token, winner.holder)
            # Whichever node a proxy leads it to: a beat that was written at one is known to the other.
            winner.row = find_row(node, "server")
            winner.confirm()
        winner.release()


def test_of_twenty_that_take_over_from_a_dead_one_exactly_one_gets_it(nodes: Nodes) -> None:
    for node in nodes:
        dead = take_lease(node, Holder("ctl9", 1, "dead"), 0.5)
        time.sleep(0.5)
        winner = take_at_once(nodes)
        assert winner.token == dead.token + 1
        with pytest.raises(LeaseLost, match=winner.holder.run):
            dead.confirm()
        winner.confirm()
        winner.release()


def conflicts(nodes: Nodes) -> int:
    counted = "SELECT SUM(variable_value) FROM information_schema.global_status WHERE variable_name IN"
    return sum(int(node.scalar(f"{counted} ('WSREP_LOCAL_CERT_FAILURES', 'WSREP_LOCAL_BF_ABORTS')")) for node in nodes)


def test_of_two_statements_that_meet_in_certification_exactly_one_counts(nodes: Nodes) -> None:
    """Both nodes carry the statement out, and one of them has to take it back: until that has happened ten times."""
    rows = [find_row(node, "server") for node in nodes]
    rows[0].make()
    before, rounds = conflicts(nodes), 0
    start = threading.Barrier(2)

    def put(number: int, seen: Row) -> bool:
        start.wait()
        return rows[number].put(seen, Claim(Holder(f"ctl{number}", number, "run"), seen.token + 1, seen.beats + 1, 30))

    with ThreadPoolExecutor(2) as pool:
        while conflicts(nodes) - before < 10:
            rounds += 1
            assert rounds < 2000
            seen = rows[0].read()
            assert seen
            answers = list(pool.map(put, (0, 1), (seen, seen)))
            assert sorted(answers) == [False, True]
            for row in rows:
                assert (now := row.read())
                assert now.held
                assert (now.token, now.held.holder.pid) == (seen.token + 1, answers.index(True))
    nodes[0].execute("DROP DATABASE thing_a_me")


def test_a_node_that_is_behind_waits_before_it_says_that_the_lease_is_lost(nodes: Nodes) -> None:
    lease = take_lease(nodes[0], Holder("ctl1", 1, "one"), 30)
    with open_session(nodes[1]) as blocker, ThreadPoolExecutor(1) as pool:
        blocker.execute("FLUSH TABLES WITH READ LOCK")
        lease.confirm()
        lease.row = replace(lease.row, server=nodes[1])
        assert nodes[1].rows("SELECT beats FROM thing_a_me.lease") == [(lease.beats - 1,)]
        reading = pool.submit(read_lease, nodes[1])
        time.sleep(1)
        assert not reading.done()
        blocker.execute("UNLOCK TABLES")
        assert (found := reading.result())
        assert found.token == lease.token
    lease.confirm()
    lease.release()
