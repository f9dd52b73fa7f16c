"""docs/matrix.md: which chains were run, and what became of each project at each release (`make matrix`)."""

from collections.abc import Iterator

from runner.recipes import load_calendar
from tests.support.matrix_record import Cell, ChainRun, read_matrix

_HEAD = """\
# Matrix

Chains on empty clouds, each made by its first release's own first-install commands and carried to the newest by
`thing-a-me ci`, on Debian's MariaDB. Recorded by `make matrix` from `tests/chain/test_chains.py`, and made into this page by
`make schemas`. What was not run is not here. An empty cloud has no rows to trip over.

In a cell: **=** every step proved, and the schema is that of a new installation of that release; **=n** it is, but for n
differences that a rule explains ([below](#differences-that-are-explained)); **drift** it is not; **failed** a step was not
proved; empty: the chain does not bring the project there.
"""


def matrix_page() -> str:
    """Render the record, or say that there is none."""
    runs = sorted(read_matrix().runs, key=lambda run: (load_calendar().index(run.start), -len(run.way)))
    if not runs:
        return "# Matrix\n\nNo chain was recorded yet: `make matrix`.\n"
    return _HEAD + "".join(line + "\n" for line in (*_overview(runs), *_tables(runs), *_differences(runs)))


def _overview(runs: list[ChainRun]) -> Iterator[str]:
    yield from (
        "",
        "## Chains",
        "",
        "| command | MariaDB | releases | outcome | proved at the target | took | date |",
        "|---|---|---|---|---|---|---|",
    )
    for run in runs:
        untold = f" (of {', '.join(run.untold)} something could not be told)" if run.untold else ""
        took = f"{run.seconds / 60:.1f} min"
        proved = f"{', '.join(run.proved)}{untold}"
        yield f"| `{run.command}` | {run.server} | {len(run.way)} | {run.outcome} | {proved} | {took} | {run.date} |"


def _tables(runs: list[ChainRun]) -> Iterator[str]:
    for run in runs:
        cells = {(cell.release, cell.project): cell for cell in run.cells}
        projects = sorted({cell.project for cell in run.cells})
        heading = run.command.removeprefix("thing-a-me ci ")
        yield from ("", f"## {heading}", "", f"| to | {' | '.join(projects)} |", f"|---|{'---|' * len(projects)}")
        for release in run.way:
            yield f"| {release} | {' | '.join(_say(cells.get((release, project))) for project in projects)} |"


def _say(cell: Cell | None) -> str:
    if cell is None:
        return ""
    if not cell.migrated:
        return "**failed**"
    return f"={cell.explained or ''}" if cell.equal else "**drift**"


def _differences(runs: list[ChainRun]) -> Iterator[str]:
    most: dict[tuple[str, str, str], int] = {}
    for one in (one for run in runs for one in run.explained):
        key = (one.project, one.why, one.source)
        most[key] = max(one.places, most.get(key, 0))
    yield from ("", "## Differences that are explained", "", "| project | at most in | why | source |", "|---|---|---|---|")
    for (project, why, source), places in sorted(most.items()):
        yield f"| {project} | {places} | {why} | {source} |"
