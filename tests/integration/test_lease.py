import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from secrets import token_hex
from typing import Any

import pytest

from runner.containers.client import connect
from runner.containers.engine import LABEL
from runner.containers.throwaway import remove_server, start_server
from runner.errors import LeaseHeld, LeaseLost, RightsMissing
from runner.mariadb.connection import DatabaseServer, open_server
from runner.mariadb.lease import Lease, keeping, read_lease, take_lease
from runner.mariadb.lease_row import Held, Holder, lacking_rights
from runner.mariadb.patience import await_server
from runner.mariadb.snapshot_source import read_source
from runner.settings import EngineSettings, Server
from tests.support.mariadb import IMAGE

pytestmark = [pytest.mark.engine, pytest.mark.alone]

TTL = 3.0


@dataclass(frozen=True)
class Machine:
    """A server of our own, with a binary log; it keeps its data and its port when it is killed."""

    address: Server
    password: str
    container: Any


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    name = f"{LABEL}-test-{token_hex(4)}"
    options = ("--log-bin=binlog", "--server-id=7", "--innodb-buffer-pool-size=64M")
    with closing(connect(EngineSettings())) as client:
        try:
            made = start_server(client, IMAGE, name, labels={f"{LABEL}.test": name}, options=options)
            address = Server(host="127.0.0.1", port=made.port, user="root", password_file="unused")
            await_server(address, made.password)
            yield Machine(address, made.password, client.containers.get(name))
        finally:
            remove_server(client, name)


@pytest.fixture
def server(machine: Machine) -> Iterator[DatabaseServer]:
    """The server without a lease: as if nobody had ever taken one."""
    with open_server(machine.address, machine.password, seconds=TTL) as opened:
        opened.execute("DROP DATABASE IF EXISTS thing_a_me")
        yield opened
        opened.execute("DROP DATABASE IF EXISTS thing_a_me")


def holder(run: str) -> Holder:
    return Holder("ctl1", 4711, run)


@contextmanager
def another_process(machine: Machine, run: str) -> Iterator[subprocess.Popen[str]]:
    words = (machine.address.host, str(machine.address.port), run, str(TTL))
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.lease_holder", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdin
            process.stdin.write(f"{machine.password}\n")
            process.stdin.flush()
            yield process
        finally:
            process.kill()


def next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def until(happened: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def is_lost(lease: Lease) -> bool:
    try:
        lease.demand()
    except LeaseLost:
        return True
    return False


def held(server: DatabaseServer) -> Held:
    found = read_lease(server)
    assert found
    return found


def end_of_log(server: DatabaseServer) -> tuple[object, ...]:
    return server.rows("SHOW MASTER STATUS")[0]


def put_back(server: DatabaseServer, row: tuple[object, ...]) -> None:
    """What a snapshot that is put back does to the row."""
    values = dict(zip("abcdefghij", row, strict=True))
    server.execute("REPLACE INTO thing_a_me.lease VALUES (:a, :b, :c, :d, :e, :f, :g, :h, :i, :j)", **values)


def test_nobody_holds_what_nobody_ever_took(server: DatabaseServer) -> None:
    assert read_lease(server) is None
    assert server.rows("SHOW DATABASES LIKE 'thing%'") == []


def test_of_twenty_takers_at_once_exactly_one_gets_it(server: DatabaseServer) -> None:
    """Also where schema, table and row are made at the same moment."""
    start = threading.Barrier(20)

    def take(number: int) -> Lease | LeaseHeld:
        start.wait()
        try:
            return take_lease(server, holder(f"run-{number}"), TTL)
        except LeaseHeld as error:
            return error

    for tokens in (1, 2, 3):
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(take, range(20)))
        (winner,) = (one for one in answers if isinstance(one, Lease))
        assert winner.token == tokens
        assert held(server).holder == winner.holder
        winner.confirm()
        winner.release()


def test_twenty_that_take_over_at_once_from_a_dead_one(server: DatabaseServer) -> None:
    take_lease(server, holder("dead"), 1)
    time.sleep(1)

    def take(number: int) -> Lease | None:
        try:
            return take_lease(server, holder(f"run-{number}"), TTL)
        except LeaseHeld:
            return None

    with ThreadPoolExecutor(20) as pool:
        (winner,) = filter(None, pool.map(take, range(20)))
    assert (winner.token, held(server).holder) == (2, winner.holder)


def test_a_second_runner_is_told_who_holds_it_since_when_how_far_it_is_and_until_when(server: DatabaseServer) -> None:
    lease = take_lease(server, holder("20261122-0019-abcd"), 30)
    lease.say("step 12 of 33:\nheat/2025.1/sync " + "x" * 300)
    lease.confirm()
    with pytest.raises(LeaseHeld) as caught:
        take_lease(server, Holder("ctl2", 1, "other"), 30)
    assert "run 20261122-0019-abcd (process 4711 on ctl1), since 20" in caught.value.message
    assert "UTC (0:00:00 ago), at step 12 of 33: heat/2025.1/sync xxx" in caught.value.message
    assert "last heard of 0 s ago, ends by itself in 30 s unless" in caught.value.message
    assert len(held(server).doing) == 255


