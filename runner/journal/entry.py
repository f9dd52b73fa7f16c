"""What a journal can say. An entry carries facts of the run; when and in which order is the writer's to add.

Entries about something to be done are written before it is done, entries about its outcome after: what the journal
holds an intent but no outcome for is in doubt, and `resume` looks at the world before it does anything.
`docs/schemas/journal.json` is generated from `Stamped`.
"""

import datetime
from typing import Annotated, Literal

from pydantic import Field

from runner.frozen import Frozen
from runner.journal.text_entry import TextEntry
from runner.journal.window_entry import WindowEntry
from runner.planning.tally import Tally


class Move(Frozen):
    """A project, the release it stood at when the run began, and the one it is taken to."""

    project: str
    start: str
    target: str


class PlannedStep(Frozen):
    """A step of the plan, as far as a report needs it: its lane, the hop it belongs to, its command."""

    step: str
    lane: str
    project: str
    start: str
    end: str
    argv: tuple[str, ...]


class RunBegan(Frozen):
    """The first entry of every journal. `images` maps a release to the digest its steps run in."""

    kind: Literal["run-began"] = "run-began"
    run: str
    flow: str
    version: str
    cloud: str
    pid: int
    host: str
    target: str | None = None
    plan: str | None = Field(default=None, description="the plan's digest")
    accepted_no_snapshot: bool = False
    snapshot: str | None = Field(default=None, description="the proven snapshot that a rehearsal was of")
    moves: tuple[Move, ...] = ()
    steps: tuple[PlannedStep, ...] = Field(default=(), description="every step of the plan, in its order, no-ops included")
    images: dict[str, str] = Field(default_factory=dict)


class RunResumed(Frozen):
    """Another process took the run up."""

    kind: Literal["run-resumed"] = "run-resumed"
    pid: int
    host: str
    version: str


class RunEnded(Frozen):
    """The run came to an end. After `proved`, `undone` and `rolled-back` there is nothing to resume.

    `undone`: a snapshot was put back. `rolled-back`: the window was turned back, and all is as it was.
    While one is put back it is `undoing`; where the data come back that were there, the outcome of before is written again.
    """

    kind: Literal["run-ended"] = "run-ended"
    outcome: Literal["proved", "failed", "interrupted", "undoing", "undone", "rolled-back"]
    message: str = ""


class PhaseBegan(Frozen):
    """The flow enters a phase; `of` says how many it has."""

    kind: Literal["phase-began"] = "phase-began"
    phase: str
    number: int
    of: int


class PhaseEnded(Frozen):
    """A phase is behind us."""

    kind: Literal["phase-ended"] = "phase-ended"
    phase: str


class StepIntended(Frozen):
    """A container for the step is about to be created; its labels are how to find it again."""

    kind: Literal["step-intended"] = "step-intended"
    step: str
    attempt: int = Field(ge=1)
    labels: dict[str, str]


class StepStarted(Frozen):
    """The container runs. `adopted`: a runner that died had started it."""

    kind: Literal["step-started"] = "step-started"
    step: str
    attempt: int = Field(ge=1)
    container: str
    adopted: bool = False


class StepEnded(Frozen):
    """The container ended. Its whole log is in `log`, a path below the run's folder; nothing is proved yet."""

    kind: Literal["step-ended"] = "step-ended"
    step: str
    attempt: int = Field(ge=1)
    exit_code: int
    seconds: float
    log: str
    oom: bool = False


class StepProved(Frozen):
    """The version rows are where the step's release puts them. `already`: they were before anything ran."""

    kind: Literal["step-proved"] = "step-proved"
    step: str
    heads: tuple[str, ...]
    already: bool = False


class StepSkipped(Frozen):
    """The step has nothing to do, and why."""

    kind: Literal["step-skipped"] = "step-skipped"
    step: str
    reason: str


class StepTakenOver(Frozen):
    """The rehearsal `run` did and proved the step, in so many seconds, before the checkpoint that this one begins at."""

    kind: Literal["step-taken-over"] = "step-taken-over"
    step: str
    run: str
    heads: tuple[str, ...]
    seconds: float


class StepFailed(Frozen):
    """The step's latest attempt failed; `error` is the class from `errors`."""

    kind: Literal["step-failed"] = "step-failed"
    step: str
    error: str
    message: str


class LaneStopped(Frozen):
    """The lane goes no further than this step in this sitting."""

    kind: Literal["lane-stopped"] = "lane-stopped"
    lane: str
    step: str


class TableRows(Frozen):
    """How many rows a table holds."""

    schema_name: str
    table: str
    rows: int


class RowsCounted(Frozen):
    """Every table's rows, before or after the chain."""

    kind: Literal["rows-counted"] = "rows-counted"
    moment: Literal["before", "after"]
    tables: tuple[TableRows, ...]


