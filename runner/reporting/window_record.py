"""What a report says of the window around a chain: its timeline, what was down and for how long, who decided what."""

import datetime
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from runner.frozen import Frozen
from runner.journal import window_entry as w
from runner.journal.entry import PhaseBegan, PhaseEnded, Stamped
from runner.journal.window_position import replay_window


class PhaseSpan(Frozen):
    """A phase, or its undoing, on the timeline; `ended` is missing where it did not come to its end."""

    phase: str
    undo: bool = False
    began: datetime.datetime
    ended: datetime.datetime | None = None


class Downtime(Frozen):
    """A service that was stopped; `until` is missing while it is."""

    service: str
    since: datetime.datetime
    until: datetime.datetime | None = None

    @property
    def seconds(self) -> float | None:
        return (self.until - self.since).total_seconds() if self.until else None


class DecisionRecord(Frozen):
    """Who decided what."""

    at: datetime.datetime
    by: str
    what: str


class WindowRecord(Frozen):
    """The window of a run. `closes_at` is by the wall clock, for people; the boot clock decides."""

    opened_at: datetime.datetime
    closes_at: datetime.datetime
    length: float
    margin: float
    end: Literal["open", "closed", "turning back", "turned back"]
    reason: str = Field(description="why it was turned back")
    waiting: str = Field(description="what somebody has to decide about before it goes on, as of the last entry")
    snapshot: str
    phases: tuple[PhaseSpan, ...]
    downtimes: tuple[Downtime, ...]
    decisions: tuple[DecisionRecord, ...]
    hooks: tuple[w.HookEnded, ...]
    silence: w.SilenceReached | None
    watched: w.WatchEnded | None
    still_stopped: tuple[str, ...]
    still_locked: tuple[str, ...]


def window_of(entries: Sequence[Stamped]) -> WindowRecord | None:
    """Imply the window's record; None for a run without a window. Pure."""
    position = replay_window(entries)
    opened = next((one for one in entries if isinstance(one.entry, w.WindowOpened)), None)
    if position.opened is None or opened is None:
        return None
    locked = tuple(f"{one.user}@{one.host}" for one in position.locked if not one.was_locked)
    silence = [one.entry for one in entries if isinstance(one.entry, w.SilenceReached)]
    return WindowRecord(
        opened_at=opened.at,
        closes_at=opened.at + datetime.timedelta(seconds=position.opened.length),
        length=position.opened.length,
        margin=position.opened.margin,
        end=_end(position.turning, entries),
        reason=position.turning.reason if position.turning else "",
        waiting=position.waiting,
        snapshot=position.snapshot,
        phases=phases_of(entries),
        downtimes=_downtimes(entries),
        decisions=tuple(_decisions(entries)),
        hooks=tuple(one.entry for one in entries if isinstance(one.entry, w.HookEnded)),
        silence=silence[-1] if silence else None,
        watched=position.watched,
        still_stopped=tuple(sorted(position.stopped)),
        still_locked=locked if position.is_held else (),
    )


def _end(turning: w.TurningBack | None, entries: Sequence[Stamped]) -> Literal["open", "closed", "turning back", "turned back"]:
    outcome = getattr(entries[-1].entry, "outcome", None)
    if turning:
        return "turned back" if outcome == "rolled-back" else "turning back"
    return "closed" if outcome == "proved" else "open"


def phases_of(entries: Iterable[Stamped]) -> tuple[PhaseSpan, ...]:
    """Phases in the order in which they began; one that was entered again after a crash is there twice."""
    spans: list[PhaseSpan] = []
    for stamped in entries:
        match stamped.entry:
            case PhaseBegan(phase=phase):
                spans.append(PhaseSpan(phase=phase, began=stamped.at))
            case w.UndoBegan(phase=phase):
                spans.append(PhaseSpan(phase=phase, undo=True, began=stamped.at))
            case PhaseEnded(phase=phase):
                _close(spans, phase, undo=False, at=stamped.at)
            case w.UndoEnded(phase=phase):
                _close(spans, phase, undo=True, at=stamped.at)
            case _:
                pass
    return tuple(spans)


def _close(spans: list[PhaseSpan], phase: str, *, undo: bool, at: datetime.datetime) -> None:
    for number in range(len(spans) - 1, -1, -1):
        span = spans[number]
        if (span.phase, span.undo, span.ended) == (phase, undo, None):
            spans[number] = span.model_copy(update={"ended": at})
            return


def _downtimes(entries: Iterable[Stamped]) -> tuple[Downtime, ...]:
    down: dict[str, list[Downtime]] = {}
    for stamped in entries:
        match stamped.entry:
            # From here on it may answer no more. One of which nothing ran is not down because of us, nor is one twice.
            case w.ServiceStopping(service=service, running=[_, *_]) if not down.get(service) or down[service][-1].until:
                down.setdefault(service, []).append(Downtime(service=service, since=stamped.at))
            case w.ServiceStarted(service=service) if down.get(service) and down[service][-1].until is None:
                down[service][-1] = down[service][-1].model_copy(update={"until": stamped.at})
            case _:
                pass
    return tuple(one for times in down.values() for one in times)


def _decisions(entries: Iterable[Stamped]) -> Iterable[DecisionRecord]:
    for stamped in entries:
        match stamped.entry:
            case w.WindowOpened(by=by):
                yield DecisionRecord(at=stamped.at, by=by, what="opened the window")
            case w.Decided(about=about, by=by):
                yield DecisionRecord(at=stamped.at, by=by, what=f"went on: {about}")
            case w.GatePassed(gate=gate, by=by):
                yield DecisionRecord(at=stamped.at, by=by, what=f"passed the {gate}")
            case w.TurningBack(reason=reason, by=by):
                yield DecisionRecord(at=stamped.at, by=by, what=f"turned back: {reason}")
            case _:
                pass
