"""The arithmetic of the window: does it fit, when will it end, and until when can it be turned back. Pure.

All moments are seconds since the window was opened.
"""

import datetime
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from runner.errors import WindowTooShort
from runner.planning.seal import Spread
from runner.planning.timetable import CHAIN, Part, Timetable, left_of_chain

_ON_TIME = 5
_MINUTE, _HOUR = 60, 3600


@dataclass(frozen=True)
class Term:
    """One line of the arithmetic, in whole seconds."""

    name: str
    seconds: int
    source: str = ""


@dataclass(frozen=True)
class Reckoning:
    """The worst case against the window: each term rounded up, so that what is read adds up to what was decided."""

    terms: tuple[Term, ...]
    length: int

    @property
    def needed(self) -> int:
        return sum(term.seconds for term in self.terms)

    @property
    def spare(self) -> int:
        """Seconds that nobody needs; below 0 where it does not fit."""
        return self.length - self.needed

    def __str__(self) -> str:
        rows = [(term.name, say_clock(term.seconds), term.source) for term in self.terms]
        rows.append(("together", say_clock(self.needed), f"of {say_clock(self.length)}"))
        wide, long = (max(len(row[column]) for row in rows) for column in (0, 1))
        return "\n".join(f"  {name:<{wide}}  {clock:>{long}}  {source}".rstrip() for name, clock, source in rows)


@dataclass(frozen=True)
class Moment:
    """How far a window is. `begun` maps the phases that were entered to when, `behind` are those that were left.

    `over` are the chain's steps that are done or have nothing to do; `running` maps those at work to when they began.
    """

    elapsed: float
    begun: Mapping[str, float] = field(default_factory=dict)
    behind: frozenset[str] = frozenset()
    over: frozenset[str] = frozenset()
    running: Mapping[str, float] = field(default_factory=dict)
    is_past_return: bool = False

    @property
    def phase(self) -> str:
        """The phase at work; empty where there is none."""
        return next((phase for phase in reversed(tuple(self.begun)) if phase not in self.behind), "")


OPENING = Moment(0.0)
"""The window has just been opened."""


def reckon(table: Timetable, at: Moment = OPENING) -> Reckoning:
    """Add up the worst case: all that is left at its slowest, and then the way back."""
    spent = (Term("until now", math.ceil(at.elapsed)),) if at.elapsed > 0 else ()
    ahead = (Part(part.phase, _left(part, table, at), part.source) for part in table.ahead if part.phase not in at.behind)
    back = (Part("restore in case", table.restore.seconds, table.restore.source), table.start)
    terms = (Term(part.phase, math.ceil(part.seconds.p95), part.source) for part in (*ahead, *back))
    return Reckoning((*spent, *terms, Term("margin", math.ceil(table.margin))), math.floor(table.length))


def demand_fit(table: Timetable, at: Moment = OPENING) -> Reckoning:
    """Demand that the window can be turned back from its last phase and still be over in time.

    Asked before anything is stopped, and once more before the chain begins: until then turning back is cheap.

    Raises:
        WindowTooShort: it cannot; the message has every term.
    """
    reckoning = reckon(table, at)
    if reckoning.spare < 0:
        raise WindowTooShort(f"the window is too short by {say_clock(-reckoning.spare)}:\n{reckoning}")
    return reckoning


@dataclass(frozen=True)
class Forecast:
    """What can be said of a window at one moment; see `look_ahead`.

    `done` and `steps` count the chain's steps that are to run. `end` is in how many seconds the last phase ends; `ahead` is by
    how many seconds that is before what was planned (below 0: after). `turn_back_by` is the last safe moment to turn back,
    None where nothing leads back any more. `slow` are phases and steps at work for longer than they ever took.
    """

    elapsed: float
    length: float
    phase: str
    done: int
    steps: int
    end: Spread
    ahead: float
    turn_back_by: float | None
    slow: tuple[str, ...]

    @property
    def left(self) -> float:
        """Seconds to the window's end; below 0 after it."""
        return self.length - self.elapsed

    @property
    def turn_back_left(self) -> float | None:
        """Seconds to the last safe moment to turn back; below 0 after it."""
        return None if self.turn_back_by is None else self.turn_back_by - self.elapsed

    @property
    def is_deadline(self) -> bool:
        """Whether the last safe moment to turn back has come."""
        return self.turn_back_left is not None and self.turn_back_left <= 0


