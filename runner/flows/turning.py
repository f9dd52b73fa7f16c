"""A windowed run to its end: forward through its phases, or back through their undos, from wherever the journal says it is."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from runner import events
from runner.errors import Aftermath, EngineMissing, JournalBroken, LeaseLost, RollBackFailed, ThingAMeError, TurnedBack
from runner.flows.hooks_at import end_left_hook, hooks_left
from runner.flows.phases import end_watch_of, look_again
from runner.flows.run import in_phase
from runner.flows.undos import UNDOS
from runner.flows.vigil import TurnBack
from runner.flows.window import Window
from runner.journal import entry as e
from runner.journal import window_entry as w
from runner.journal.reader import read_entries
from runner.journal.replay import replay

Phases = Sequence[tuple[str, Callable[[Window], object]]]
RUNNER = "the runner"
"""Who turns back where a phase failed."""
_NOTHING_MORE = (LeaseLost, EngineMissing, JournalBroken)
"""Without the lease nothing may be undone; without the engine or the journal nothing can be."""


def finish_window(window: Window, phases: Phases) -> None:
    """Take a run through the phases that are not behind it, or go on turning back if it was.

    Raises:
        TurnedBack: all is as it was before the window.
        RollBackFailed: it is not, and `rollback` goes on.
        what a phase raises: nothing had been changed, or nothing may be undone.
    """
    if turning := window.position.turning:
        turn_back(window, turning.reason, turning.by)
    with _recorded(window):
        try:
            look_again(window)
            go_forward(window, phases)
        except TurnBack as wish:
            turn_back(window, wish.reason, wish.by)
        except ThingAMeError as error:
            if isinstance(error, _NOTHING_MORE):
                raise
            if said := window.vigil.wish:
                turn_back(window, said.reason, said.by, cause=error)
            if not _leads_back(window) or window.vigil.settings.on_failure == "hold":
                raise
            turn_back(window, error.message, RUNNER, cause=error)
    window.run.journal.append(e.RunEnded(outcome="proved"))
    window.run.tell(events.RunEnded(run=window.run.name, outcome="proved", seconds=window.vigil.elapsed))


def go_forward(window: Window, phases: Phases) -> None:
    """Enter every phase that is not behind the run."""
    behind = window.position.behind
    for number, (name, phase) in enumerate(phases, 1):
        if name in behind:
            continue
        window.vigil.await_leave()
        with in_phase(window.run.journal, window.run.tell, name, number=number, of=len(phases)):
            window.vigil.lease.say(name)
            window.vigil.lease.confirm()
            phase(window)


def turn_back(window: Window, reason: str, by: str, *, cause: ThingAMeError | None = None) -> None:
    """Undo every phase that was entered, the last one first; never returns.

    Raises:
        TurnedBack: all is as it was.
        RollBackFailed: a phase could not be undone; what comes before it is left as it is.
    """
    end_left_hook(window)
    window.say(w.TurningBack(reason=reason, by=by))
    window.run.tell(events.TurningBack(reason=reason, by=by))
    for phase in window.position.to_undo:
        if undo := UNDOS.get(phase):
            window.say(w.UndoBegan(phase=phase))
            window.run.tell(events.UndoBegan(phase=phase))
            try:
                window.vigil.lease.say(f"turning back: {phase}")
                _demand_lease(window, phase)
                undo(window)
            except ThingAMeError as error:
                raise RollBackFailed(
                    f"turning back ({reason}): {phase} could not be undone: {error.message}", hint=_hint(error)
                ) from error
            window.say(w.UndoEnded(phase=phase))
    with suppress(ThingAMeError):
        end_watch_of(window)
    window.run.journal.append(e.RunEnded(outcome="rolled-back", message=reason))
    window.run.tell(events.RunEnded(run=window.run.name, outcome="rolled-back", seconds=window.vigil.elapsed))
    said = "all is as it was before the window"
    if "stop" in window.position.begun and (failed := hooks_left(window, "on-roll-back")):
        said += f", but for what was to be done by hooks that failed: {', '.join(failed)}"
    raise TurnedBack(f"turned back by {by}: {reason}\n{said}") from cause


def _demand_lease(window: Window, phase: str) -> None:
    """Demand the lease of the server itself, but where that may be away: half put back."""
    if phase == "chain":
        window.vigil.lease.demand()
    else:
        window.vigil.lease.confirm()


def _hint(error: ThingAMeError) -> str:
    return f"{error.advice}; then `thing-a-me rollback` goes on where it was"


def _leads_back(window: Window) -> bool:
    """Whether anything was begun that has to be undone, and may be."""
    position = window.position
    return not position.is_past_return and any(phase in UNDOS for phase in position.to_undo)


@contextmanager
def _recorded(window: Window) -> Iterator[None]:
    """Write down how the run ends where it ends before its time; turning back writes its own end."""
    try:
        yield
    except TurnedBack:
        raise
    except ThingAMeError as error:
        if _has_written(window) and error.left_behind is Aftermath.UNTOUCHED:
            error.left_behind = Aftermath.CHANGED
        with suppress(JournalBroken):
            window.run.journal.append(e.RunEnded(outcome="failed", message=error.message))
        window.run.tell(events.RunEnded(run=window.run.name, outcome="failed", seconds=window.vigil.elapsed))
        raise
    except KeyboardInterrupt:
        with suppress(JournalBroken):
            window.run.journal.append(e.RunEnded(outcome="interrupted"))
        raise


def _has_written(window: Window) -> bool:
    """Whether a step had begun: the databases may not be what they were."""
    return any(step.attempt for step in replay(read_entries(window.run.folder)).steps.values())