def test_what_was_given_back_is_taken_at_once_with_a_greater_token(server: DatabaseServer) -> None:
    with keeping(take_lease(server, holder("one"), TTL)) as first:
        first.demand()
    assert read_lease(server) is None
    assert is_lost(first)
    second = take_lease(server, holder("two"), TTL)
    assert (first.token, second.token) == (1, 2)
    first.release()
    assert held(server).holder.run == "two"
    assert take_lease(server, holder("two"), TTL, above=40).token == 41


def test_beats_keep_it_and_tell_how_far_it_is(server: DatabaseServer) -> None:
    with keeping(take_lease(server, holder("one"), TTL)) as lease:
        lease.say("at the snapshot")
        time.sleep(2 * TTL)
        lease.demand()
        assert held(server).is_fresh
        assert held(server).doing == "at the snapshot"
        assert held(server).held_for > 2 * TTL
        with pytest.raises(LeaseHeld):
            take_lease(server, holder("two"), TTL)


def test_a_killed_holder_is_followed_after_the_ttl_and_not_before(machine: Machine, server: DatabaseServer) -> None:
    watched: list[Held] = []
    with another_process(machine, "killed") as process:
        assert next_line(process) == "taken 1"
        time.sleep(1.5 * TTL)
        process.kill()
        killed = time.monotonic()
        with pytest.raises(LeaseHeld, match="run killed"):
            take_lease(server, holder("two"), TTL)
        until(lambda: not held(server).is_fresh)
        assert time.monotonic() - killed > TTL / 2
        second = take_lease(server, holder("two"), TTL, hear=watched.append)
    assert TTL < time.monotonic() - killed < 3 * TTL
    assert second.token == 2
    assert [one.holder.run for one in watched] == ["killed"]


def test_a_holder_that_wakes_up_finds_that_it_lost_it(machine: Machine, server: DatabaseServer) -> None:
    with another_process(machine, "asleep") as process:
        assert next_line(process) == "taken 1"
        process.send_signal(signal.SIGSTOP)
        until(lambda: not held(server).is_fresh)
        with keeping(take_lease(server, holder("two"), TTL)) as second:
            process.send_signal(signal.SIGCONT)
            assert next_line(process).startswith("lost ")
            process.wait()
            second.confirm()
            assert held(server).holder.run == "two"


def test_one_that_is_over_by_its_clock_and_alive_is_not_taken(machine: Machine, server: DatabaseServer) -> None:
    """The server's clock was set, or the row was put back: whoever watches sees it move."""
    with another_process(machine, "alive") as process:
        assert next_line(process) == "taken 1"
        for direction in ("-", "+"):
            server.execute(f"UPDATE thing_a_me.lease SET heartbeat = heartbeat {direction} INTERVAL 1 HOUR")
            watched: list[Held] = []
            with pytest.raises(LeaseHeld, match="run alive"):
                take_lease(server, holder("two"), TTL, hear=watched.append)
            assert len(watched) == 1
        assert process.poll() is None


def test_a_clock_of_the_server_that_was_set_back_keeps_no_lease_for_ever(server: DatabaseServer) -> None:
    take_lease(server, holder("dead"), 1)
    server.execute("UPDATE thing_a_me.lease SET heartbeat = heartbeat + INTERVAL 1 DAY")
    assert take_lease(server, holder("two"), TTL).token == 2


def test_the_same_run_takes_its_own_at_once(server: DatabaseServer) -> None:
    first = take_lease(server, holder("one"), 1000)
    second = take_lease(server, Holder("ctl1", 4712, "one"), TTL)
    assert second.token == 2
    with pytest.raises(LeaseLost, match="process 4712"):
        first.confirm()
    with pytest.raises(LeaseLost, match="process 4712"):
        first.demand()
    with pytest.raises(LeaseHeld):
        take_lease(server, Holder("ctl2", 4711, "one"), TTL)


def test_in_a_pause_the_binary_log_stands_still_and_nobody_takes_it(server: DatabaseServer) -> None:
    with keeping(take_lease(server, holder("one"), TTL)) as lease:
        with lease.paused(at_most=5):
            before = end_of_log(server)
            time.sleep(TTL + 1)
            lease.confirm()
            assert end_of_log(server) == before
            with pytest.raises(LeaseHeld):
                take_lease(server, holder("two"), TTL)
        assert end_of_log(server) != before
        assert (held(server).ttl, lease.allowed) == (TTL, TTL)


def test_a_pause_that_is_too_long_shows(server: DatabaseServer) -> None:
    lease = take_lease(server, holder("one"), 1)
    with lease.paused(at_most=0.5):
        time.sleep(1.6)
        with pytest.raises(LeaseLost, match="not confirmed our lease"):
            lease.demand()
    lease.demand()


