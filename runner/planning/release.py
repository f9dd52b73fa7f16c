"""A release, the order of releases, and the moves OpenStack permits between them."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import Field

from runner.errors import BadDocument
from runner.frozen import Frozen

FIRST_SLURP = "2023.1"
"""Moves from SLURP to SLURP are supported from here on (OpenStack TC resolution 2022-02-10)."""


class Release(Frozen):
    """An OpenStack series, such as 2024.1."""

    series: str
    name: str
    date: datetime.date
    slurp: bool

    def __str__(self) -> str:
        return self.series


class CalendarDocument(Frozen):
    """`recipes/calendar.yaml`."""

    source: str
    releases: tuple[Release, ...] = Field(min_length=1)


@dataclass(frozen=True)
class Calendar:
    """All releases we know, oldest first. Built once; every order comes from here."""

    releases: tuple[Release, ...]

    @classmethod
    def of(cls, releases: Iterable[Release]) -> "Calendar":
        """Order releases by date.

        Raises:
            BadDocument: two of them carry one series.
        """
        ordered = tuple(sorted(releases, key=lambda release: release.date))
        names = [release.series for release in ordered]
        if twice := {name for name in names if names.count(name) > 1}:
            raise BadDocument(f"the calendar holds {', '.join(sorted(twice))} twice")
        return cls(ordered)

    def __iter__(self) -> Iterator[Release]:
        return iter(self.releases)

    def __contains__(self, series: object) -> bool:
        return any(release.series == series for release in self.releases)

    def find(self, series: str) -> Release:
        """Raise BadDocument for a series that does not exist."""
        for release in self.releases:
            if release.series == series:
                return release
        known = ", ".join(release.series for release in self.releases)
        raise BadDocument(f"there is no release {series!r}", hint=f"known releases: {known}")

    def index(self, series: str) -> int:
        return self.releases.index(self.find(series))

    def is_later(self, one: str, other: str) -> bool:
        return self.index(one) > self.index(other)

    def moves_from(self, series: str) -> tuple[str, ...]:
        """Name the releases one move away: the next one, and from a SLURP the next SLURP."""
        here = self.index(series)
        later = self.releases[here + 1 :]
        moves = [release.series for release in later[:1]]
        if self.releases[here].slurp and here >= self.index(FIRST_SLURP):
            moves += [release.series for release in later if release.slurp][:1]
        return tuple(dict.fromkeys(moves))

    def without_leaps(self) -> "Calendar":
        """The same releases, where every move leads to the next one: none leaps from SLURP to SLURP."""
        return Calendar(tuple(release.model_copy(update={"slurp": False}) for release in self.releases))

    def slice(self, since: str | None, until: str | None) -> tuple[str, ...]:
        """Name the releases from `since` to `until`, both included; None is an open end."""
        first = 0 if since is None else self.index(since)
        last = len(self.releases) - 1 if until is None else self.index(until)
        return tuple(release.series for release in self.releases[first : last + 1])
