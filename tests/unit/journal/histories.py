"""Journals as a run would write them: one told by hand, and any that the rules allow."""

import datetime
from collections.abc import Callable, Iterable

from hypothesis import strategies as st

from runner.journal.entry import (
    AccountsDropped,
    AccountsMade,
    CheckAnswered,
    Entry,
    LaneStopped,
    Mended,
    Move,
    NetworkMade,
    NetworkRemoved,
    PhaseBegan,
    PhaseEnded,
    PlannedStep,
    ProofGiven,
    RowsCounted,
    RunBegan,
    RunEnded,
    RunResumed,
    Stamped,
    StepEnded,
    StepFailed,
    StepIntended,
    StepProved,
    StepSkipped,
    StepStarted,
    TableRows,
)

NOON = datetime.datetime(2026, 11, 20, 12, 0, 0, tzinfo=datetime.UTC)


def stamp(entries: Iterable[Entry], *, every: float = 1.0) -> tuple[Stamped, ...]:
    """Number the entries and set them apart by a second."""
    return tuple(
        Stamped(seq=number, at=NOON + datetime.timedelta(seconds=(number - 1) * every), entry=entry)
        for number, entry in enumerate(entries, start=1)
    )


def planned(step: str, lane: str, start: str = "2023.1", end: str = "2024.1") -> PlannedStep:
    project = lane.partition(".")[0]
    return PlannedStep(step=step, lane=lane, project=project, start=start, end=end, argv=(f"{project}-manage", "db", "sync"))


STEPS = (
    planned("glance/expand@2024.1", "glance"),
    planned("glance/migrate@2024.1", "glance"),
    planned("cinder/sync@2024.1", "cinder"),
    planned("cinder/online@2024.1", "cinder"),
    planned("cinder/sync@2025.1", "cinder", "2024.1", "2025.1"),
)

BEGAN = RunBegan(
    run="20261120-120000-qkzt",
    flow="migrate",
    version="0.1.0",
    cloud="/etc/thing-a-me/cloud.yaml",
    pid=4711,
    host="db1",
    target="2025.1",
    plan="sha256:" + "ab" * 32,
    accepted_no_snapshot=True,
    moves=(Move(project="glance", start="2023.1", target="2025.1"), Move(project="cinder", start="2023.1", target="2025.1")),
    steps=STEPS,
    images={"2024.1": "sha256:" + "24" * 32},
)


def ran(step: str, attempt: int, exit_code: int = 0, seconds: float = 1.5) -> tuple[Entry, ...]:
    """Tell of one container from its intent to its end."""
    return (
        StepIntended(step=step, attempt=attempt, labels={"thing-a-me": "step"}),
        StepStarted(step=step, attempt=attempt, container=f"c{attempt}"),
        StepEnded(step=step, attempt=attempt, exit_code=exit_code, seconds=seconds, log=f"logs/x.{attempt}.log"),
    )


def proved(step: str) -> StepProved:
    return StepProved(step=step, heads=("abc123",))


UNFINISHED: tuple[Entry, ...] = (
    BEGAN,
    PhaseBegan(phase="check", number=1, of=3),
    CheckAnswered(check="cinder-use-quota", findings=("cinder.volumes: 50 rows",)),
    Mended(name="purge", command=("cinder-manage", "db", "purge", "1"), rows_before=50, rows_after=0),
    PhaseEnded(phase="check"),
    PhaseBegan(phase="chain", number=2, of=3),
    AccountsMade(names=("tam_cinder", "tam_glance")),
    NetworkMade(name="tam-qkzt"),
    RowsCounted(
        moment="before",
        tables=(
            TableRows(schema_name="cinder", table="volumes", rows=350),
            TableRows(schema_name="cinder", table="services", rows=2),
        ),
    ),
    *ran("glance/expand@2024.1", 1),
    proved("glance/expand@2024.1"),
    StepSkipped(step="glance/migrate@2024.1", reason="no data migration lies between 2023.1 and 2024.1"),
    *ran("cinder/sync@2024.1", 1),
    proved("cinder/sync@2024.1"),
    *ran("cinder/online@2024.1", 1, exit_code=1),
)
"""Up to where cinder's online migrations are to be run again."""

