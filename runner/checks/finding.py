"""What a check answers: findings, or why it could not tell."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What a finding means for the chain, worst first."""

    BLOCKS = "blocks"
    WARNS = "warns"
    NOTES = "notes"


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that would hurt later.

    `where` names databases and tables, `rows` how many rows or tables it concerns, `breaks` the project and hop that it
    breaks, `mend` the project's own mending command for `check --fix`.
    """

    check: str
    severity: Severity
    where: str
    says: str
    way_out: str
    rows: int | None = None
    breaks: str | None = None
    mend: str | None = None


@dataclass(frozen=True)
class Unanswered:
    """A check that could not be asked, or only in part. Could not tell is not no: it makes `check` fail."""

    check: str
    why: str


def listed(names: list[str], limit: int = 5) -> str:
    """Name the first few, and how many more there are."""
    more = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {more} more" if more > 0 else "")
