"""A command of the operator's that ends with exit code 0 where the cloud works. What it says is kept."""

import math
import time
from dataclasses import dataclass, field

from runner.command import CommandEnd, run_command, words_of
from runner.settings import Cloud
from runner.validation.answer import Answer, GoOn, unhindered
from runner.validation.secrecy import blot_out
from runner.window_settings import CommandCheck

_NOT_RUN = (126, 127)
"""What a shell ends with where it cannot run a command, or does not find it (POSIX, 2.8.2)."""


@dataclass(frozen=True)
class CommandValidator:
    """Runs one command. `secrets` are blotted out of what it says."""

    name: str
    settings: CommandCheck
    secrets: tuple[str, ...] = field(repr=False)

    def ask(self, *, at_most: float = math.inf, go_on: GoOn = unhindered) -> Answer:
        limit = min(self.settings.timeout, at_most)
        began = time.monotonic()
        try:
            end = run_command(words_of(self.settings.command), timeout=limit, go_on=go_on)
        except OSError as error:
            why = f"cannot be begun: {error.strerror or error}"
            return Answer(name=self.name, holds=None, seconds=time.monotonic() - began, detail=(why,))
        output = blot_out(end.output, self.secrets)
        end = CommandEnd(end.exit_code, output, end.seconds)
        holds, detail = _judge(end, limit, in_a_shell=isinstance(self.settings.command, str))
        return Answer(name=self.name, holds=holds, seconds=end.seconds, detail=detail, output=output)


def open_validator(name: str, settings: CommandCheck, cloud: Cloud) -> CommandValidator:
    """Read what may not be shown. Raises MissingFile."""
    return CommandValidator(name, settings, cloud.secrets())


def _judge(end: CommandEnd, limit: float, *, in_a_shell: bool) -> tuple[bool | None, tuple[str, ...]]:
    said = end.last_words[:400]
    if end.exit_code is None:
        return None, (f"did not end within {limit:g} s", said)
    if end.exit_code == 0:
        return True, (f"exit code 0 after {end.seconds:.1f} s",)
    if in_a_shell and end.exit_code in _NOT_RUN:
        return None, (f"could not be run: exit code {end.exit_code}", said)
    return False, (f"exit code {end.exit_code}", said)
