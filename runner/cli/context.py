"""What every verb gets from the command line's front part."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runner.events import Tell
from runner.reporting.listener import choose_listener


@dataclass(frozen=True)
class Context:
    """The options in front of a verb."""

    cloud: Path
    json: bool = False
    quiet: bool = False

    @contextmanager
    def listening(self) -> Iterator[Tell]:
        """Show events while a flow runs: a live terminal, plain lines, or JSON lines."""
        with choose_listener(sys.stderr, as_json=self.json, quiet=self.quiet) as tell:
            yield tell
