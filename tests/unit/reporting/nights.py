"""Windows as a run would write them, told by hand: one that was proved, one that was turned back; and their sealed plan."""

import datetime
from collections.abc import Iterator

from runner.journal import window_entry as w
from runner.journal.entry import (
    Entry,
    LaneStopped,
    Noted,
    PhaseBegan,
    PhaseEnded,
    PlannedStep,
    ProofGiven,
    RowsCounted,
    RunEnded,
    Stamped,
    StepFailed,
    StepSkipped,
    TableRows,
)
from runner.reporting.planned import Planned
from runner.reporting.record import Report
from runner.reporting.report import report_of
from tests.unit.journal.histories import BEGAN, NOON, proved, ran
from tests.unit.journal.test_window_position import OPENED

LANES = ("keystone", "glance", "placement", "cinder", "neutron", "heat", "nova.api", "nova.cell0", "nova.cell1", "nova.cell2")
_WATCHED = w.WatchedTarget(
    target="vm",
    beats=597,
    misses=2,
    gaps=1,
    longest=1.2,
    total=1.2,
    holds=False,
    aloud="vm (icmp): one gap of 1.2 s, budget 0 s",
)
Timed = tuple[float, Entry]


def steps_of(count: int, name: str = "{lane}/{release}/sync") -> tuple[PlannedStep, ...]:
    """Plan so many steps over the lanes of seven projects."""
    return tuple(
        PlannedStep(
            step=name.format(lane=lane, release=f"{2024 + number // 10}.1"),
            lane=lane,
            project=lane.partition(".")[0],
            start="2023.1",
            end="2026.1",
            argv=(f"{lane}-manage", "db", "sync"),
        )
        for number, lane in ((number, LANES[number % len(LANES)]) for number in range(count))
    )


def night(steps: tuple[PlannedStep, ...], *, opened: w.WindowOpened = OPENED, hook: str = "look") -> Iterator[Timed]:
    """Tell of a window from its opening to its end: the chain goes through, the proofs hold but one."""
    yield 0, BEGAN.model_copy(update={"steps": steps, "target": "2026.1"})
    yield 1, opened
    yield 2, PhaseBegan(phase="stop", number=1, of=3)
    yield 2, w.ServiceStopping(service="keystone-api", running=("keystone_api",))
    yield 30, w.ServiceStopped(service="keystone-api", seconds=28)
    yield 31, PhaseEnded(phase="stop")
    yield (
        32,
        w.HookEnded(point="after-silence", name=hook, exit_code=0, seconds=0.5, log="logs/hook.log", said=f"{hook}\n{hook}!"),
    )
    yield 40, RowsCounted(moment="before", tables=(TableRows(schema_name="nova", table="instances", rows=12),))
    yield 60, PhaseBegan(phase="chain", number=2, of=3)
    for number, step in enumerate(steps):
        if number % 7 == 3:
            yield 61 + number * 10, StepSkipped(step=step.step, reason="its heads do not move")
        else:
            yield from ((61 + number * 10 + place, one) for place, one in enumerate(ran(step.step, 1, seconds=9)))
            yield 70 + number * 10, proved(step.step)
    end = 80 + len(steps) * 10
    yield end, PhaseEnded(phase="chain")
    yield end + 1, RowsCounted(moment="after", tables=(TableRows(schema_name="nova", table="instances", rows=10),))
    for lane in LANES:
        yield end + 2, ProofGiven(proof="schema", subject=lane, holds=True, detail=("111 tables compared", *("explained",) * 4))
    yield end + 3, ProofGiven(proof="upgrade-check", subject="nova", holds=None, detail=("it needs a live service",))
    yield end + 4, w.WatchEnded(targets=(_WATCHED,), holds=False)
    yield end + 5, w.ServiceStarted(service="keystone-api", seconds=3)
    yield end + 6, Noted(about="binary log", text="it is off")
    yield end + 7, w.GatePassed(gate="point of no return", by="op@ctl1")
    yield end + 8, RunEnded(outcome="proved")


def turned_back(steps: tuple[PlannedStep, ...], reason: str = "a step failed") -> Iterator[Timed]:
    """Tell of a window whose first step fails, and that is turned back."""
    yield from (told for told in night(steps) if told[0] <= 60)
    yield from ((61 + place, one) for place, one in enumerate(ran(steps[0].step, 1, exit_code=2)))
    yield 64, StepFailed(step=steps[0].step, error="MigrationStuck", message=reason)
    yield 65, LaneStopped(lane=steps[0].lane, step=steps[0].step)
    yield 66, w.TurningBack(reason=reason, by="the runner")
    yield 67, w.UndoBegan(phase="chain")
    yield 68, PhaseBegan(phase="copy", number=1, of=1)
    yield 80, PhaseEnded(phase="copy")
    yield 81, w.UndoEnded(phase="chain")
    yield 90, w.ServiceStarted(service="keystone-api", seconds=3)
    yield 91, RunEnded(outcome="rolled-back", message=reason)


def told(timed: Iterator[Timed], *, rehearsed: bool = True) -> Report:
    """Report what was told; with what its steps took in rehearsal."""
    entries = [
        Stamped(seq=seq, at=NOON + datetime.timedelta(seconds=at), entry=one)
        for seq, (at, one) in enumerate(sorted(timed, key=lambda told: told[0]), 1)
    ]
    report = report_of(entries)
    seconds = {step.step: 12.0 for step in report.steps}
    rehearsals, phases = ("20261119-120000-abcd",), {"stop": 20.0, "chain": 480.0}
    planned = Planned(steps=seconds, total=600, rehearsals=rehearsals, phases=phases) if rehearsed else None
    return report.model_copy(update={"planned": planned})