def look_ahead(table: Timetable, at: Moment) -> Forecast:
    """Forecast the rest of a window.

    1. The band goes from the medians of what is left to its p95; lanes run side by side as a run lets them.
    2. What is at work for longer than it ever took is taken to end now, and named in `slow`.
    3. Turning back must leave time for the restore (once the chain has begun: before, nothing was written), for the
       services' start, and for the margin. Once `close` has begun nothing leads back.
    """
    to_run = {step.id for step in table.plan.to_run}
    left = [_left(part, table, at) for part in table.ahead]
    end = Spread(median=sum(one.median for one in left), p95=sum(one.p95 for one in left))
    return Forecast(
        elapsed=at.elapsed,
        length=table.length,
        phase=at.phase,
        done=len(to_run & at.over),
        steps=len(to_run),
        end=end,
        ahead=table.expected - at.elapsed - end.median,
        turn_back_by=_turn_back_by(table, at),
        slow=tuple(_slow(table, at)),
    )


def _left(part: Part, table: Timetable, at: Moment) -> Spread:
    if part.phase in at.behind:
        return Spread(median=0.0, p95=0.0)
    if part.phase == CHAIN:
        ran = {step: at.elapsed - began for step, began in at.running.items()}
        return left_of_chain(table.course, table.steps, table.jobs, over=at.over, running=ran)
    spent = at.elapsed - at.begun.get(part.phase, at.elapsed)
    return Spread(median=max(0.0, part.seconds.median - spent), p95=max(0.0, part.seconds.p95 - spent))


def _turn_back_by(table: Timetable, at: Moment) -> float | None:
    if at.is_past_return:
        return None
    restore = table.restore.seconds.p95 if CHAIN in at.begun else 0.0
    return table.length - table.margin - table.start.seconds.p95 - restore


def _slow(table: Timetable, at: Moment) -> Iterator[str]:
    for part in table.ahead:
        is_at_work = part.phase in at.begun and part.phase not in at.behind
        if is_at_work and part.phase != CHAIN and at.elapsed - at.begun[part.phase] > part.seconds.p95:
            yield part.phase
    for step, began in at.running.items():
        if step in table.steps and at.elapsed - began > table.steps[step].p95:
            yield step


def say_clock(seconds: float) -> str:
    """Say a duration as a clock does: `0:05`, `41:00`, `1:01:20`; what is begun of a second is left out."""
    minutes, rest = divmod(math.floor(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def say_forecast(forecast: Forecast, now: datetime.datetime) -> str:
    """Say it all in one line that can be read aloud; `now` is the wall clock, in the time zone that is to be read.

    For example `1:12:00 in, 2:48:00 left; chain 34/51; end expected 41:00 to 52:00 from now; 3 min ahead; turn back by
    02:13 (1:01:20 left)`.
    """
    return "; ".join(
        (
            f"{say_clock(forecast.elapsed)} in, {_left_of_window(forecast.left)}",
            *_at_work(forecast),
            f"end expected {_band(forecast)}",
            _ahead(forecast.ahead),
            _back(forecast, now),
        )
    )


def _left_of_window(left: float) -> str:
    return f"{say_clock(left)} left" if left >= 0 else f"{say_clock(-left)} past the window's end"


def _at_work(forecast: Forecast) -> Iterator[str]:
    if forecast.phase:
        yield f"{CHAIN} {forecast.done}/{forecast.steps}" if forecast.phase == CHAIN else forecast.phase
    if forecast.slow:
        yield f"slower than ever before: {', '.join(forecast.slow)}"


def _band(forecast: Forecast) -> str:
    first, last = (say_clock(math.ceil(seconds)) for seconds in (forecast.end.median, forecast.end.p95))
    late = ", past the window's end" if forecast.end.p95 > forecast.left else ""
    return f"{first if first == last else f'{first} to {last}'} from now{late}"


def _ahead(seconds: float) -> str:
    size = abs(seconds)
    if size < _ON_TIME:
        return "on time"
    amount = f"{size:.0f} s" if size < _MINUTE else f"{size / _MINUTE:.0f} min" if size < _HOUR else say_clock(size)
    return f"{amount} {'ahead' if seconds > 0 else 'behind'}"


def _back(forecast: Forecast, now: datetime.datetime) -> str:
    left = forecast.turn_back_left
    if left is None:
        return "past the point of no return"
    moment = f"{now + datetime.timedelta(seconds=left):%H:%M}"
    return (
        f"turn back by {moment} ({say_clock(left)} left)"
        if left >= 0
        else f"turn back was due at {moment}, {say_clock(-left)} ago"
    )
