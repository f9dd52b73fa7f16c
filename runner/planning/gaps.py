"""Gaps of what is watched: from a record of changes and counts to gaps, holes in the watch, and a verdict."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from runner.frozen import Frozen


class Began(Frozen):
    """A process began to watch. `at` is the boot clock's in seconds, as all times of entries are; `utc` is the wall's."""

    what: Literal["began"] = "began"
    at: float
    utc: float
    boot: str
    pid: int
    every: float
    timeout: float
    budget: float
    targets: dict[str, str]
    """Each target's name and kind. Its address is not written down: cloud.yaml has it."""


class Changed(Frozen):
    """A target's beat went otherwise than the one before it, which was at `before` (None: there was none)."""

    what: Literal["changed"] = "changed"
    target: str
    at: float
    before: float | None = None
    to: Literal["good", "missed"]
    why: str | None = None


class Unwatched(Frozen):
    """No beat can be told of between these two: we were late, or could not ask."""

    what: Literal["unwatched"] = "unwatched"
    target: str
    begins: float
    ends: float
    why: str


class Count(Frozen):
    """A target so far: `until` is its last beat told of; `latest` the worst delay of a beat, `slowest` the slowest answer."""

    until: float | None = None
    beats: int = 0
    missed: int = 0
    late: int = 0
    latest: float = 0.0
    slowest: float = 0.0


class Counted(Frozen):
    """What was counted since the process that began at `began` began."""

    what: Literal["counted"] = "counted"
    at: float
    began: float
    targets: dict[str, Count]


class Ended(Frozen):
    """The process ended. Only `stopped` is by our own wish."""

    what: Literal["ended"] = "ended"
    at: float
    why: Literal["stopped", "terminated", "time is up", "vanished"]


AnyEntry = Began | Changed | Unwatched | Counted | Ended
Entry = Annotated[AnyEntry, Field(discriminator="what")]


@dataclass(frozen=True)
class WatchRecord:
    """What was written down. Silent is one whose process lives and has not written for too long; died, one without an end.

    `now` are the newest counts; `read_at` is the wall clock's when it was read, as seconds of the epoch.
    """

    entries: tuple[AnyEntry, ...]
    now: Counted | None
    state: Literal["none", "running", "silent", "ended", "died"]
    read_at: float


@dataclass(frozen=True)
class Gap:
    """From the last good beat to the next good one, in seconds of the epoch; `ends` is None while it lasts.

    `seconds` runs to the last beat told of then. `unwatched` are those of them in which nobody looked.
    """

    begins: float
    ends: float | None
    seconds: float
    unwatched: float
    why: str


@dataclass(frozen=True)
class Hole:
    """Nobody looked from one beat to the next one told of; `ends` is None where there is no next one."""

    begins: float
    ends: float | None
    seconds: float
    why: str


@dataclass(frozen=True)
class Sight:
    """What was seen of one target. `beats` are those told of, `late` those not made within `every` of their time."""

    target: str
    kind: str
    budget: float
    beats: int
    missed: int
    late: int
    latest: float
    slowest: float
    gaps: tuple[Gap, ...]
    holes: tuple[Hole, ...]

    @property
    def longest(self) -> Gap | None:
        return max(self.gaps, key=lambda gap: gap.seconds, default=None)

    @property
    def total(self) -> float:
        """Seconds of all gaps."""
        return round(sum(gap.seconds for gap in self.gaps), 3)

    @property
    def holds(self) -> bool | None:
        """Whether no gap was longer than the budget; None where a hole may hide one that was."""
        # Each gap has a miss, which is longer than nothing, however short the time that is sure.
        if any(gap.seconds - gap.unwatched > self.budget or not self.budget for gap in self.gaps):
            return False
        longer = (*(gap.seconds for gap in self.gaps), *(hole.seconds for hole in self.holes))
        if not self.beats or any(hole.ends is None for hole in self.holes) or any(one > self.budget for one in longer):
            return None
        return True

    @property
    def aloud(self) -> str:
        """One line to read aloud."""
        verdict = {True: "within", False: "over", None: "cannot be told against"}[self.holds]
        said = [f"{self.beats:,} beats", self._gaps_aloud(), *self._holes_aloud()]
        if self.late:
            said.append(f"{self.late:,} beats not made in time, the worst {self.latest:.2f} s late")
        return f"{self.target} ({self.kind}): {', '.join(said)}: {verdict} the budget of {self.budget:g} s"

    def _gaps_aloud(self) -> str:
        if not self.longest:
            return "no gap seen"
        lasts = f", and lasts since {_clock(self.gaps[-1].begins)}" if self.gaps[-1].ends is None else ""
        number = "1 gap of" if len(self.gaps) == 1 else f"{len(self.gaps):,} gaps of {self.total:.2f} s in all, the longest"
        return f"{number} {self.longest.seconds:.2f} s at {_clock(self.longest.begins)} ({self.longest.why}){lasts}"

    def _holes_aloud(self) -> Iterator[str]:
        if closed := [hole for hole in self.holes if hole.ends is not None]:
            seconds = sum(hole.seconds for hole in closed)
            yield f"not watched {len(closed):,} times, {seconds:.2f} s in all, first at {_clock(closed[0].begins)}"
        for hole in self.holes:
            if hole.ends is None:
                yield f"not watched since {_clock(hole.begins)} ({hole.why})"


