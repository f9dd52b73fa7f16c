"""What sections are made of: headed sections, tables, what folds, marks."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from runner.reporting.html.markup import Markup, join, tag

Mark = Literal["good", "bad", "warn", "back", "quiet"]
_ICONS: dict[Mark, str] = {"good": "check", "bad": "cross", "warn": "mind", "back": "return", "quiet": "dot"}
NOTHING = Markup("")


@dataclass(frozen=True)
class Section:
    """A headed part of the page."""

    name: str
    title: str
    content: Markup

    @property
    def markup(self) -> Markup:
        head = tag("h2", self.title, id=f"{self.name}-title")
        return tag("section", head, self.content, id=self.name, aria_labelledby=f"{self.name}-title")


def section(name: str, title: str, *content: str) -> Section | None:
    """Make a section, or none where it has no content."""
    return Section(name, title, join(content)) if any(content) else None


def clock(at: datetime.datetime, since: datetime.datetime) -> str:
    """Say a time of day, and how many days after `since` it is: `23:59:58`, `00:10:00 +1 d`."""
    days = (at.date() - since.date()).days
    return f"{at:%H:%M:%S} +{days} d" if days else f"{at:%H:%M:%S}"


def mark(kind: Mark, said: str) -> Markup:
    """A word with a sign and a colour: any one of them is enough."""
    use = tag("svg", tag("use", href=f"#icon-{_ICONS[kind]}"), class_="icon", aria_hidden="true")
    return tag("span", use, said, class_=f"mark {kind}")


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Iterable[int] = ()) -> Markup:
    """A table whose first column names its rows; on a narrow screen each row is a block. `numbers` are columns of numbers."""
    numeric = frozenset(numbers)
    kinds = ["number" if place in numeric else None for place in range(len(heads))]
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            *(
                tag("td", cell, data_label=head, class_=kind)
                for head, cell, kind in zip(heads[1:], row[1:], kinds[1:], strict=True)
            ),
        )
        for row in rows
    ]
    if not body:
        return NOTHING
    top = tag("tr", *(tag("th", head, scope="col", class_=kind) for head, kind in zip(heads, kinds, strict=True)))
    return tag("table", tag("caption", caption, class_="aside"), tag("thead", top), tag("tbody", *body), class_="facts")


def fold(summary: str, *content: str, is_open: bool = False) -> Markup:
    """What is looked up, not read: closed unless it is open, and printed whole."""
    if not any(content):
        return NOTHING
    return tag("details", tag("summary", summary), tag("div", *content, class_="folded"), open=is_open)


def lines(said: Sequence[str]) -> Markup:
    """One line as it is, several as a list."""
    if len(said) <= 1:
        return join(said)
    return tag("ul", *(tag("li", one) for one in said), class_="lines")


def pairs(rows: Iterable[tuple[str, str]]) -> Markup:
    """Names and what they are."""
    items = [tag("div", tag("dt", name), tag("dd", said)) for name, said in rows if said]
    return tag("dl", *items, class_="pairs") if items else NOTHING
