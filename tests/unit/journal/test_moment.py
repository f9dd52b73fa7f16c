"""How far a window is, from its journal: also where somebody sets the wall clock."""

import datetime
from collections.abc import Sequence

from runner.journal import window_entry as w
from runner.journal.entry import Entry, PhaseBegan, PhaseEnded, Stamped
from runner.journal.moment import moment_of
from tests.unit.journal.histories import BEGAN, NOON

OPENED = w.WindowOpened(
    by="op@ctl1", length=14400, margin=600, at_deadline="roll-back", close="when-valid", boot="b1", boot_seconds=100
)


def begun(phase: str) -> PhaseBegan:
    return PhaseBegan(phase=phase, number=1, of=9)


def at(*written: tuple[float, Entry]) -> Sequence[Stamped]:
    """Entries of a run, each with the seconds after noon that the wall clock showed."""
    return tuple(
        Stamped(seq=number, at=NOON + datetime.timedelta(seconds=seconds), entry=entry)
        for number, (seconds, entry) in enumerate(((-60, BEGAN), *written), start=1)
    )


def test_phases_are_told_from_when_the_window_opened() -> None:
    moment = moment_of(at((-20, begun("gates")), (-10, PhaseEnded(phase="gates")), (0, OPENED), (10, begun("stop"))), 25)
    assert moment.begun == {"gates": 0.0, "stop": 10.0}
    assert (moment.behind, moment.phase, moment.elapsed) == (frozenset({"gates"}), "stop", 25)


def test_a_wall_clock_set_back_by_an_hour_moves_nothing_to_before_the_window_and_no_time_is_won() -> None:
    moment = moment_of(at((0, OPENED), (5, begun("stop")), (-3590, PhaseEnded(phase="stop")), (-3589, begun("chain"))), 12)
    assert moment.begun == {"stop": 5.0, "chain": 0.0}
    assert (moment.phase, moment.elapsed) == ("chain", 12)


def test_a_wall_clock_set_forward_ends_no_window_and_nothing_begins_later_than_now() -> None:
    moment = moment_of(at((0, OPENED), (86400, begun("chain"))), 12)
    assert (moment.elapsed, moment.begun) == (12, {"chain": 12})
    assert not moment.is_past_return