class EntityTally(Frozen):
    """A tally of the ids that a database held of an entity, or the reason why there is none."""

    database: str
    entity: str
    tally: Tally | None = None
    reason: str = ""


class IdsTallied(Frozen):
    """What there was before the chain of everything that is read back after it."""

    kind: Literal["ids-tallied"] = "ids-tallied"
    tallies: tuple[EntityTally, ...]


class CheckAnswered(Frozen):
    """A check was asked; each finding in one line."""

    kind: Literal["check-answered"] = "check-answered"
    check: str
    findings: tuple[str, ...]


class Mended(Frozen):
    """A project's own command mended what a check had found; how many rows the finding counted before and after."""

    kind: Literal["mended"] = "mended"
    name: str
    command: tuple[str, ...]
    rows_before: int
    rows_after: int


class ProofGiven(Frozen):
    """One piece of evidence: of what, about what, whether it holds."""

    kind: Literal["proof-given"] = "proof-given"
    proof: str
    subject: str
    holds: bool | None = Field(description="null: it could not be told")
    detail: tuple[str, ...] = ()


class MeasuredDefinition(Frozen):
    """One DDL statement of a step, cut, and the seconds it took."""

    text: str
    seconds: float


class StepMeasured(Frozen):
    """What a step did, as a rehearsal's clone tells it; sizes are bytes of the databases that it writes.

    `longest_lock` are the seconds of the longest wait for a lock or the longest DDL statement. `temporary_bytes` is the
    most that was seen of what ALTERs were building.
    """

    kind: Literal["step-measured"] = "step-measured"
    step: str
    seconds: float
    statements: int
    rows_changed: int
    longest_lock: float
    definitions: tuple[MeasuredDefinition, ...]
    bytes_before: int
    bytes_after: int
    temporary_bytes: int


class KeptCheckpoint(Frozen):
    """A copy to go on from: its folder, how it was copied, its size in bytes."""

    folder: str
    way: str
    size: int
    seconds: float


class ReleaseReached(Frozen):
    """Every project of a rehearsal is at this release; `schemas` maps a database to its schema's digest there."""

    kind: Literal["release-reached"] = "release-reached"
    release: str
    schemas: dict[str, str]
    checkpoint: KeptCheckpoint | None = None


class TakenOver(Frozen):
    """A rehearsal begins at a checkpoint. What follows, up to the first phase, is what `run` wrote on its way there."""

    kind: Literal["taken-over"] = "taken-over"
    run: str
    release: str
    folder: str


class AccountsMade(Frozen):
    """Temporary accounts are about to be made: a crash leaves names to drop, not accounts that nobody knows."""

    kind: Literal["accounts-made"] = "accounts-made"
    names: tuple[str, ...]


class AccountsDropped(Frozen):
    """These temporary accounts are gone."""

    kind: Literal["accounts-dropped"] = "accounts-dropped"
    names: tuple[str, ...]


class NetworkMade(Frozen):
    """A network for the steps is about to be made."""

    kind: Literal["network-made"] = "network-made"
    name: str


class NetworkRemoved(Frozen):
    """That network is gone."""

    kind: Literal["network-removed"] = "network-removed"
    name: str


class HandedOver(Frozen):
    """A new server stands beside production, proven; from now on it is its operator's, and nothing of ours removes it.

    `address` is where services find it, on the engine's `network`. `binary_log` says whether it keeps one, which begins
    anew; `gtid` is its own position in it, `point` production's position (GTID, else file:offset) that the copy stands for.
    `urls_lead_to` are the hosts that its stored URLs (nova's cell_mappings) name: production's, as they were.
    """

    kind: Literal["handed-over"] = "handed-over"
    container: str
    folder: str
    image: str
    address: str
    network: str
    version: str
    uid: str
    binary_log: bool
    gtid: str
    point: str
    urls_lead_to: tuple[str, ...]


class Noted(Frozen):
    """Something that changes nothing, but that the report should tell."""

    kind: Literal["noted"] = "noted"
    about: str
    text: str


StepEntry = StepIntended | StepStarted | StepEnded | StepProved | StepSkipped | StepTakenOver | StepFailed

RunEntry = (
    RunBegan
    | RunResumed
    | RunEnded
    | PhaseBegan
    | PhaseEnded
    | LaneStopped
    | RowsCounted
    | IdsTallied
    | CheckAnswered
    | Mended
    | ProofGiven
    | StepMeasured
    | ReleaseReached
    | TakenOver
    | AccountsMade
    | AccountsDropped
    | NetworkMade
    | NetworkRemoved
    | HandedOver
    | Noted
)

Entry = Annotated[StepEntry | RunEntry | TextEntry | WindowEntry, Field(discriminator="kind")]


class Stamped(Frozen):
    """An entry with its place and time (UTC) in the journal."""

    seq: int = Field(ge=1)
    at: datetime.datetime
    entry: Entry
