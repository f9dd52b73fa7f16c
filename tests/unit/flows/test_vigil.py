"""The vigil on a real journal: the last safe moment, what was agreed about it, and what somebody decides meanwhile."""

import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Literal, cast

import pytest

from runner import boot_clock
from runner.errors import LeaseLost, NothingToDecide
from runner.events import Event
from runner.flows.decision import Decision, decide
from runner.flows.vigil import CLOCK, TurnBack, Vigil
from runner.journal import window_entry as w
from runner.journal.entry import PhaseBegan, RunResumed
from runner.journal.reader import read_entries
from runner.journal.writer import Journal, open_journal
from runner.mariadb.lease import Lease
from runner.window_settings import WindowSettings
from tests.support.thing import until
from tests.support.timetables import BRIEFLY
from tests.unit.journal.histories import BEGAN

SAFE = BRIEFLY.length - BRIEFLY.margin - BRIEFLY.start.seconds.p95 - BRIEFLY.restore.seconds.p95
"""Seconds from its opening to the last safe moment, once the chain has begun."""


class OurLease:
    """A lease of which nothing else is asked."""

    lost = ""
    confirmed_at = boot_clock.seconds()
    silent_until = 0.0

    def demand(self) -> None:
        if self.lost or time.monotonic() < self.silent_until:
            raise LeaseLost(self.lost or "not confirmed")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with open_journal(tmp_path, create=True) as opened:
        opened.append(BEGAN)
        yield opened


def vigil(
    journal: Journal,
    ago: float,
    *,
    lease: OurLease | None = None,
    at_deadline: Literal["roll-back", "hold", "continue"] = "roll-back",
) -> tuple[Vigil, list[str]]:
    """A vigil over a window that was opened so many seconds ago, in its chain; and what it tells."""
    now, told = boot_clock.now(), list[str]()
    settings = WindowSettings(length=BRIEFLY.length, margin=BRIEFLY.margin, at_deadline=at_deadline)
    journal.append(
        w.WindowOpened(
            by="ada@ctl1",
            length=settings.length,
            margin=settings.margin,
            at_deadline=settings.at_deadline,
            close=settings.close,
            boot=now.boot_id,
            boot_seconds=now.seconds - ago,
        )
    )
    journal.append(PhaseBegan(phase="chain", number=9, of=14))

    def tell(event: Event) -> None:
        told.append(str(getattr(event, "text", "")))

    return Vigil(journal, settings, BRIEFLY, cast("Lease", lease or OurLease()), tell), told


def test_before_the_last_safe_moment_it_goes_on(journal: Journal) -> None:
    watching, told = vigil(journal, SAFE - 30)
    assert watching.demand()
    assert told == []


def test_past_it_the_window_is_turned_back_by_the_clock(journal: Journal) -> None:
    watching, _ = vigil(journal, SAFE + 1)
    with pytest.raises(TurnBack, match="the last safe moment to turn back has passed") as turned:
        watching.demand()
    assert turned.value.by == CLOCK
    with pytest.raises(TurnBack, match="the last safe moment"):
        watching.demand()
    assert watching.wish, "the first who heard it may be a thread that nobody listens to"


def test_who_wanted_to_be_asked_is_asked_and_nothing_new_begins(journal: Journal) -> None:
    watching, told = vigil(journal, SAFE + 1, at_deadline="hold")
    assert not watching.demand()
    assert "nothing is begun (--at-deadline hold)" in told[0]
    assert "nothing is begun (--at-deadline hold)" in watching.position.waiting
    assert f"`thing-a-me proceed {journal.folder.name}` goes on" in told[0]
    decide(journal.folder, "proceed")
    _look_again(watching)
    assert watching.demand()
    assert len(told) == 1, "it is asked once"
    assert not watching.position.waiting


def test_who_was_asked_may_turn_back(journal: Journal) -> None:
    watching, _ = vigil(journal, SAFE + 1, at_deadline="hold")
    watching.demand()
    by = decide(journal.folder, "abort").by
    _look_again(watching)
    with pytest.raises(TurnBack, match="abort") as turned:
        watching.demand()
    assert turned.value.by == by


def test_who_wanted_to_go_on_is_told_once(journal: Journal) -> None:
    watching, told = vigil(journal, SAFE + 1, at_deadline="continue")
    for _ in range(3):
        _look_again(watching)
        assert watching.demand()
    assert [text for text in told if "going on (--at-deadline continue)" in text] == told
    assert len(told) == 1


