"""What a demo ends with: its chain in figures."""

from pydantic import ConfigDict, Field

from runner.frozen import Frozen
from runner.reporting.record import Report


class Summary(Frozen):
    """The chain in figures.

    `hops` counts the different ones (2023.1 -> 2024.1 is one, however many projects take it), `steps` all that were
    planned: `skipped` had nothing to do, `proved` ran and were proved. `seconds` is the run's wall clock.
    """

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    start: str = Field(alias="from")
    target: str = Field(alias="to")
    projects: tuple[str, ...]
    hops: int
    steps: int
    skipped: int
    proved: int
    seconds: float
    run: str

    def __str__(self) -> str:
        return (
            f"{self.start} -> {self.target}: {len(self.projects)} projects, {self.hops} hops, {self.steps} steps "
            f"({self.proved} proved, {self.skipped} had nothing to do) in {self.seconds:.0f} s; run {self.run}"
        )


def summarise(report: Report) -> Summary:
    """Sum up a proved run that took all projects from one release to another."""
    assert report.target
    return Summary(
        start=report.moves[0].start,
        target=report.target,
        projects=tuple(move.project for move in report.moves),
        hops=len({(hop.start, hop.end) for hop in report.hops}),
        steps=report.totals.steps,
        skipped=report.totals.skipped,
        proved=report.totals.proved,
        seconds=report.totals.seconds,
        run=report.run,
    )