def judge(record: WatchRecord) -> tuple[Sight, ...]:
    """Say of every target what was seen of it, in the order of cloud.yaml."""
    folds: dict[str, _Fold] = {}
    shift, boot, began = 0.0, "", None
    entries = (*record.entries, record.now) if record.now else record.entries
    for entry in entries:
        match entry:
            case Began():
                # Within one boot its clock decides; the wall's may have been set meanwhile.
                if entry.boot != boot:
                    shift, boot = entry.utc - entry.at, entry.boot
                began = entry
                for name, kind in entry.targets.items():
                    folds.setdefault(name, _Fold(name, kind, shift + entry.at)).begin(entry)
            case Changed():
                before = None if entry.before is None else shift + entry.before
                folds[entry.target].change(shift + entry.at, before, entry.to, entry.why or "missed")
            case Unwatched():
                folds[entry.target].lose(shift + entry.begins, shift + entry.ends, entry.why)
            case Counted() if began and entry.began == began.at:
                for name, count in entry.targets.items():
                    folds[name].count(count, shift)
            case _:
                pass
    if began is None:
        return ()
    lost, stopped = _lost_why(record), record.state == "ended"
    return tuple(fold.sight(began.budget, record.read_at, lost=lost, stopped=stopped) for fold in folds.values())


def verdict(sights: tuple[Sight, ...]) -> bool | None:
    """Say whether the budget holds for all: one that does not decides, then one that cannot be told."""
    holds = {sight.holds for sight in sights}
    return False if False in holds else None if None in holds or not holds else True


def _lost_why(record: WatchRecord) -> str | None:
    """Say why nobody watches any more, or None where somebody does or nobody has to."""
    last = record.entries[-1] if record.entries else None
    match record.state:
        case "running" | "none":
            return None
        case "ended":
            return None if isinstance(last, Ended) and last.why == "stopped" else f"the watch ended: {getattr(last, 'why', '')}"
        case "silent":
            return "the watch writes nothing"
        case "died":
            return "the watch died"


@dataclass
class _Fold:
    """One target, entry by entry; times are those of the epoch."""

    name: str
    kind: str
    since: float
    until: float | None = None
    state: str | None = None
    turns: list[tuple[float, str, str]] = field(default_factory=list)
    """When a gap began, or ended, to what, and why."""
    holes: list[Hole] = field(default_factory=list)
    ended: list[Count] = field(default_factory=list)
    current: Count = field(default_factory=Count)
    resumed: bool = False

    def begin(self, began: Began) -> None:
        self.kind = began.targets[self.name]
        self.ended.append(self.current)
        self.current, self.resumed = Count(), len(self.ended) > 1

    def change(self, at: float, before: float | None, to: str, why: str) -> None:
        if before is None and self.resumed:
            before = self.since if self.until is None else self.until
            self.holes.append(_hole(before, at, "the watch was not running"))
        if to != self.state and (to == "missed" or self.state):
            # Who was never seen well has a gap from its first miss on: nobody knows of before.
            begins = at if self.state is None or before is None else before
            self.turns.append((at if to == "good" else begins, to, why))
        self.state, self.until = to, at

    def lose(self, begins: float, ends: float, why: str) -> None:
        self.holes.append(_hole(begins, ends, why))
        self.until = ends

    def count(self, count: Count, shift: float) -> None:
        self.current = count
        if count.until is not None:
            self.until = max(self.until or 0.0, shift + count.until)

    def sight(self, budget: float, now: float, *, lost: str | None, stopped: bool) -> Sight:
        holes = list(self.holes)
        if lost or (stopped and self.state == "missed"):
            begins = self.since if self.until is None else self.until
            holes.append(Hole(begins, None, round(max(0.0, now - begins), 3), lost or "the watch was stopped in a gap"))
        counts = [*self.ended, self.current]
        return Sight(
            target=self.name,
            kind=self.kind,
            budget=budget,
            beats=sum(count.beats for count in counts),
            missed=sum(count.missed for count in counts),
            late=sum(count.late for count in counts),
            latest=max(count.latest for count in counts),
            slowest=max(count.slowest for count in counts),
            gaps=tuple(self._gaps()),
            holes=tuple(holes),
        )

    def _gaps(self) -> Iterator[Gap]:
        closed = [*self.turns, (None, "good", "")] if self.state == "missed" else self.turns
        for (begins, to, why), (ends, _, _) in pairwise(closed):
            if to == "missed" and begins is not None:
                last = self.until or begins
                seconds = (last if ends is None else ends) - begins
                lost = sum(_overlap(hole, begins, begins + seconds) for hole in self.holes)
                yield Gap(begins, ends, round(seconds, 3), round(min(lost, seconds), 3), why)


def _hole(begins: float, ends: float, why: str) -> Hole:
    return Hole(begins, ends, round(ends - begins, 3), why)


def _overlap(hole: Hole, begins: float, ends: float) -> float:
    return max(0.0, min(hole.ends or ends, ends) - max(hole.begins, begins))


def _clock(at: float) -> str:
    return f"{datetime.datetime.fromtimestamp(at, datetime.UTC):%H:%M:%S} UTC"
