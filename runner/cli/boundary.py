"""The one place where a failure becomes words and an exit code.

Three outcomes: an error of ours (its own code), an interrupt (130), a bug (1, with a log file to send in).
"""

import json
import platform
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import click

from runner import __version__
from runner.errors import Aftermath, ThingAMeError

_IN_WORDS = {
    Aftermath.UNTOUCHED: "untouched by this command",
    Aftermath.CHANGED: "changed; what is where stands in the run's journal (`thing-a-me status`)",
    Aftermath.UNKNOWN: "unknown: look before you go on",
}


def run(command: Callable[[], object], *, as_json: Callable[[], bool]) -> NoReturn:
    """Run a command to its exit code."""
    try:
        command()
    except ThingAMeError as error:
        _say(error, as_json=as_json())
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo(
            "interrupted: `thing-a-me status` tells what is still stopped, locked or running; `thing-a-me resume` goes on with"
            " a run, `thing-a-me rollback` turns a window back, `thing-a-me snapshot list` tells of snapshots",
            err=True,
        )
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output has seen enough.
        sys.stdout = sys.stderr
        sys.exit(0)
    except Exception:
        click.echo(f"bug: {sys.exc_info()[1]!r}\nhint: please send us {_write_log()}\ndatabases: unknown", err=True)
        sys.exit(1)
    sys.exit(0)


def _say(error: ThingAMeError, *, as_json: bool) -> None:
    if as_json:
        facts = {
            "error": type(error).__name__,
            "exit_code": error.exit_code,
            "message": error.message,
            "hint": error.advice,
            "databases": str(error.left_behind),
        }
        click.echo(json.dumps(facts), err=True)
        return
    click.echo(click.style("error: ", fg="red", bold=True) + error.message, err=True)
    click.echo(click.style("hint: ", bold=True) + error.advice, err=True)
    click.echo(click.style("databases: ", bold=True) + _IN_WORDS[error.left_behind], err=True)


def _write_log() -> Path:
    """Write the traceback with versions, ready to paste; arguments of ours carry no secrets."""
    with tempfile.NamedTemporaryFile("w", prefix="thing-a-me-", suffix=".log", delete=False, encoding="utf-8") as log:
        log.write(f"thing-a-me {__version__}, Python {platform.python_version()}, {platform.platform()}\n")
        log.write(f"arguments: {sys.argv[1:]}\n\n{traceback.format_exc()}")
    return Path(log.name)
