"""What every verb gets from the command line's front part."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from runner.events import Tell
from runner.reporting.listener import choose_listener

CLOUD = Path("cloud.yaml")
"""What describes the cloud where nobody says otherwise."""


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


def say_proved(context: Context, run: str | None, target: str = "") -> None:
    """Say that a run ended well, or that there was none to begin."""
    if context.json:
        click.echo(json.dumps({"run": run, "outcome": "proved" if run else "nothing to do"}))
    elif run:
        click.echo(f"run {run}: proved; see `thing-a-me report {run}`")
    else:
        click.echo(f"nothing to do: every project is at {target} already")
