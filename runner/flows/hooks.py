"""A hook: a command of the operator's that is given the run's facts as JSON; what it says is kept in the run's folder."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from runner.command import CommandEnd, run_command, words_of
from runner.containers.last_words import redact
from runner.journal.runs import keep_log
from runner.window_settings import Hook

_NOT_FOUND, _NOT_RUN = 127, 126


@dataclass(frozen=True)
class HookEnd:
    """How a hook ended. `exit_code` is None where it ran out of time; `log` lies below the run's folder."""

    exit_code: int | None
    seconds: float
    log: str
    last_words: str


def run_hook(
    hook: Hook, name: str, facts: Mapping[str, object], *, folder: Path, attempt: int, secrets: Collection[str]
) -> HookEnd:
    """Run a hook to its end or to its time limit. One that cannot be begun ends as a shell would say: 127 or 126.

    Raises:
        JournalBroken: what it said cannot be kept.
    """
    try:
        end = run_command(words_of(hook.run), timeout=hook.timeout, stdin=json.dumps(facts).encode())
    except FileNotFoundError as error:
        end = CommandEnd(_NOT_FOUND, f"{error.filename}: not found", 0.0)
    except OSError as error:
        end = CommandEnd(_NOT_RUN, f"{words_of(hook.run)[0]}: {error.strerror}", 0.0)
    said = redact(end.output.encode(), tuple(secrets))
    log = keep_log(folder, f"hook-{name.replace(' ', '-')}", attempt, said)
    return HookEnd(end.exit_code, end.seconds, log, CommandEnd(end.exit_code, said.decode(errors="replace"), 0).last_words)
