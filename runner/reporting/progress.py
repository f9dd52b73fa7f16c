"""Events -> how far things are. Pure: times are given, never asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from runner.events import (
    CheckAnswered,
    Event,
    ImageProgress,
    LaneStopped,
    PhaseBegan,
    ProjectAnswered,
    ProofGiven,
    RunBegan,
    RunEnded,
    RungReached,
    SnapshotProgress,
    StepBegan,
    StepEnded,
    StepSkipped,
)


class LaneState(StrEnum):
    """A lane as an operator sees it."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True)
class LaneProgress:
    """One lane: `since` is when its current step began, `spent` the seconds of those before."""

    total: int
    done: int = 0
    state: LaneState = LaneState.WAITING
    step: str = ""
    note: str = ""
    since: float = 0.0
    spent: float = 0.0

    def seconds(self, now: float) -> float:
        """Say how long the current step runs, or how long all of them ran when none does."""
        return now - self.since if self.state is LaneState.RUNNING else self.spent


@dataclass(frozen=True)
class ImageLine:
    """One image on its way; `since` is when we first heard of it."""

    state: str
    detail: str
    since: float


@dataclass(frozen=True)
class Asking:
    """A question that several projects are asked side by side, and how many have answered."""

    question: str
    answered: int
    of: int


@dataclass(frozen=True)
class Progress:
    """Everything a display needs to draw itself at any moment."""

    began: float
    phase: PhaseBegan | None = None
    run: str = ""
    outcome: str = ""
    skipped: int = 0
    asked: int = 0
    findings: int = 0
    asking: Asking | None = None
    proofs: int = 0
    held_proofs: int = 0
    lanes: Mapping[str, LaneProgress] = field(default_factory=dict)
    images: Mapping[str, ImageLine] = field(default_factory=dict)
    transfer: SnapshotProgress | None = None

    @property
    def done(self) -> int:
        return sum(lane.done for lane in self.lanes.values())

    @property
    def images_at_work(self) -> Mapping[str, ImageLine]:
        return {release: line for release, line in sorted(self.images.items()) if line.state not in {"done", "cached"}}

    @property
    def total(self) -> int:
        return sum(lane.total for lane in self.lanes.values())


def advance(progress: Progress, event: Event, now: float) -> Progress:
    """Take in one event. Lanes that nobody announced are taken as they come."""
    match event:
        case RunBegan(run=run, lanes=lanes):
            fresh = {
                lane: LaneProgress(total, state=LaneState.WAITING if total else LaneState.DONE) for lane, total in lanes.items()
            }
            return replace(progress, run=run, lanes=MappingProxyType(fresh))
        case ImageProgress():
            return _advance_image(progress, event, now)
        case SnapshotProgress() | RungReached():
            return replace(progress, transfer=event if isinstance(event, SnapshotProgress) else None)
        case StepBegan() | StepEnded() | LaneStopped():
            lane = _advance_lane(progress.lanes.get(event.lane, LaneProgress(0)), event, now)
            return replace(progress, lanes=MappingProxyType({**progress.lanes, event.lane: lane}))
        case _:
            return _advance_counts(progress, event)


def _advance_counts(progress: Progress, event: Event) -> Progress:
    match event:
        case PhaseBegan():
            return replace(progress, phase=event, transfer=None)
        case CheckAnswered() | ProjectAnswered() | ProofGiven():
            return _advance_answers(progress, event)
        case RunEnded(outcome=outcome):
            return replace(progress, outcome=outcome)
        case StepSkipped():
            return replace(progress, skipped=progress.skipped + 1)
        case _:
            return progress


def _advance_answers(progress: Progress, event: CheckAnswered | ProjectAnswered | ProofGiven) -> Progress:
    match event:
        case CheckAnswered(findings=findings):
            return replace(progress, asked=progress.asked + 1, findings=progress.findings + findings, asking=None)
        case ProjectAnswered(question=question, of=of):
            before = progress.asking.answered if progress.asking and progress.asking.question == question else 0
            return replace(progress, asking=Asking(question, before + 1, of))
        case ProofGiven(holds=holds):
            held = progress.held_proofs + (holds is True)
            return replace(progress, proofs=progress.proofs + 1, held_proofs=held, asking=None)


def _advance_lane(lane: LaneProgress, event: StepBegan | StepEnded | LaneStopped, now: float) -> LaneProgress:
    match event:
        case StepBegan(adopted=adopted):
            return replace(lane, state=LaneState.RUNNING, step=event.step, note="adopted" if adopted else "", since=now)
        case LaneStopped(waiting=waiting):
            return replace(lane, state=LaneState.STOPPED, step=event.step, note=f"{waiting} behind it")
        case StepEnded(outcome="proved" | "already-done"):
            done = lane.done + 1
            state = LaneState.DONE if done >= lane.total else LaneState.WAITING
            return replace(lane, done=done, state=state, step=event.step, note="", spent=lane.spent + event.seconds)
        case StepEnded(outcome="again"):
            return replace(lane, state=LaneState.WAITING, note="again", spent=lane.spent + event.seconds)
        case StepEnded():
            return replace(lane, state=LaneState.STOPPED, step=event.step, note=event.outcome, spent=lane.spent + event.seconds)


def _advance_image(progress: Progress, event: ImageProgress, now: float) -> Progress:
    before = progress.images.get(event.release, ImageLine("", "", now))
    line = replace(before, state=event.state, detail=event.detail)
    return replace(progress, images=MappingProxyType({**progress.images, event.release: line}))