def test_a_pause_whose_end_may_have_reached_the_server_or_not_is_over(machine: Machine, server: DatabaseServer) -> None:
    """The row's ttl may be the short one again, so the long one is not counted on."""
    lease = take_lease(server, holder("one"), TTL)
    try:
        with lease.paused(at_most=100):
            machine.container.pause()
        until(lambda: is_lost(lease), TTL + 1)
    finally:
        machine.container.unpause()
    lease.confirm()


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_a_server_that_is_restarted_is_survived(machine: Machine, server: DatabaseServer, how: str) -> None:
    with keeping(take_lease(server, holder("one"), TTL)) as lease:
        getattr(machine.container, how)()
        machine.container.start()
        await_server(machine.address, machine.password)
        until(lambda: lease.confirmed_at > lease.taken_at and not is_lost(lease))
        lease.confirm()
        assert held(server).token == 1


def test_a_server_that_does_not_answer_raises_nowhere_but_in_demand(machine: Machine, server: DatabaseServer) -> None:
    """It is frozen: nothing is refused, and nothing comes."""
    with keeping(take_lease(server, holder("one"), TTL)) as lease:
        machine.container.pause()
        try:
            until(lambda: is_lost(lease))
            with pytest.raises(LeaseLost, match="has not confirmed our lease"):
                lease.demand()
        finally:
            machine.container.unpause()
        until(lambda: not is_lost(lease), 20)
        assert held(server).token == 1
        machine.container.pause()
    machine.container.unpause()
    with pytest.raises(LeaseLost, match="was given back"):
        lease.demand()


def test_a_snapshot_that_is_put_back_is_survived(server: DatabaseServer) -> None:
    """With the row of an earlier holder, of ourselves an hour ago, and without any."""
    take_lease(server, holder("earlier"), 1)
    time.sleep(1)
    with keeping(take_lease(server, holder("one"), TTL)) as lease:
        (now,) = server.rows("SELECT * FROM thing_a_me.lease")
        of_ourselves = (*now[:7], now[7].replace(year=2020), *now[8:])
        of_another = (now[0], 1, 1, "ctl9", 1, "earlier", now[6].replace(year=2020), now[7].replace(year=2020), *now[8:])
        for row in (of_ourselves, of_another):
            with lease.restoring():
                put_back(server, row)
                until(lambda: held(server).is_fresh)
            lease.demand()
            assert (held(server).token, held(server).holder) == (2, lease.holder)
        with lease.restoring():
            server.execute("DROP DATABASE thing_a_me")
        lease.demand()
        assert (held(server).token, held(server).holder) == (2, lease.holder)
        assert take_lease(server, holder("one"), TTL).token == 3


def test_a_row_of_the_past_that_nobody_announced_is_a_lost_lease(server: DatabaseServer) -> None:
    """Whoever was stopped before the snapshot was put back must not go on with it."""
    lease = take_lease(server, holder("one"), 1)
    lease.confirm()
    server.execute("UPDATE thing_a_me.lease SET beats = beats - 1, heartbeat = heartbeat - INTERVAL 1 HOUR")
    with pytest.raises(LeaseLost, match="an earlier state"):
        lease.confirm()


def test_a_restore_does_not_take_it_from_one_that_took_it_meanwhile(server: DatabaseServer) -> None:
    lease = take_lease(server, holder("one"), 1, above=10)
    with lease.restoring():
        server.execute("UPDATE thing_a_me.lease SET token = 5, run = 'two'")
    with pytest.raises(LeaseLost, match="run two"):
        lease.demand()


def test_rights_that_are_missing_are_named_with_their_grant(machine: Machine, server: DatabaseServer) -> None:
    server.execute("CREATE USER keeper@'%' IDENTIFIED BY 'p'")
    address = machine.address.model_copy(update={"user": "keeper"})
    try:
        with open_server(address, "p") as ours:
            assert lacking_rights(ours) == ("SELECT", "INSERT", "UPDATE", "CREATE")
            with pytest.raises(RightsMissing) as caught:
                take_lease(ours, holder("one"), TTL)
        grant = caught.value.advice.removeprefix("as an administrator: ")
        assert grant == r"GRANT SELECT, INSERT, UPDATE, CREATE ON `thing\_a\_me`.* TO `keeper`@`%`;"
        server.execute(grant.removesuffix(";"))
        with open_server(address, "p") as ours:
            assert lacking_rights(ours) == ()
            with keeping(take_lease(ours, holder("one"), TTL)) as lease:
                lease.confirm()
    finally:
        server.execute("DROP USER keeper@'%'")


def test_a_snapshot_does_not_see_the_schema_of_the_lease(server: DatabaseServer) -> None:
    take_lease(server, holder("one"), TTL)
    assert "thing_a_me" not in read_source(server).schemas
