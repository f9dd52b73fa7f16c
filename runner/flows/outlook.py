"""The outlook: what the watch on the data plane sees, told while the window runs. It turns nothing back; somebody may."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from runner.errors import WatchFailed
from runner.planning.gaps import judge
from runner.watch.reading import read_watch

_LOOK = 5.0
"""Seconds between two looks at the watch's record."""


@dataclass
class Outlook:
    """What was told so far of the watch on one run: of each target the gaps, and whether nobody looks any more."""

    folder: Path
    note: Callable[[str], None]
    _told: dict[str, tuple[int, bool]] = field(default_factory=dict)
    _looked: float = 0.0

    def tell_news(self) -> None:
        """Tell of each target that has a gap more than before, or is not watched any more."""
        if time.monotonic() - self._looked < _LOOK:
            return
        self._looked = time.monotonic()
        # What cannot be read is told at the end, by whoever ends the watch.
        with suppress(WatchFailed):
            for sight in judge(read_watch(self.folder)):
                seen = (len(sight.gaps), any(hole.ends is None for hole in sight.holes))
                if seen > self._told.get(sight.target, (0, False)):
                    self.note(sight.aloud)
                self._told[sight.target] = seen
