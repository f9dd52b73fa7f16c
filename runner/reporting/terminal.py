"""The live display: what cannot be missed scrolls by once, lanes and images stay in place below it."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from runner.events import DatabaseInspected, Event, ImageProgress, Note, PhaseBegan, ProofGiven, RunEnded, RungReached
from runner.reporting.progress import LaneProgress, LaneState, Progress, advance
from runner.reporting.reporter import Show, Told
from runner.reporting.words import is_bad, say_count, say_duration, say_event, say_transfer

_STYLES = {LaneState.WAITING: "dim", LaneState.RUNNING: "bold cyan", LaneState.DONE: "green", LaneState.STOPPED: "bold red"}
_FIRST = (LaneState.STOPPED, LaneState.RUNNING, LaneState.WAITING, LaneState.DONE)
_BAR = 12
_AROUND = 2
"""Lines that are neither lanes nor images: an empty one, and the foot."""


@dataclass
class _Screen:
    """What the display holds between two drawings."""

    console: Console
    progress: Progress = field(default_factory=lambda: Progress(time.monotonic()))

    def show(self, told: Told) -> None:
        self.progress = advance(self.progress, told.event, told.second)
        if (line := _permanent(told.event)) is not None:
            self.console.print(line)

    def draw(self) -> RenderableType:
        return draw(self.progress, time.monotonic(), height=self.console.size.height)


@contextmanager
def show_live(console: Console) -> Iterator[Show]:
    """Show events on a terminal for the length of the block; the last picture stays."""
    screen = _Screen(console)
    with Live(get_renderable=screen.draw, console=console, refresh_per_second=4, redirect_stdout=False, redirect_stderr=False):
        yield screen.show


def draw(progress: Progress, now: float, *, height: int | None = None) -> RenderableType:
    """Draw the whole live part; nothing where there is nothing to show yet. Lanes beyond `height` lines are summed up."""
    parts: list[RenderableType] = []
    if progress.images_at_work:
        parts.append(_images(progress, now))
    if progress.lanes:
        room = len(progress.lanes) if height is None else height - len(progress.images_at_work) - _AROUND
        parts.append(_lanes(progress, now, max(1, room)))
    is_begun = parts or progress.phase or progress.images or progress.transfer
    return Group(Text(), *parts, _foot(progress, now)) if is_begun else Group()


def _permanent(event: Event) -> RenderableType | None:
    """Give the line that stays in the scrollback, for the few events that deserve one."""
    match event:
        case PhaseBegan():
            return Text.assemble((f"{event.number}/{event.of} ", "dim"), (event.phase, "bold"))
        case ImageProgress(state="done" | "cached") | DatabaseInspected() | RungReached():
            return _below(event)
        case Note() | ProofGiven(holds=None):
            return _below(event, style="yellow")
        case RunEnded(outcome="proved"):
            return _below(event, style="bold green")
        case _:
            return _below(event, style="bold red") if is_bad(event) else None


def _below(event: Event, style: str = "") -> RenderableType:
    """Indent the event below its phase, also where it takes several lines."""
    return Padding(Text(say_event(event), style=style), (0, 0, 0, 4))


def _grid() -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(max_width=14, no_wrap=True, overflow="ellipsis")
    grid.add_column(width=_BAR)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(width=7, no_wrap=True)
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    grid.add_column(justify="right", no_wrap=True)
    return grid


def _lanes(progress: Progress, now: float, room: int) -> Table:
    grid = _grid()
    shown = _shown(progress.lanes, room)
    for name, lane in ((name, lane) for name, lane in progress.lanes.items() if name in shown):
        grid.add_row(
            name,
            ProgressBar(total=max(lane.total, 1), completed=lane.done if lane.total else 1, width=_BAR),
            f"{lane.done}/{lane.total}",
            Text(lane.state, style=_STYLES[lane.state]),
            _current(name, lane),
            say_duration(lane.seconds(now)) if lane.step and lane.state is not LaneState.WAITING else "",
        )
    if rest := Counter(lane.state for name, lane in progress.lanes.items() if name not in shown):
        states = ", ".join(f"{rest[state]} {state}" for state in _FIRST if rest[state])
        grid.add_row(Text(f"{rest.total()} more", style="dim"), "", "", "", Text(states, style="dim"), "")
    return grid


def _shown(lanes: Mapping[str, LaneProgress], room: int) -> frozenset[str]:
    """Choose the lanes that have a row of their own: all, or those that an operator looks for first."""
    if len(lanes) <= room:
        return frozenset(lanes)
    return frozenset(sorted(lanes, key=lambda name: _FIRST.index(lanes[name].state))[: room - 1])


def _current(name: str, lane: LaneProgress) -> Text:
    if lane.state is LaneState.DONE:
        return Text("" if lane.total else "nothing to do", style="dim")
    if lane.state is LaneState.WAITING and not lane.note:
        return Text("")  # its last step is proved, and beside "waiting" it would read as one that is not
    step = Text(lane.step.removeprefix(f"{name}/"))
    return step.append(f"  {lane.note}", style="yellow") if lane.note else step


def _images(progress: Progress, now: float) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0), expand=True)
    grid.add_column(no_wrap=True)
    grid.add_column(width=10, no_wrap=True)
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    grid.add_column(justify="right", no_wrap=True)
    for release, image in progress.images_at_work.items():
        grid.add_row(release, Text(image.state, "bold cyan"), Text(image.detail, "dim"), say_duration(now - image.since))
    return grid


def _foot(progress: Progress, now: float) -> Table:
    facts = []
    if progress.images and not progress.lanes:
        there = len(progress.images) - len(progress.images_at_work)
        facts.append(f"{there}/{say_count(len(progress.images), 'image')}")
    if progress.lanes:
        facts.append(f"{progress.done}/{say_count(progress.total, 'step')}")
    if progress.skipped:
        facts.append(f"{say_count(progress.skipped, 'no-op')}")
    if progress.transfer:
        facts.append(say_transfer(progress.transfer))
    if progress.asked:
        facts.append(f"{say_count(progress.asked, 'check')}, {say_count(progress.findings, 'finding')}")
    if progress.asking:
        facts.append(f"{progress.asking.question}: {progress.asking.answered}/{say_count(progress.asking.of, 'project')}")
    if progress.proofs:
        facts.append(f"{progress.held_proofs}/{say_count(progress.proofs, 'proof')} hold")
    grid = Table.grid(expand=True)
    grid.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    grid.add_column(justify="right", no_wrap=True)
    style = {"failed": "bold red", "proved": "bold green"}.get(progress.outcome, "dim")
    grid.add_row(Text("  ·  ".join(facts), style=style), Text(say_duration(now - progress.began), style=style))
    return grid
