"""A hook: a command of the operator's at a named point of a run, with the run's facts on its standard input."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.command import CommandEnd, run_command, words_of
from runner.journal.runs import keep_next_log
from runner.validation.secrecy import blot_out
from runner.window_settings import Hook

_SHOWN = 40
_WRITTEN = 2000
_NOT_FOUND, _NOT_RUN = 127, 126
"""What a shell ends with where there is no such command, and where it cannot be run (POSIX, 2.8.2)."""


@dataclass(frozen=True, kw_only=True)
class HookEnd:
    """How a hook ended: `exit_code` is None where it ran out of time. `log` is what it said, relative to the run's folder.

    `said` are the last lines of that.
    """

    name: str
    exit_code: int | None
    seconds: float
    log: str
    last_words: str
    said: str = ""

    @property
    def in_words(self) -> str:
        """One line."""
        how = "ran out of time" if self.exit_code is None else f"exit code {self.exit_code}"
        said = "" if self.last_words == how else f": {self.last_words}"
        return f"hook {self.name}: {how} after {self.seconds:.1f} s{said}; its output is in {self.log}"


def run_hook(
    hook: Hook,
    facts: Mapping[str, object],
    *,
    secrets: tuple[str, ...],
    log_folder: Path,
    on_start: Callable[[int], object] = lambda _: None,
    go_on: Callable[[], object] = lambda: None,
) -> HookEnd:
    """Run a hook to its end or its time limit; a failure is an answer, not an exception. Each run of it has a log of its own.

    `on_start` is told its process id; `go_on` is called meanwhile, and may raise. `facts` go in as one JSON document, and hold
    no secret; `secrets` are blotted out of what it says. `log_folder` is the run's `logs/`.

    Raises:
        JournalBroken: what it said cannot be written.
    """
    name = name_of(hook, secrets)
    told = json.dumps(dict(facts), default=str, sort_keys=True).encode() + b"\n"
    began = time.monotonic()
    try:
        end = run_command(words_of(hook.run), timeout=hook.timeout, stdin=told, on_start=on_start, go_on=go_on)
    except OSError as error:
        exit_code = _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_RUN
        end = CommandEnd(exit_code, f"cannot be begun: {error.strerror or error}\n", time.monotonic() - began)
    said = CommandEnd(end.exit_code, blot_out(end.output, secrets), end.seconds)
    log = keep_next_log(log_folder.parent, f"hook-{name}", said.output.encode())
    return HookEnd(
        name=name,
        exit_code=end.exit_code,
        seconds=end.seconds,
        log=log,
        last_words=said.last_words[:400],
        said=_last_lines(said.output),
    )


def _last_lines(output: str) -> str:
    """Cut off its beginning, at a line's end where there is one."""
    if len(output) <= _WRITTEN:
        return output.strip("\n")
    _, _, whole = output[-_WRITTEN:].partition("\n")
    return (whole or output[-_WRITTEN:]).strip("\n")


def name_of(hook: Hook, secrets: tuple[str, ...]) -> str:
    """The name that cloud.yaml gives it, or the beginning of its command."""
    line = hook.run if isinstance(hook.run, str) else " ".join(hook.run)
    return blot_out(hook.name or line, secrets)[:_SHOWN]
