"""Entries -> how far a window is, for its arithmetic. Pure."""

import datetime
from collections.abc import Sequence

from runner.journal import entry as e
from runner.journal import window_entry as w
from runner.journal.entry import Stamped
from runner.journal.replay import OVER, replay
from runner.planning.window import Moment


def moment_of(entries: Sequence[Stamped], elapsed: float) -> Moment:
    """Say where a window is, `elapsed` seconds after it was opened; what was before that began at 0.

    Entries bear the wall clock, which somebody may set: nothing began later than now.
    """
    opened = next((one.at for one in entries if isinstance(one.entry, w.WindowOpened)), None)
    begun: dict[str, float] = {}
    behind: list[str] = []
    running: dict[str, float] = {}
    for stamped in entries:
        match stamped.entry:
            case e.PhaseBegan(phase=phase):
                begun[phase] = min(_since(opened, stamped.at), elapsed)
            case e.PhaseEnded(phase=phase):
                behind.append(phase)
            case e.StepStarted(step=step):
                running[step] = min(_since(opened, stamped.at), elapsed)
            case e.StepProved(step=step) | e.StepFailed(step=step):
                running.pop(step, None)
            case _:
                pass
    over = frozenset(name for name, step in replay(entries).steps.items() if step.state in OVER)
    closed = any(isinstance(one.entry, w.GatePassed) and one.entry.gate == w.POINT_OF_NO_RETURN for one in entries)
    return Moment(elapsed, begun, frozenset(behind), over, running, closed)


def _since(opened: datetime.datetime | None, at: datetime.datetime) -> float:
    return max(0.0, (at - opened).total_seconds()) if opened else 0.0