def test_past_the_point_of_no_return_no_clock_counts(journal: Journal) -> None:
    watching, told = vigil(journal, SAFE + 1)
    journal.append(w.GatePassed(gate=w.POINT_OF_NO_RETURN, by="ada@ctl1"))
    assert watching.demand()
    assert told == []


def test_a_lost_lease_ends_it_whatever_was_agreed(journal: Journal) -> None:
    lease = OurLease()
    watching, _ = vigil(journal, 0, lease=lease, at_deadline="continue")
    lease.lost = "another has it"
    with pytest.raises(LeaseLost):
        watching.demand()


@pytest.mark.parametrize("ago", [0, SAFE + 1])
def test_in_a_pause_of_ours_the_clock_counts_and_no_lease_is_asked_for(journal: Journal, ago: float) -> None:
    lease = OurLease()
    lease.lost = "nothing confirmed it"
    watching, _ = vigil(journal, ago, lease=lease)
    with pytest.raises(TurnBack) if ago else nullcontext():
        watching.heed()


def test_a_server_that_says_nothing_for_a_while_is_waited_for(journal: Journal) -> None:
    lease = OurLease()
    watching, told = vigil(journal, 0, lease=lease)
    lease.silent_until = time.monotonic() + 1
    assert not watching.demand()
    watching.await_leave()
    assert time.monotonic() >= lease.silent_until
    assert watching.demand()
    assert told == [], "nobody is asked"


def test_who_waits_for_a_decision_hears_it_and_the_clock(journal: Journal) -> None:
    watching, told = vigil(journal, 0)
    heard = list[Decision]()
    waiting = threading.Thread(target=lambda: heard.append(watching.await_decision("hook ours: exit code 1")))
    waiting.start()
    until(lambda: watching.position.waiting == "hook ours: exit code 1", "it waits", 10)
    assert [one.entry.about for one in read_entries(journal.folder) if isinstance(one.entry, w.Decided)] == []
    by = decide(journal.folder, "proceed").by
    waiting.join(10)
    assert [one.what for one in heard] == ["proceed"]
    decided = [one.entry for one in read_entries(journal.folder) if isinstance(one.entry, w.Decided)]
    assert decided == [w.Decided(about="hook ours: exit code 1", by=by)]
    assert told[0].startswith("hook ours: exit code 1: `thing-a-me proceed")


def test_who_waits_is_turned_back_by_the_clock(journal: Journal) -> None:
    watching, _ = vigil(journal, SAFE - 0.2)
    with pytest.raises(TurnBack, match="last safe moment"):
        watching.await_decision("before roll out")


def test_one_who_answers_answers_to_all_that_is_asked(journal: Journal) -> None:
    watching, _ = vigil(journal, SAFE - 0.2, at_deadline="hold")
    heard = list[Decision]()
    waiting = threading.Thread(target=lambda: heard.append(watching.await_decision("the point of no return")))
    waiting.start()
    until(lambda: "; besides: the last safe moment" in watching.position.waiting, "both are asked", 10)
    assert watching.position.waiting.startswith("the point of no return; besides: ")
    decide(journal.folder, "proceed")
    waiting.join(10)
    _look_again(watching)
    assert watching.demand()
    assert not watching.position.waiting


def test_an_abort_that_is_found_too_late_turns_nothing_back(journal: Journal) -> None:
    watching, told = vigil(journal, 0)
    by = decide(journal.folder, "abort").by
    journal.append(w.GatePassed(gate=w.POINT_OF_NO_RETURN, by="ada@ctl1"))
    _look_again(watching)
    assert watching.demand()
    assert told == [f"{by} said abort; the point of no return was passed already"]


def test_nobody_proceeds_where_nothing_waits(journal: Journal) -> None:
    vigil(journal, 0)
    with pytest.raises(NothingToDecide, match="waits for nobody: it is in chain"):
        decide(journal.folder, "proceed")
    assert decide(journal.folder, "abort").what == "abort"


def test_who_was_asked_in_another_sitting_is_asked_again(journal: Journal) -> None:
    watching, _ = vigil(journal, 0)
    journal.append(w.Waiting(about="hook ours: exit code 1"))
    assert watching.position.waiting
    journal.append(RunResumed(pid=1, host="ctl1", version="1"))
    with pytest.raises(NothingToDecide):
        decide(journal.folder, "proceed")


def _look_again(watching: Vigil) -> None:
    """Have it look at once: it does twice a second."""
    watching._looked = 0.0
