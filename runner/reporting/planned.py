"""What the rehearsals of a sealed plan took: what a run's own times are held against."""

from pathlib import Path

from pydantic import Field, ValidationError

from runner.frozen import Frozen
from runner.journal.timetable import read_timetable
from runner.planning.seal import SealedPlan

REHEARSED = "rehearsed.json"
"""In a run's folder; `flows.record` writes it."""


class Planned(Frozen):
    """Median seconds of the rehearsals: by step, and in `total` of the chain with its proofs.

    `phases` are those of the window, as the timetable of its last sitting has them: rehearsed, measured in earlier windows, or
    assumed.
    """

    steps: dict[str, float]
    total: float
    rehearsals: tuple[str, ...]
    phases: dict[str, float] = Field(default_factory=dict)


def planned_of(folder: Path) -> Planned | None:
    """Read what was rehearsed; None where the run had no sealed plan, or one that cannot be read: the report stands without."""
    try:
        seal = SealedPlan.model_validate_json((folder / REHEARSED).read_bytes()).seal
    except (OSError, ValidationError):
        return None
    steps = {name: spread.median for name, spread in seal.seconds.items()}
    table = read_timetable(folder)
    phases = {part.phase: part.seconds.median for part in table.ahead} if table else {}
    return Planned(steps=steps, total=seal.total.median, rehearsals=seal.rehearsals, phases=phases)
