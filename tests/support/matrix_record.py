"""What whole chains came to, release by release and project by project, written down where docs/matrix.md is made from it.

Nothing is written unless `THING_A_ME_RECORD_MATRIX` is set: `make matrix`.
"""

import datetime
import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from runner.frozen import Frozen
from runner.journal.entry import ProofGiven
from runner.reporting.record import Report

FILE = Path(__file__).parents[2] / "bench" / "matrix.json"
_BEHIND = {"proved", "already-done", "skipped"}
_RULE = re.compile(r"explained: .*?; (?P<why>.*) \((?P<source>[^()]*(?:\([^()]*\)[^()]*)*)\)$")


class Cell(Frozen):
    """One project at one release of a chain.

    `steps` were behind it, of which `idle` had nothing to do; `equal` says whether the schema is a new installation's, but for
    `explained` differences.
    """

    release: str
    project: str
    steps: int
    idle: int
    migrated: bool
    equal: bool
    explained: int


class Explained(Frozen):
    """Why a project's schema differs from a new installation's on a chain, and in how many places."""

    project: str
    why: str
    source: str
    places: int


class ChainRun(Frozen):
    """One chain that was run, on a `server` of this version.

    `proved` names the projects all of whose proofs at the target hold.
    """

    command: str
    start: str
    target: str
    way: tuple[str, ...]
    date: datetime.date
    seconds: float
    server: str
    outcome: str
    proved: tuple[str, ...]
    untold: tuple[str, ...]
    cells: tuple[Cell, ...]
    explained: tuple[Explained, ...]


class Matrix(Frozen):
    """What is known of all chains so far."""

    runs: tuple[ChainRun, ...] = ()


def read_matrix() -> Matrix:
    return Matrix.model_validate_json(FILE.read_bytes()) if FILE.exists() else Matrix()


def write_down(run: ChainRun) -> None:
    """Write a chain down in the place of what was known of it."""
    if not os.environ.get("THING_A_ME_RECORD_MATRIX"):
        return
    others = [one for one in read_matrix().runs if one.command != run.command]
    FILE.write_text(Matrix(runs=(*others, run)).model_dump_json(indent=1) + "\n", encoding="utf-8")


def chain_run(report: Report, command: str, server: str) -> ChainRun:
    """Take a chain's report apart."""
    schemas: dict[tuple[str, str], list[ProofGiven]] = {}
    for proof in report.proofs:
        if proof.proof == "schema":
            subject, _, release = proof.subject.partition(" at ")
            schemas.setdefault((release or str(report.target), _project_of(subject)), []).append(proof)
    projects = dict.fromkeys(move.project for move in report.moves)
    last = [one for one in report.proofs if " at " not in one.subject]
    at_target = {name: [one for one in last if _project_of(one.subject) == name] for name in projects}
    return ChainRun(
        command=command,
        start=command.partition("--from ")[2].split()[0],
        target=str(report.target),
        way=tuple(dict.fromkeys(one.end for one in report.steps)),
        date=report.began.date(),
        seconds=report.totals.seconds,
        server=server,
        outcome=report.outcome,
        proved=tuple(name for name, given in at_target.items() if given and all(one.holds is not False for one in given)),
        untold=tuple(name for name, given in at_target.items() if any(one.holds is None for one in given)),
        cells=tuple(_cell(release, name, report, given) for (release, name), given in schemas.items()),
        explained=tuple(_explained(schemas)),
    )


def _cell(release: str, project: str, report: Report, given: list[ProofGiven]) -> Cell:
    steps = [step for step in report.steps if (step.end, step.project) == (release, project)]
    return Cell(
        release=release,
        project=project,
        steps=len(steps),
        idle=sum(step.outcome == "skipped" for step in steps),
        migrated=bool(steps) and all(step.outcome in _BEHIND for step in steps),
        equal=all(one.holds is True for one in given),
        explained=sum(line.startswith("explained: ") for one in given for line in one.detail),
    )


def _explained(schemas: dict[tuple[str, str], list[ProofGiven]]) -> Iterable[Explained]:
    """Each rule once per project, with the most places that it explained at any one release."""
    most: dict[tuple[str, str, str], int] = {}
    for (_, project), given in schemas.items():
        found = (_RULE.match(line) for one in given for line in one.detail)
        counted = Counter((project, one["why"], one["source"]) for one in found if one)
        for key, places in counted.items():
            most[key] = max(places, most.get(key, 0))
    return [Explained(project=p, why=why, source=source, places=n) for (p, why, source), n in sorted(most.items())]


def _project_of(subject: str) -> str:
    return subject.partition(".")[0].partition("/")[0]
