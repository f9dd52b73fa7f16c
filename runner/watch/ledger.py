"""One target's beats, in their order -> what is worth writing down: changes, stretches without a beat, counts."""

from typing import Literal

from runner.planning.gaps import Changed, Count, Unwatched


class Ledger:
    """Counts one target's beats. Times are the boot clock's, in seconds."""

    def __init__(self, target: str, every: float) -> None:
        self._target = target
        self._every = every
        self._state: Literal["good", "missed"] | None = None
        self._until: float | None = None
        self._beats = self._missed = self._late = 0
        self._latest = self._slowest = 0.0
        self._lost_why = ""

    def take(self, at: float, seconds: float, why: str | None) -> list[Unwatched | Changed]:
        """Take a beat that was begun `at` and answered after `seconds`, or missed for a reason; say what is new."""
        before, self._until = self._until, at
        self._beats += 1
        if why is None:
            self._slowest = max(self._slowest, seconds)
        else:
            self._missed += 1
        new: list[Unwatched | Changed] = []
        # Two beats in their time are less than two intervals apart. A machine that slept shows here: the boot clock counts it.
        if before is not None and at - before >= 2 * self._every:
            reason = self._lost_why or "the machine or the watch stood still"
            new.append(Unwatched(target=self._target, begins=_rounded(before), ends=_rounded(at), why=reason))
        self._lost_why = ""
        state: Literal["good", "missed"] = "good" if why is None else "missed"
        if state != self._state:
            self._state = state
            last = None if before is None else _rounded(before)
            new.append(Changed(target=self._target, at=_rounded(at), before=last, to=state, why=why))
        return new

    def delay(self, seconds: float) -> None:
        """Take notice of how long after its time a beat was begun."""
        self._latest = max(self._latest, seconds)

    def miss_time(self, number: int, why: str) -> None:
        """Count beats that were not made within an interval of their time, or of which nothing can be told."""
        self._late += number
        self._lost_why = why

    def count(self) -> Count:
        return Count(
            until=None if self._until is None else _rounded(self._until),
            beats=self._beats,
            missed=self._missed,
            late=self._late,
            latest=_rounded(self._latest),
            slowest=_rounded(self._slowest),
        )


def _rounded(seconds: float) -> float:
    return round(seconds, 3)
