"""What a rehearsal takes over from an earlier one's journal when it begins at a checkpoint. Pure."""

from collections.abc import Iterator, Sequence

from runner.journal.entry import (
    IdsTallied,
    ProofGiven,
    ReleaseReached,
    RowsCounted,
    RunBegan,
    RunEntry,
    Stamped,
    StepEnded,
    StepEntry,
    StepMeasured,
    StepProved,
    StepSkipped,
    StepTakenOver,
)

_AS_IT_IS = (RowsCounted, IdsTallied, StepSkipped, StepTakenOver, StepMeasured, ProofGiven, ReleaseReached)


def inherit(entries: Sequence[Stamped], release: str) -> tuple[StepEntry | RunEntry, ...]:
    """Pick what a journal says of the way to a release; empty, where the run was never there.

    Of a step that was proved it says that it was, where, and how long it took: its containers and logs are that run's.
    """
    reached = [
        number for number, one in enumerate(entries) if isinstance(one.entry, ReleaseReached) and one.entry.release == release
    ]
    return tuple(_inherit(entries[: reached[0] + 1])) if reached else ()


def _inherit(entries: Sequence[Stamped]) -> Iterator[StepEntry | RunEntry]:
    began = entries[0].entry
    assert isinstance(began, RunBegan)
    took: dict[str, float] = {}
    for stamped in entries:
        match stamped.entry:
            case StepEnded(step=step, seconds=seconds):
                took[step] = took.get(step, 0.0) + seconds
            case StepProved(step=step, heads=heads):
                yield StepTakenOver(step=step, run=began.run, heads=heads, seconds=round(took.get(step, 0.0), 3))
            case entry:
                if isinstance(entry, _AS_IT_IS):
                    yield entry
