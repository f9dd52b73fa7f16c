"""A shell, here or elsewhere: the operator's words, to which one word is appended that a shell takes.

How a command ended is told by a last line of our own: a connection that is lost has an exit code too, and it means nothing.
"""

import re
import shlex
from dataclasses import dataclass

from runner.command import CommandEnd, run_command
from runner.errors import ServiceRefused

_MARK = "thing-a-me-ended"
_ENDED = re.compile(rf"^{_MARK} (\d+)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Shell:
    """The operator's words. What is run reads nothing, and has no terminal."""

    words: tuple[str, ...]

    def run(self, command: str, *, timeout: float) -> CommandEnd:
        """Run a command; its exit code is the command's own, its output what the command said, both streams together.

        Raises:
            ServiceRefused: the shell cannot be reached, or has not told within `timeout` seconds how the command ended.
        """
        told = f"( {command}\n) </dev/null; code=$?; echo; echo {_MARK} $code"
        try:
            end = run_command([*self.words, f"sh -c {shlex.quote(told)}"], timeout=timeout)
        except OSError as error:
            raise ServiceRefused(f"cannot run the shell {self.words[0]}: {error.strerror}") from error
        if end.exit_code is None:
            # The command is not shown: it is the operator's, and may hold what nobody is to read.
            raise ServiceRefused(f"the shell {shlex.join(self.words)} gave no answer within {timeout:g} s")
        marks = list(_ENDED.finditer(end.output))
        if not marks:
            raise ServiceRefused(f"the shell {shlex.join(self.words)} did not run a command to its end: {end.last_words}")
        return CommandEnd(int(marks[-1][1]), end.output[: marks[-1].start()].strip(), end.seconds)
