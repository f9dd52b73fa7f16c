"""What a report says, as values: all of it from a journal. `docs/schemas/report.json` is generated from `Report`."""

import datetime
from typing import Literal

from pydantic import Field

from runner.frozen import Frozen
from runner.journal.entry import CheckAnswered, HandedOver, Mended, Move, ProofGiven, ReleaseReached, StepMeasured, TakenOver
from runner.reporting.planned import Planned
from runner.reporting.window_record import PhaseSpan, WindowRecord


class AttemptRecord(Frozen):
    """One container of a step; `exit_code` is missing where it was not seen to end."""

    number: int
    began: datetime.datetime
    exit_code: int | None = None
    seconds: float = 0.0
    log: str | None = None
    oom: bool = False


class StepRecord(Frozen):
    """One step of the plan and what became of it; `reason` says why it failed or was skipped, or which run did it."""

    step: str
    lane: str
    project: str
    start: str
    end: str
    argv: tuple[str, ...]
    outcome: Literal["proved", "already-done", "taken-over", "skipped", "failed", "in-doubt", "ahead"]
    attempts: tuple[AttemptRecord, ...] = ()
    seconds: float = Field(description="what all its containers took")
    heads: tuple[str, ...] = ()
    reason: str = ""

    @property
    def exit_codes(self) -> tuple[int, ...]:
        return tuple(attempt.exit_code for attempt in self.attempts if attempt.exit_code is not None)


class HopRecord(Frozen):
    """One hop of one project: how many of its steps are behind it, and the seconds its containers took."""

    project: str
    start: str
    end: str
    steps: int
    done: int
    seconds: float


class RowChange(Frozen):
    """A table whose rows the chain changed; None where the table was not there."""

    schema_name: str
    table: str
    before: int | None
    after: int | None


class NoteRecord(Frozen):
    """Something that changed nothing."""

    about: str
    text: str


class Totals(Frozen):
    """The report in numbers. `step_seconds` adds up the lanes; `seconds` is the wall clock, pauses before a resume included."""

    steps: int
    proved: int
    skipped: int
    taken_over: int = Field(description="done before the checkpoint that the run began at, by an earlier run")
    failed: int
    in_doubt: int
    ahead: int
    containers: int
    proofs: int
    proofs_held: int
    proofs_untold: int = Field(description="neither held nor failed: they could not be told")
    tables_counted: int
    step_seconds: float
    seconds: float


class Report(Frozen):
    """A run, as its journal tells it. `outcome` is `unfinished` while no entry says how it ended."""

    format: Literal[1] = 1
    run: str
    flow: str
    version: str
    outcome: Literal["proved", "failed", "interrupted", "undoing", "undone", "rolled-back", "unfinished"]
    message: str = ""
    began: datetime.datetime
    last_entry: datetime.datetime
    resumed: int = Field(description="how often another process took the run up")
    phase: str = ""
    target: str | None
    plan: str | None
    cloud: str
    accepted_no_snapshot: bool
    snapshot: str | None
    images: dict[str, str]
    moves: tuple[Move, ...]
    hops: tuple[HopRecord, ...]
    steps: tuple[StepRecord, ...]
    checks: tuple[CheckAnswered, ...]
    mended: tuple[Mended, ...]
    proofs: tuple[ProofGiven, ...]
    row_changes: tuple[RowChange, ...]
    rows_compared: bool = Field(description="rows were counted both before and after the chain")
    measured: tuple[StepMeasured, ...] = Field(description="a rehearsal's: what each step did")
    releases: tuple[ReleaseReached, ...] = Field(description="a rehearsal's: the schemas at each release")
    taken_over: TakenOver | None = Field(default=None, description="a rehearsal's: the checkpoint that it began at")
    handed_over: HandedOver | None = Field(default=None, description="side by side: the new server")
    phases: tuple[PhaseSpan, ...] = Field(default=(), description="of a run without a window; a window has its own")
    planned: Planned | None = Field(default=None, description="what was rehearsed, where the run's folder has a sealed plan")
    window: WindowRecord | None = Field(default=None, description="a migration's in a window")
    held_accounts: tuple[str, ...]
    held_networks: tuple[str, ...]
    notes: tuple[NoteRecord, ...]
    totals: Totals

    @property
    def checkpoints(self) -> tuple[ReleaseReached, ...]:
        """What a rehearsal that came to nothing has left to go on from; a later one may have removed it."""
        return tuple(one for one in self.releases if one.checkpoint) if self.outcome != "proved" else ()

    def steps_with(self, *outcomes: str) -> tuple[StepRecord, ...]:
        return tuple(step for step in self.steps if step.outcome in outcomes)
