"""Entries -> position: where the run is, what is in doubt, what it still holds. Pure; the same entries, the same answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from types import MappingProxyType
from typing import Literal

from runner.errors import JournalBroken
from runner.journal.entry import (
    AccountsDropped,
    AccountsMade,
    Entry,
    LaneStopped,
    NetworkMade,
    NetworkRemoved,
    PhaseBegan,
    PlannedStep,
    RunBegan,
    RunEnded,
    RunEntry,
    RunResumed,
    Stamped,
    StepEnded,
    StepEntry,
    StepFailed,
    StepIntended,
    StepProved,
    StepSkipped,
    StepStarted,
    StepTakenOver,
)
from runner.journal.text_entry import TextEntry
from runner.journal.window_entry import WindowEntry


class StepState(IntEnum):
    """A step's life. Within one attempt it only ever moves down this list."""

    WAITING = 0
    INTENDED = 1
    STARTED = 2
    ENDED = 3
    FAILED = 4
    PROVED = 5
    SKIPPED = 6
    TAKEN_OVER = 7

    def __str__(self) -> str:
        return self.name.lower().replace("_", "-")


IN_DOUBT = frozenset({StepState.INTENDED, StepState.STARTED, StepState.ENDED})
"""The journal knows of a beginning and of no proof: the engine and the database must be asked."""

OVER = frozenset({StepState.PROVED, StepState.SKIPPED, StepState.TAKEN_OVER})
_OPEN = frozenset(StepState) - OVER

# Which states an entry may meet. An intent may follow an ending (an online migration runs again) or a doubt that
# `resume` has settled; a proof or a failure may follow anything open, because the probe comes before the intent.
_MAY_MEET: Mapping[type[StepEntry], tuple[frozenset[StepState], StepState]] = MappingProxyType(
    {
        StepIntended: (_OPEN, StepState.INTENDED),
        StepStarted: (frozenset({StepState.INTENDED, StepState.STARTED}), StepState.STARTED),
        StepEnded: (frozenset({StepState.STARTED}), StepState.ENDED),
        StepFailed: (_OPEN, StepState.FAILED),
        StepProved: (_OPEN, StepState.PROVED),
        StepSkipped: (frozenset({StepState.WAITING}), StepState.SKIPPED),
        StepTakenOver: (frozenset({StepState.WAITING}), StepState.TAKEN_OVER),
    }
)


@dataclass(frozen=True)
class StepPosition:
    """Where one step is. `attempt` counts containers, not sittings."""

    plan: PlannedStep
    state: StepState = StepState.WAITING
    attempt: int = 0
    container: str | None = None
    exit_code: int | None = None

    @property
    def is_in_doubt(self) -> bool:
        return self.state in IN_DOUBT


@dataclass(frozen=True)
class Position:
    """What the entries so far imply. `outcome` is None while nobody ended the run, at work on it or not."""

    began: RunBegan
    steps: MappingProxyType[str, StepPosition]
    phase: PhaseBegan | None = None
    outcome: Literal["proved", "failed", "interrupted", "undoing", "undone", "rolled-back"] | None = None
    stopped: frozenset[str] = field(default_factory=frozenset)
    accounts: frozenset[str] = field(default_factory=frozenset)
    networks: frozenset[str] = field(default_factory=frozenset)

    @property
    def in_doubt(self) -> tuple[StepPosition, ...]:
        return tuple(step for step in self.steps.values() if step.is_in_doubt)

    @property
    def ahead(self) -> tuple[StepPosition, ...]:
        """The steps that are not behind the run, in the plan's order."""
        return tuple(step for step in self.steps.values() if step.state not in OVER)

    @property
    def is_over(self) -> bool:
        return self.outcome in ("proved", "undoing", "undone", "rolled-back")


def replay(entries: Iterable[Stamped]) -> Position:
    """Imply the position from all entries of one journal, or from any beginning of them that is not empty.

    Raises:
        JournalBroken: the entries contradict each other: no writer of ours wrote them in this order.
    """
    position: Position | None = None
    for stamped in entries:
        try:
            position = _begin(stamped.entry) if position is None else _advance(position, stamped.entry)
        except _ContradictionError as error:
            raise JournalBroken(f"entry {stamped.seq} ({stamped.entry.kind}) contradicts those before it: {error}") from error
    if position is None:
        raise JournalBroken("the journal holds no entry")
    return position


class _ContradictionError(Exception):
    """An entry that cannot come here."""


def _begin(entry: Entry) -> Position:
    if not isinstance(entry, RunBegan):
        raise _ContradictionError("a journal begins with run-began")
    return Position(entry, MappingProxyType({step.step: StepPosition(step) for step in entry.steps}))


def _advance(position: Position, entry: Entry) -> Position:
    if isinstance(entry, StepEntry):
        return _advance_step(position, entry)
    match entry:
        case RunBegan():
            raise _ContradictionError("the run had begun")
        case RunResumed():
            return replace(position, outcome=None, stopped=frozenset())
        case RunEnded(outcome=outcome):
            return replace(position, outcome=outcome)
        case PhaseBegan():
            return replace(position, phase=entry)
        case LaneStopped(lane=lane):
            return replace(position, stopped=position.stopped | {lane})
        case _:
            return _advance_held(position, entry)


def _advance_held(position: Position, entry: RunEntry | TextEntry | WindowEntry) -> Position:
    match entry:
        case AccountsMade(names=names):
            return replace(position, accounts=position.accounts | set(names))
        case AccountsDropped(names=names):
            return replace(position, accounts=position.accounts - set(names))
        case NetworkMade(name=name):
            return replace(position, networks=position.networks | {name})
        case NetworkRemoved(name=name):
            return replace(position, networks=position.networks - {name})
        case _:
            # The rest is evidence for the report and moves nothing.
            return position


def _advance_step(position: Position, entry: StepEntry) -> Position:
    before = position.steps.get(entry.step)
    if before is None:
        raise _ContradictionError(f"the plan has no step {entry.step}")
    meets, state = _MAY_MEET[type(entry)]
    if before.state not in meets:
        raise _ContradictionError(f"{entry.step} was {before.state}")
    after = replace(before, state=state)
    match entry:
        case StepIntended(attempt=attempt):
            _agree(entry.step, attempt, before.attempt + 1)
            after = replace(after, attempt=attempt, container=None, exit_code=None)
        case StepStarted(attempt=attempt, container=container):
            _agree(entry.step, attempt, before.attempt)
            after = replace(after, container=container)
        case StepEnded(attempt=attempt, exit_code=exit_code):
            _agree(entry.step, attempt, before.attempt)
            after = replace(after, exit_code=exit_code)
        case _:
            pass
    return replace(position, steps=MappingProxyType(position.steps | {entry.step: after}))


def _agree(step: str, given: int, expected: int) -> None:
    if given != expected:
        raise _ContradictionError(f"{step} has attempt {given} where {expected} is due")
