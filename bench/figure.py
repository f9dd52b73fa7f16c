"""One measured figure, and where all of them are written."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path

RESULTS = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Figure:
    """A figure: `bound` is what the project promises, None where it promises nothing."""

    name: str
    value: float
    unit: str
    bound: float | None = None

    @property
    def holds(self) -> bool:
        return self.bound is None or self.value <= self.bound

    def __str__(self) -> str:
        bound = "" if self.bound is None else f"  (at most {self.bound:g}: {'holds' if self.holds else 'DOES NOT HOLD'})"
        return f"{self.name:<46} {self.value:>9.2f} {self.unit}{bound}"


def machine() -> str:
    """Name the machine in a few words; figures of two machines are never compared."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB"


def write(figures: list[Figure]) -> None:
    """Replace the figures of the same names, keep the others."""
    known = {one["name"]: one for one in json.loads(RESULTS.read_text())} if RESULTS.is_file() else {}
    for figure in figures:
        known[figure.name] = {**asdict(figure), "value": round(figure.value, 3), "machine": machine()}
    RESULTS.write_text(json.dumps(list(known.values()), indent=1) + "\n")
