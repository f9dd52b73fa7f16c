"""Journal -> report: from the run's folder alone, never from memory."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from runner.journal.entry import (
    CheckAnswered,
    HandedOver,
    Mended,
    Noted,
    ProofGiven,
    ReleaseReached,
    RowsCounted,
    RunEnded,
    RunResumed,
    Stamped,
    StepEnded,
    StepEntry,
    StepFailed,
    StepIntended,
    StepMeasured,
    StepProved,
    StepSkipped,
    StepTakenOver,
    TakenOver,
)
from runner.journal.reader import read_entries
from runner.journal.replay import Position, StepPosition, StepState, replay
from runner.reporting.evidence import counts_of, entries_of, latest_proofs, row_changes
from runner.reporting.planned import planned_of
from runner.reporting.record import AttemptRecord, HopRecord, NoteRecord, Report, StepRecord, Totals
from runner.reporting.window_record import phases_of, window_of


def build_report(folder: Path) -> Report:
    """Build the report of the run in `folder`, which may still be at work, or copied from elsewhere.

    Raises:
        RunMissing, JournalBroken: see `journal.reader` and `journal.replay`.
    """
    return report_of(read_entries(folder)).model_copy(update={"planned": planned_of(folder)})


def report_of(entries: Sequence[Stamped]) -> Report:
    """Build the report that these entries imply. Pure."""
    position = replay(entries)
    began = position.began
    told = _told_of_steps(entries)
    steps = tuple(_step(step, told.get(name, [])) for name, step in position.steps.items())
    proofs = latest_proofs(entries)
    before, after = counts_of(entries)
    ended = entries_of(entries, RunEnded)
    window = window_of(entries)
    return Report(
        run=began.run,
        flow=began.flow,
        version=began.version,
        outcome=position.outcome or "unfinished",
        message=ended[-1].message if ended and position.outcome else "",
        began=entries[0].at,
        last_entry=entries[-1].at,
        resumed=len(entries_of(entries, RunResumed)),
        phase=position.phase.phase if position.phase else "",
        target=began.target,
        plan=began.plan,
        cloud=began.cloud,
        accepted_no_snapshot=began.accepted_no_snapshot,
        snapshot=began.snapshot,
        images=began.images,
        moves=began.moves,
        hops=_hops(steps),
        steps=steps,
        checks=entries_of(entries, CheckAnswered),
        mended=entries_of(entries, Mended),
        proofs=proofs,
        row_changes=row_changes(before, after),
        rows_compared=before is not None and after is not None,
        measured=entries_of(entries, StepMeasured),
        releases=entries_of(entries, ReleaseReached),
        taken_over=next(iter(entries_of(entries, TakenOver)), None),
        handed_over=next(iter(entries_of(entries, HandedOver)), None),
        held_accounts=tuple(sorted(position.accounts)),
        held_networks=tuple(sorted(position.networks)),
        notes=tuple(NoteRecord(about=note.about, text=note.text) for note in entries_of(entries, Noted)),
        phases=() if window else phases_of(entries),
        window=window,
        totals=_totals(position, steps, proofs, after, entries),
    )


def _told_of_steps(entries: Iterable[Stamped]) -> dict[str, list[Stamped]]:
    told: dict[str, list[Stamped]] = {}
    for stamped in entries:
        if isinstance(stamped.entry, StepEntry):
            told.setdefault(stamped.entry.step, []).append(stamped)
    return told


def _step(position: StepPosition, own: Sequence[Stamped]) -> StepRecord:
    plan = position.plan
    proved, skipped, failed = entries_of(own, StepProved), entries_of(own, StepSkipped), entries_of(own, StepFailed)
    taken_over = entries_of(own, StepTakenOver)
    attempts = _attempts(own)
    reason = ""
    if position.state is StepState.SKIPPED:
        reason = skipped[-1].reason
    elif position.state is StepState.FAILED:
        reason = f"{failed[-1].error}: {failed[-1].message}"
    elif position.state is StepState.TAKEN_OVER:
        reason = f"run {taken_over[-1].run} did it"
    return StepRecord(
        step=plan.step,
        lane=plan.lane,
        project=plan.project,
        start=plan.start,
        end=plan.end,
        argv=plan.argv,
        outcome=_outcome(position, was_done=bool(proved and proved[-1].already)),
        attempts=attempts,
        seconds=sum(attempt.seconds for attempt in attempts) + sum(one.seconds for one in taken_over),
        heads=(proved or taken_over)[-1].heads if proved or taken_over else (),
        reason=reason,
    )


def _outcome(
    position: StepPosition, *, was_done: bool
) -> Literal["proved", "already-done", "taken-over", "skipped", "failed", "in-doubt", "ahead"]:
    match position.state:
        case StepState.PROVED:
            return "already-done" if was_done else "proved"
        case StepState.SKIPPED:
            return "skipped"
        case StepState.TAKEN_OVER:
            return "taken-over"
        case StepState.FAILED:
            return "failed"
        case StepState.WAITING:
            return "ahead"
        case StepState.INTENDED | StepState.STARTED | StepState.ENDED:
            return "in-doubt"


def _attempts(own: Iterable[Stamped]) -> tuple[AttemptRecord, ...]:
    attempts: dict[int, AttemptRecord] = {}
    for stamped in own:
        match stamped.entry:
            case StepIntended(attempt=number):
                attempts[number] = AttemptRecord(number=number, began=stamped.at)
            case StepEnded(attempt=number) as ended:
                facts = {"exit_code": ended.exit_code, "seconds": ended.seconds, "log": ended.log, "oom": ended.oom}
                attempts[number] = attempts[number].model_copy(update=facts)
            case _:
                pass
    return tuple(attempts.values())


def _hops(steps: Iterable[StepRecord]) -> tuple[HopRecord, ...]:
    hops: dict[tuple[str, str, str], list[StepRecord]] = {}
    for step in steps:
        hops.setdefault((step.project, step.start, step.end), []).append(step)
    return tuple(
        HopRecord(
            project=project,
            start=start,
            end=end,
            steps=len(own),
            done=sum(step.outcome in {"proved", "already-done", "taken-over", "skipped"} for step in own),
            seconds=sum(step.seconds for step in own),
        )
        for (project, start, end), own in hops.items()
    )


def _totals(
    position: Position,
    steps: Sequence[StepRecord],
    proofs: Sequence[ProofGiven],
    after: RowsCounted | None,
    entries: Sequence[Stamped],
) -> Totals:
    outcomes = [step.outcome for step in steps]
    return Totals(
        steps=len(steps),
        proved=outcomes.count("proved") + outcomes.count("already-done"),
        skipped=outcomes.count("skipped"),
        taken_over=outcomes.count("taken-over"),
        failed=outcomes.count("failed"),
        in_doubt=len(position.in_doubt),
        ahead=outcomes.count("ahead"),
        containers=sum(len(step.attempts) for step in steps),
        proofs=len(proofs),
        proofs_held=sum(proof.holds is True for proof in proofs),
        proofs_untold=sum(proof.holds is None for proof in proofs),
        tables_counted=len(after.tables) if after else 0,
        step_seconds=sum(step.seconds for step in steps),
        seconds=(entries[-1].at - entries[0].at).total_seconds(),
    )
