"""The hops that lead from one release to another, or why there are none; and from which release to set out."""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from runner.errors import BeyondTarget, ImageNotDefined, MoveImpossible
from runner.planning.release import Calendar


@dataclass(frozen=True)
class Hop:
    """One permitted move of one project."""

    start: str
    end: str

    def __str__(self) -> str:
        return f"{self.start} -> {self.end}"


@dataclass(frozen=True)
class Permitted:
    """Which moves one project may make: to releases in `defined`, past none in `must_stop`, from no release below a floor.

    `floors` maps a release that a hop ends at to the oldest one it may begin at. Of releases in `may_pass` those are passed
    over that are not in `defined`.
    """

    calendar: Calendar
    defined: Collection[str]
    must_stop: Collection[str] = ()
    may_pass: Collection[str] = ()
    floors: Mapping[str, str] = field(default_factory=dict)

    def moves_from(self, here: str) -> tuple[str, ...]:
        """Name the releases one permitted move away, the latest first."""
        moves = list(self.calendar.moves_from(here))
        for there in moves:  # which grows meanwhile
            if there in self.may_pass and there not in self.defined:
                moves += self.calendar.moves_from(there)
        latest_first = sorted(set(moves), key=self.calendar.index, reverse=True)
        return tuple(there for there in latest_first if self._is_permitted(here, there))

    def _is_permitted(self, here: str, there: str) -> bool:
        passed = set(self.calendar.slice(here, there)[1:-1])
        floor = self.floors.get(there)
        if there not in self.defined or passed & set(self.must_stop):
            return False
        return floor is None or not self.calendar.is_later(floor, here)


def find_start(project: str, chosen: str, candidates: Sequence[str], target: str, permitted: Permitted) -> str:
    """Find the release to set out from: the chosen one, or where no way leads from it the oldest candidate with one.

    1. The oldest, because more runs on its way: version rows do not tell which online migrations have run.
    2. Never the target: nothing at all would run, on no other evidence than rows that older releases share.
    3. Never past a release in `must_stop` that the chosen one lies before.

    `candidates` are in the calendar's order.

    Raises:
        BeyondTarget, ImageNotDefined: as `find_path` for the chosen one.
        MoveImpossible: no candidate will do; said of the chosen one, the others are named.
    """
    try:
        find_path(project, chosen, target, permitted)
    except MoveImpossible as refusal:
        for candidate in candidates:
            if _can_replace(chosen, candidate, target, permitted):
                return candidate
        if others := [series for series in candidates if series != chosen]:
            said = f"{refusal.message}; its version rows also fit {', '.join(others)}, which will not do either"
            raise MoveImpossible(said, hint=refusal.advice) from refusal
        raise
    return chosen


def find_path(project: str, start: str, target: str, permitted: Permitted) -> tuple[Hop, ...]:
    """Find the fewest hops from `start` to `target`.

    1. Every hop is N to N+1, or SLURP to SLURP from 2023.1 on.
    2. Every release that a hop ends at has a definition in `images/`.
    3. No release in `must_stop` is passed over, and no hop begins below the floor of the release it ends at.
    4. One that may be passed over is, where it has no definition.
    5. Of equally short ways the one whose hops end latest is taken, so that the answer is always the same.

    Raises:
        BeyondTarget: the project is newer than the target.
        ImageNotDefined: no image is defined for the target.
        MoveImpossible: no way exists; the message names the farthest release that can be reached, or what is missing.
    """
    calendar, defined = permitted.calendar, permitted.defined
    if calendar.is_later(start, target):
        raise BeyondTarget(f"{project} stands at {start}, which is newer than {target}")
    if start == target:
        return ()
    if target not in defined:
        raise ImageNotDefined(f"no image is defined for {target}; images/ defines {', '.join(sorted(defined))}")
    reached = _explore(start, target, permitted)
    if target in reached:
        return _trace(reached, target)
    raise _explain(f"{project} cannot go from {start} to {target}", start, calendar, defined, tuple(reached))


def _can_replace(chosen: str, candidate: str, target: str, permitted: Permitted) -> bool:
    """Say whether a project may set out from a candidate in place of the chosen one."""
    if not permitted.calendar.is_later(target, candidate):
        return False
    passed = permitted.calendar.slice(chosen, candidate)[1:]
    return not set(passed) & set(permitted.must_stop) and target in _explore(candidate, target, permitted)


def _explore(start: str, target: str, permitted: Permitted) -> dict[str, str | None]:
    """Map each release in reach to the one before it on the shortest way."""
    reached: dict[str, str | None] = {start: None}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for there in permitted.moves_from(here):
            if there not in reached and not permitted.calendar.is_later(there, target):
                reached[there] = here
                queue.append(there)
    return reached


def _trace(reached: dict[str, str | None], target: str) -> tuple[Hop, ...]:
    hops: list[Hop] = []
    here = target
    while (before := reached[here]) is not None:
        hops.append(Hop(before, here))
        here = before
    return tuple(reversed(hops))


def _explain(
    refusal: str, start: str, calendar: Calendar, defined: Collection[str], reached: tuple[str, ...]
) -> MoveImpossible:
    farthest = max(reached, key=calendar.index)
    missing = [series for series in calendar.moves_from(farthest) if series not in defined]
    legal = (
        f"from {start} it can go as far as {farthest}"
        if farthest != start
        else f"the permitted moves from {start} are to {' and '.join(calendar.moves_from(start)) or 'nowhere'}"
    )
    hint = f"define an image for {' or '.join(missing)} (docs/add-a-release.md)" if missing else None
    return MoveImpossible(f"{refusal}: {legal}", hint=hint)
