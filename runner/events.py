"""Named things that happen. Flows tell them; reporting turns them into a terminal, plain lines or JSON lines.

An event carries facts, never a sentence. `docs/schemas/event.json` is generated from `Event`.
"""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from runner.frozen import Frozen


class PhaseBegan(Frozen):
    """A flow enters a phase; `of` says how many the flow has."""

    event: Literal["phase-began"] = "phase-began"
    phase: str
    number: int
    of: int


class ImageProgress(Frozen):
    """An image moves through building, pulling, saving or loading."""

    event: Literal["image-progress"] = "image-progress"
    release: str
    state: Literal["base", "builder", "installing", "describing", "pulling", "saving", "loading", "cached", "done"]
    detail: str = ""
    seconds: float = 0.0


class DatabaseInspected(Frozen):
    """A database's release was read from it."""

    event: Literal["database-inspected"] = "database-inspected"
    database: str
    releases: tuple[str, ...]
    heads: tuple[str, ...]


class CheckAnswered(Frozen):
    """A check was asked; `findings` counts what it found."""

    event: Literal["check-answered"] = "check-answered"
    check: str
    findings: int
    seconds: float


class ProjectAnswered(Frozen):
    """The target's own code answered a question about one project, as one of several that were asked side by side."""

    event: Literal["project-answered"] = "project-answered"
    question: str
    project: str
    of: int = Field(description="how many projects are asked it")
    seconds: float


class RunBegan(Frozen):
    """A run has its folder and its frozen plan."""

    event: Literal["run-began"] = "run-began"
    run: str
    steps: int
    skipped: int
    lanes: dict[str, int] = Field(description="lane -> steps to run")


class StepBegan(Frozen):
    """A step's container is about to start, or was adopted from a runner that died."""

    event: Literal["step-began"] = "step-began"
    step: str
    lane: str
    adopted: bool = False


class StepEnded(Frozen):
    """A step ended; `outcome` as in the journal."""

    event: Literal["step-ended"] = "step-ended"
    step: str
    lane: str
    outcome: Literal["proved", "already-done", "failed", "stuck", "again"]
    exit_code: int | None
    seconds: float


class StepSkipped(Frozen):
    """A step has nothing to do, and why."""

    event: Literal["step-skipped"] = "step-skipped"
    step: str
    lane: str
    reason: str


class LaneStopped(Frozen):
    """A lane goes no further; `waiting` are its steps that will not run."""

    event: Literal["lane-stopped"] = "lane-stopped"
    lane: str
    step: str
    waiting: int


class ProofGiven(Frozen):
    """One piece of evidence after the chain."""

    event: Literal["proof-given"] = "proof-given"
    proof: str
    subject: str
    holds: bool | None = Field(description="null: it could not be told")
    detail: str = ""


class SnapshotProgress(Frozen):
    """How far a part of a snapshot's work is. `bytes` is what it comes to as far as that can be known, 0 where it cannot."""

    event: Literal["snapshot-progress"] = "snapshot-progress"
    snapshot: str
    doing: str
    bytes_done: int
    bytes: int
    seconds: float


class RungReached(Frozen):
    """A snapshot climbed a rung of its ladder."""

    event: Literal["rung-reached"] = "rung-reached"
    snapshot: str
    rung: str
    seconds: float
    detail: str = ""


class RunEnded(Frozen):
    """A run came to its end."""

    event: Literal["run-ended"] = "run-ended"
    run: str
    outcome: Literal["proved", "failed", "rolled-back"]
    seconds: float


class ServiceMoved(Frozen):
    """A service was stopped or started, and says so."""

    event: Literal["service-moved"] = "service-moved"
    service: str
    state: Literal["stopped", "started"]
    seconds: float


class SilenceReached(Frozen):
    """Nobody but us writes, and that was observed."""

    event: Literal["silence-reached"] = "silence-reached"
    accounts: int = Field(description="how many are locked")
    sessions: int = Field(description="how many were ended")
    seconds: float


class HookEnded(Frozen):
    """A command of the operator's came to its end; `exit_code` is null where it ran out of time."""

    event: Literal["hook-ended"] = "hook-ended"
    point: str
    name: str
    exit_code: int | None
    seconds: float


class TurningBack(Frozen):
    """From here on the way is back."""

    event: Literal["turning-back"] = "turning-back"
    reason: str
    by: str


class UndoBegan(Frozen):
    """A phase is about to be undone."""

    event: Literal["undo-began"] = "undo-began"
    phase: str


class HandedOver(Frozen):
    """A new server stands beside production, proven; from now on it is its operator's. `address` is where services find it."""

    event: Literal["handed-over"] = "handed-over"
    container: str
    folder: str
    address: str
    version: str


class CheckpointsKept(Frozen):
    """A rehearsal came to nothing, and what it can be begun at again stays: checkpoints at these releases, `size` in bytes."""

    event: Literal["checkpoints-kept"] = "checkpoints-kept"
    snapshot: str
    target: str
    releases: tuple[str, ...]
    size: int


class Note(Frozen):
    """Something an operator should know that changes nothing: what a fallback cost, what was cleaned up."""

    event: Literal["note"] = "note"
    about: str
    text: str


Event = Annotated[
    PhaseBegan
    | ImageProgress
    | DatabaseInspected
    | CheckAnswered
    | ProjectAnswered
    | RunBegan
    | StepBegan
    | StepEnded
    | StepSkipped
    | LaneStopped
    | ProofGiven
    | SnapshotProgress
    | RungReached
    | ServiceMoved
    | SilenceReached
    | HookEnded
    | TurningBack
    | UndoBegan
    | HandedOver
    | CheckpointsKept
    | RunEnded
    | Note,
    Field(discriminator="event"),
]

Tell = Callable[[Event], None]
"""How a flow says what happens."""


def silent(event: Event) -> None:
    """Tell nobody."""
