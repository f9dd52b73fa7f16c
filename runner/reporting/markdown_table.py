"""Tables of Markdown, whose cells hold whatever a database or a log said."""

from collections.abc import Iterable, Iterator, Sequence


def table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Write a section with a table; without rows there is none."""
    lines = [f"| {' | '.join(escape(cell) for cell in row)} |" for row in rows]
    if lines:
        yield from (f"## {title}", "", f"| {' | '.join(heads)} |", f"|{' --- |' * len(heads)}", *lines, "")


def escape(text: str) -> str:
    """Keep what a database or a log said from ending a cell or a line."""
    return " ".join(text.split()).replace("|", "\\|")
