"""The window in a report: its timeline, what was down, who decided."""

import datetime

from runner.journal import window_entry as w
from runner.journal.entry import Entry, PhaseBegan, PhaseEnded, RunEnded, Stamped
from runner.reporting.window_record import WindowRecord, window_of
from tests.unit.journal.histories import NOON, stamp
from tests.unit.journal.test_window_position import LOCKED_BEFORE, OPENED, SERVICE

STOPPING = w.ServiceStopping(service="keystone", running=("keystone",))
DOWN, UP = w.ServiceStopped(service="keystone", seconds=2), w.ServiceStarted(service="keystone", seconds=3)
TURNING = w.TurningBack(reason="step heat/2024.1/sync failed", by="op@ctl1")


def record(*timed: tuple[int, Entry]) -> WindowRecord:
    entries = [Stamped(seq=n, at=NOON + datetime.timedelta(seconds=s), entry=one) for n, (s, one) in enumerate(timed, 1)]
    found = window_of(entries)
    assert found
    return found


def test_a_run_without_a_window_has_no_record_of_one() -> None:
    assert window_of(stamp((PhaseBegan(phase="chain", number=1, of=4),))) is None


def test_phases_and_their_undoing_are_on_one_timeline() -> None:
    found = record(
        (0, OPENED),
        (1, PhaseBegan(phase="stop", number=1, of=2)),
        (4, PhaseEnded(phase="stop")),
        (5, PhaseBegan(phase="chain", number=2, of=2)),
        (9, TURNING),
        (10, w.UndoBegan(phase="chain")),
        (30, w.UndoEnded(phase="chain")),
    )
    spans = [(one.phase, one.undo, (one.ended - one.began).total_seconds() if one.ended else None) for one in found.phases]
    assert spans == [("stop", False, 3), ("chain", False, None), ("chain", True, 20)]
    assert (found.end, found.reason) == ("turning back", "step heat/2024.1/sync failed")


def test_a_service_was_down_from_its_stop_to_its_start() -> None:
    found = record((0, OPENED), (8, STOPPING), (10, DOWN), (98, UP))
    assert [(one.service, one.seconds) for one in found.downtimes] == [("keystone", 90)]
    assert found.still_stopped == ()


def test_a_service_that_did_not_run_was_not_down() -> None:
    idle = w.ServiceStopping(service="keystone", running=())
    found = record((0, OPENED), (8, idle), (10, DOWN))
    assert (found.downtimes, found.still_stopped) == ((), ())


def test_one_that_is_stopped_by_two_sittings_is_down_once() -> None:
    found = record((0, OPENED), (8, STOPPING), (9, STOPPING), (10, DOWN), (98, UP), (99, STOPPING), (100, DOWN))
    assert [one.seconds for one in found.downtimes] == [90, None]


def test_what_is_still_stopped_and_locked_is_told() -> None:
    found = record((0, OPENED), (1, STOPPING), (1, DOWN), (2, w.AccountsLocking(accounts=(SERVICE, LOCKED_BEFORE))))
    assert (found.still_stopped, found.still_locked) == (("keystone",), ("nova@%",))
    assert found.downtimes[0].seconds is None


def test_who_decided_what_is_told_with_the_time() -> None:
    gate = w.GatePassed(gate="point of no return", by="op@ctl1")
    found = record((0, OPENED), (60, gate), (61, RunEnded(outcome="proved")))
    assert [(one.by, one.what) for one in found.decisions] == [
        ("op@ctl1", "opened the window"),
        ("op@ctl1", "passed the point of no return"),
    ]
    assert found.end == "closed"
    assert found.closes_at == NOON + datetime.timedelta(hours=4)


def test_a_window_that_was_turned_back_says_so() -> None:
    assert record((0, OPENED), (1, TURNING), (2, RunEnded(outcome="rolled-back"))).end == "turned back"
