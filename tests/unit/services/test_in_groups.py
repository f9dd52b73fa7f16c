"""Groups of real processes: their order, what is side by side, what a failure leaves."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runner.errors import ServiceMissing, ServiceRefused
from runner.services.in_groups import find_back, start_in_groups, stop_in_groups
from runner.services.service import Service, State
from tests.support.services import NOTHING, launch, make, process


class Heard:
    """What was told, in its order; and what runs, as a journal would keep it."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.ran: dict[str, tuple[str, ...]] = {}

    def stopping(self, name: str, runs: tuple[str, ...]) -> None:
        self.ran[name] = runs
        self.said.append(f"stopping {name}")

    def stopped(self, name: str, seconds: float) -> None:
        assert seconds >= 0
        self.said.append(f"stopped {name}")

    def starting(self, name: str, runs: tuple[str, ...]) -> None:
        assert runs == self.ran[name]
        self.said.append(f"starting {name}")

    def started(self, name: str, seconds: float) -> None:
        assert seconds >= 0
        self.said.append(f"started {name}")


def stop(services: list[Service], heard: Heard, *, at_once: int = 8, ran: dict[str, tuple[str, ...]] | None = None) -> None:
    stop_in_groups(services, at_once=at_once, ran=ran, on_stopping=heard.stopping, on_stopped=heard.stopped)


def start(services: list[Service], heard: Heard) -> None:
    start_in_groups(services, heard.ran, at_once=8, on_starting=heard.starting, on_started=heard.started)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def three(tmp_path: Path) -> Iterator[list[Service]]:
    """In groups 3, 1 and 2; the one of group 2 does not run."""
    made = [process(tmp_path, "last", group=3), process(tmp_path, "first", group=1), process(tmp_path, "idle", group=2)]
    launch(*made[:2])
    yield made
    for service in made:
        service.stop()


def test_groups_are_stopped_in_ascending_and_started_in_descending_order(three: list[Service], heard: Heard) -> None:
    stop(three, heard)
    assert heard.said == [f"{verb} {name}" for name in ("first", "idle", "last") for verb in ("stopping", "stopped")]
    assert [service.state() for service in three] == [State.STOPPED] * 3

    heard.said.clear()
    start(three, heard)
    assert heard.said == ["starting last", "started last", "starting first", "started first"]
    assert [service.state() for service in three] == [State.RUNNING, State.RUNNING, State.STOPPED]


def test_what_was_written_down_before_counts(three: list[Service], heard: Heard) -> None:
    stop(three, heard, ran={"idle": ("it",)})
    assert heard.ran == {"first": ("first",), "idle": ("it",), "last": ("last",)}


def meeting(folder: Path, name: str) -> Service:
    """One whose stop waits, for three seconds, until another's stop has begun."""
    meet = f"touch {folder}/{name}; for i in $(seq 30); do test $(ls {folder} | wc -l) -ge 2 && exit 0; sleep 0.1; done; exit 1"
    return make(name, commands={"stop": meet, "start": "true", "status": f"! test -e {folder}/{name} || exit 3"})


def test_members_of_a_group_are_stopped_side_by_side(tmp_path: Path, heard: Heard) -> None:
    began = time.monotonic()
    stop([meeting(tmp_path, "a"), meeting(tmp_path, "b")], heard)
    assert time.monotonic() - began < 2.5


def test_no_more_are_stopped_at_once_than_allowed(tmp_path: Path, heard: Heard) -> None:
    stop([process(tmp_path, name) for name in ("a", "b", "c")], heard, at_once=1)
    assert heard.said == [f"{verb} {name}" for name in ("a", "b", "c") for verb in ("stopping", "stopped")]


def test_one_that_fails_lets_its_group_finish_and_no_other_begin(tmp_path: Path, heard: Heard) -> None:
    slow = process(tmp_path, "slow", stop=f"sleep 0.5; kill $(cat {tmp_path}/slow.pid)")
    later = process(tmp_path, "later", group=2)
    launch(slow, later)
    stubborn = make("stubborn", commands={**NOTHING, "stop": "echo no; exit 1"}, timeout=1)
    gone = make("gone", commands={**NOTHING, "status": "exit 4"}, timeout=1)

    with pytest.raises(ServiceRefused) as failed:
        stop([stubborn, slow, gone, later], heard)

    assert "stubborn did not stop: it is running; the command: exit code 1, no" in failed.value.message
    assert "gone: its status command says that it is not there" in failed.value.message
    assert (slow.state(), later.state()) == (State.STOPPED, State.RUNNING)
    assert "stopping later" not in heard.said
    later.stop()


def test_who_says_no_lets_those_finish_that_have_begun_and_no_more_begin(tmp_path: Path, heard: Heard) -> None:
    slow = process(tmp_path, "slow", stop=f"sleep 0.6; kill $(cat {tmp_path}/slow.pid)")
    waiting, later = process(tmp_path, "waiting"), process(tmp_path, "later", group=2)
    launch(slow, waiting, later)

    def go_on() -> None:
        if heard.said:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        stop_in_groups([slow, waiting, later], at_once=1, on_stopping=heard.stopping, on_stopped=heard.stopped, go_on=go_on)

    assert heard.said == ["stopping slow", "stopped slow"]
    assert (waiting.state(), later.state()) == (State.RUNNING, State.RUNNING)
    for service in (waiting, later):
        service.stop()


def test_where_all_are_missing_that_is_what_is_raised(heard: Heard) -> None:
    gone = [make(name, commands={**NOTHING, "status": "exit 4"}) for name in ("a", "b")]
    with pytest.raises(ServiceMissing, match=r"a: .*; b: "):
        stop(gone, heard)


def test_one_that_does_not_start_keeps_no_other_from_starting(three: list[Service], heard: Heard) -> None:
    stop(three, heard)
    broken = make("broken", commands={"stop": "true", "start": "exit 1", "status": "exit 3"}, group=9, timeout=0.5)
    heard.ran["broken"] = ("broken",)

    with pytest.raises(ServiceRefused, match="broken did not start"):
        start([broken, *three], heard)

    assert [service.state() for service in three] == [State.RUNNING, State.RUNNING, State.STOPPED]


def test_a_journal_that_cannot_be_written_stops_nothing_more(three: list[Service]) -> None:
    def full(name: str, runs: tuple[str, ...]) -> None:
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space"):
        stop_in_groups(three, at_once=8, on_stopping=full, on_stopped=lambda *_: None)
    assert three[1].state() is State.RUNNING


def test_one_that_comes_back_is_found(three: list[Service], heard: Heard) -> None:
    stop(three, heard)
    assert find_back(three, at_once=8) == ()

    colleague = threading.Timer(0.2, launch, [three[1]])
    colleague.start()
    until = time.monotonic() + 10
    while not (back := find_back(three, at_once=8)):
        assert time.monotonic() < until
    assert back == ("first",)
    colleague.join()


def test_one_that_cannot_be_asked_is_not_taken_for_stopped(three: list[Service]) -> None:
    mute = make("mute", commands={**NOTHING, "status": "exit 255"})
    with pytest.raises(ServiceRefused, match=r"mute: .*; last, first: runs again"):
        find_back([mute, *three], at_once=8)
