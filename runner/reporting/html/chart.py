"""Bars on a time axis: a table whose rows are drawn, so that it reads without its picture and fits any width."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runner.planning.window import say_clock
from runner.reporting.html.markup import Markup, tag

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_TICKS = 5
_HEIGHT, _THIN = 12, 3
_SLIVER = 0.35
"""Per cent of the width: what took no time is still seen."""


@dataclass(frozen=True)
class Scale:
    """A stretch of time as wide as a chart. `place` gives per cent of the width."""

    begins: datetime.datetime
    ends: datetime.datetime

    @property
    def seconds(self) -> float:
        return max((self.ends - self.begins).total_seconds(), 0.001)

    def place(self, at: datetime.datetime) -> float:
        return round(min(max((at - self.begins).total_seconds() / self.seconds, 0), 1) * 100, 2)

    @property
    def ticks(self) -> tuple[int, ...]:
        """Round seconds from the beginning, at most five, the beginning included."""
        every = next((step for step in _STEPS if self.seconds / step < _TICKS), int(self.seconds / (_TICKS - 1)) + 1)
        return tuple(range(0, int(self.seconds) + 1, every))


@dataclass(frozen=True)
class Bar:
    """One bar. `kind` is a class of the style sheet; thin ones lie below the others, on line 1 or 2, so that each is seen."""

    kind: str
    begins: datetime.datetime
    seconds: float
    title: str
    thin: int = 0


@dataclass(frozen=True)
class Row:
    """One row: what it is, its bars, and in words what the bars show."""

    label: Markup
    bars: tuple[Bar, ...]
    said: tuple[str, ...]


def chart(caption: str, heads: Sequence[str], rows: Iterable[Row], scale: Scale) -> Markup:
    """Draw a table of bars; `heads` name the first column and those after the bars."""
    first, *rest = heads
    head = tag(
        "tr",
        tag("th", first, scope="col"),
        tag("th", tag("span", caption, class_="aside"), _axis(scale), scope="col", class_="track"),
        *(tag("th", one, scope="col", class_="number") for one in rest),
    )
    body = (
        tag(
            "tr",
            tag("th", row.label, scope="row"),
            tag("td", _draw(row, scale), class_="track"),
            *(tag("td", said, class_="number", data_label=name) for name, said in zip(rest, row.said, strict=True)),
        )
        for row in rows
    )
    return tag("table", tag("caption", caption, class_="aside"), tag("thead", head), tag("tbody", *body), class_="chart")


def _axis(scale: Scale) -> Markup:
    ticks = scale.ticks
    at = (scale.begins + datetime.timedelta(seconds=tick) for tick in ticks)
    marks = (
        tag("span", say_clock(tick), style=f"left:{scale.place(moment):g}%") for tick, moment in zip(ticks, at, strict=True)
    )
    return tag("span", *marks, class_="axis", aria_hidden="true")


def _draw(row: Row, scale: Scale) -> Markup:
    grid = (scale.begins + datetime.timedelta(seconds=tick) for tick in scale.ticks)
    lines = (
        tag("line", x1=f"{place:g}%", x2=f"{place:g}%", y1="0", y2="100%", class_="grid") for place in map(scale.place, grid)
    )
    thin = any(bar.thin for bar in row.bars)
    title = "; ".join(bar.title for bar in row.bars if not bar.thin) or "nothing"
    return tag(
        "svg",
        tag("title", title),
        *lines,
        *(_rect(bar, scale, with_thin=thin) for bar in row.bars),
        role="img",
        width="100%",
        height="100%",
    )


def _rect(bar: Bar, scale: Scale, *, with_thin: bool) -> Markup:
    left = scale.place(bar.begins)
    right = scale.place(bar.begins + datetime.timedelta(seconds=bar.seconds))
    width = max(right - left, _SLIVER)
    return tag(
        "rect",
        tag("title", bar.title),
        x=f"{min(left, 100 - width):.2f}%",
        width=f"{width:.2f}%",
        y=str(14 + 4 * bar.thin if bar.thin else 4 if with_thin else 8),
        height=str(_THIN if bar.thin else _HEIGHT),
        rx="2",
        class_=bar.kind,
    )


def key(*entries: tuple[str, str]) -> Markup:
    """Say what the kinds of bars mean."""
    items = (
        tag("li", tag("svg", tag("rect", width="100%", height="100%", rx="2", class_=kind), aria_hidden="true"), f" {said}")
        for kind, said in entries
    )
    return tag("ul", *items, class_="key")
