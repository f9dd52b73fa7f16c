"""How a chain's result may differ from a fresh install, and which rows may go on the way: rules, and why."""

from runner.frozen import Frozen


class DifferenceRule(Frozen):
    """Why a chain's result may differ from a fresh install: patterns (fnmatch) over kind, table, name and what each has."""

    kind: str
    table: str | tuple[str, ...] = "*"
    name: str = "*"
    ours: str = "*"
    fresh: str = "*"
    why: str
    source: str


class CommonDifferences(Frozen):
    """Rules that hold for every project."""

    differences: tuple[DifferenceRule, ...]


class RowRule(Frozen):
    """Which rows a step may remove from a table (fnmatch pattern), and why."""

    table: str
    step: str
    why: str
    source: str