FAILED: tuple[Entry, ...] = (
    *UNFINISHED,
    *ran("cinder/online@2024.1", 2, exit_code=2),
    StepFailed(step="cinder/online@2024.1", error="MigrationStuck", message="3 rows are left | in volumes"),
    LaneStopped(lane="cinder", step="cinder/online@2024.1"),
    RunEnded(outcome="failed", message="cinder/online@2024.1: 3 rows are left"),
)

PROVED: tuple[Entry, ...] = (
    *FAILED,
    RunResumed(pid=4712, host="db1", version="0.1.0"),
    *ran("cinder/online@2024.1", 3),
    proved("cinder/online@2024.1"),
    StepProved(step="cinder/sync@2025.1", heads=("def456",), already=True),
    PhaseBegan(phase="prove", number=3, of=3),
    RowsCounted(
        moment="after",
        tables=(
            TableRows(schema_name="cinder", table="volumes", rows=300),
            TableRows(schema_name="cinder", table="services", rows=2),
            TableRows(schema_name="cinder", table="quota_classes", rows=6),
        ),
    ),
    ProofGiven(proof="heads", subject="cinder", holds=True, detail=("def456",)),
    ProofGiven(proof="rows", subject="cinder", holds=False, detail=("volumes lost 50 rows", "no rule allows it")),
    ProofGiven(proof="rows", subject="cinder", holds=True, detail=("volumes lost 50 rows: cinder-manage db purge",)),
    AccountsDropped(names=("tam_cinder", "tam_glance")),
    NetworkRemoved(name="tam-qkzt"),
    RunEnded(outcome="proved"),
)


@st.composite
def journals(draw: st.DrawFn) -> tuple[Stamped, ...]:
    """Draw a journal that a flow could have written: lanes interleaved, retried, adopted, failed and resumed at will."""
    attempts = {step.step: 0 for step in STEPS}
    nexts: dict[str, str] = dict.fromkeys(attempts, "waiting")
    entries: list[Entry] = [BEGAN]
    for _ in range(draw(st.integers(0, 40))):
        if draw(st.integers(0, 9)) == 0:
            entries.append(draw(st.sampled_from(_ASIDES)))
            continue
        open_steps = sorted(step for step, state in nexts.items() if state != "over")
        if not open_steps:
            break
        step = draw(st.sampled_from(open_steps))
        move = draw(st.sampled_from(_MOVES[nexts[step]]))
        attempts[step] += move == "intended"
        entries.append(_SAY[move](step, max(attempts[step], 1)))
        nexts[step] = "over" if move in {"proved", "skipped"} else move
    return stamp(entries)


_ASIDES: tuple[Entry, ...] = (
    RunResumed(pid=1, host="h", version="0"),
    RunEnded(outcome="interrupted"),
    LaneStopped(lane="glance", step="glance/expand@2024.1"),
    AccountsMade(names=("a",)),
    AccountsDropped(names=("a",)),
    NetworkMade(name="n"),
    NetworkRemoved(name="n"),
)

_MOVES = {
    "waiting": ("intended", "proved", "skipped", "failed"),
    "intended": ("started", "intended", "failed", "proved"),
    "started": ("ended", "started", "intended", "failed", "proved"),
    "ended": ("proved", "intended", "failed"),
    "failed": ("intended", "proved", "failed"),
}

_SAY: dict[str, Callable[[str, int], Entry]] = {
    "intended": lambda step, attempt: StepIntended(step=step, attempt=attempt, labels={}),
    "started": lambda step, attempt: StepStarted(step=step, attempt=attempt, container="c"),
    "ended": lambda step, attempt: StepEnded(step=step, attempt=attempt, exit_code=1, seconds=0.1, log="l"),
    "proved": lambda step, _: proved(step),
    "skipped": lambda step, _: StepSkipped(step=step, reason="r"),
    "failed": lambda step, _: StepFailed(step=step, error="StepFailed", message="m"),
}
