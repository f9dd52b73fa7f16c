"""A shell on another host: a command of the operator's, to which one word is appended that a shell over there takes.

How a command ended is told by a last line of our own: a connection that is lost has an exit code too, and it means nothing.
"""

import json
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import resources
from typing import IO, Any

from runner.containers.tool import Ended
from runner.errors import HostUnreachable

_MARK = "thing-a-me-ended "
_PYTHON = "import sys; exec(sys.stdin.buffer.read({size}))"
_LOADED = """\
import sys, types
inside = sys.modules["runner.snapshots.inside"] = types.ModuleType("inside")
inside.put_back = types.ModuleType("put_back")
exec(compile({text!r}, "put_back.py", "exec"), inside.put_back.__dict__)
"""
"""at_host.py imports put_back.py; over there are no modules of ours."""


def program() -> bytes:
    """What is run on the host: two of our scripts, as one text."""
    put_back, at_host = (
        resources.files("runner.snapshots.inside").joinpath(f"{name}.py").read_text(encoding="utf-8")
        for name in ("put_back", "at_host")
    )
    return (_LOADED.format(text=put_back) + at_host).encode()


@dataclass(frozen=True)
class HostWork:
    """A command at work over there; `said` is what it said besides answers."""

    process: "subprocess.Popen[bytes]"
    complaints: IO[bytes]
    name: str
    said: list[bytes] = field(default_factory=list)

    def answers(self) -> Iterator[Any]:
        """What it answers: one JSON object per line, as it says it."""
        for line in self.process.stdout or ():
            if line.startswith(b"{"):
                yield json.loads(line)
            else:
                self.said.append(line)

    def end(self) -> Ended:
        """Say how it ended: what it said, or where it said nothing what it complained of.

        Raises:
            HostUnreachable: the shell ended, and nobody knows how the command did.
        """
        self.said.extend(self.process.stdout or ())
        code = self.process.wait()
        said, _, exit_code = b"".join(self.said).decode(errors="replace").rpartition(_MARK)
        self.complaints.seek(0)
        complaints = self.complaints.read().decode(errors="replace").strip()
        if not exit_code.strip().isdigit():
            words = (complaints.splitlines() or [f"exit code {code}"])[-1]
            raise HostUnreachable(f"snapshots.host.shell ({self.name}) did not run a command to its end: {words}")
        return Ended(int(exit_code), said.strip() or complaints)


@dataclass(frozen=True)
class HostShell:
    """The operator's command; what is appended to it is one word."""

    words: tuple[str, ...]

    def run(self, command: str) -> Ended:
        """Run a command over there, which finds nothing on its standard input; its words are all that it says.

        Raises:
            HostUnreachable: it cannot be told how it ended, nor whether it was begun.
        """
        with self._at_work(f"( {command}\n) 2>&1", subprocess.DEVNULL) as work:
            return work.end()

    def act(self, *arguments: str) -> tuple[list[Any], Ended]:
        """Run our script over there, and return its answers.

        Raises:
            HostUnreachable: as of `run`.
        """
        with tempfile.TemporaryFile() as text:
            text.write(program())
            text.seek(0)
            with self.feed(text, *arguments) as work:
                return list(work.answers()), work.end()

    @contextmanager
    def feed(self, source: IO[bytes], *arguments: str) -> Iterator[HostWork]:
        """Begin our script, whose text is the first that `source` holds; it gets the rest.

        Raises:
            HostUnreachable: the shell cannot be begun.
        """
        python = ("python3", "-ISc", _PYTHON.format(size=len(program())), *arguments)
        with self._at_work(shlex.join(python), source) as work:
            yield work

    @contextmanager
    def _at_work(self, command: str, source: IO[bytes] | int) -> Iterator[HostWork]:
        told = f"{command}; code=$?; echo; echo {_MARK}$code"
        with tempfile.TemporaryFile() as complaints:
            try:
                process = subprocess.Popen(
                    [*self.words, f"sh -c {shlex.quote(told)}"],
                    stdin=source,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                    # Without a terminal nobody asks for a password, and ^C is ours alone.
                    start_new_session=True,
                )
            except OSError as error:
                raise HostUnreachable(f"cannot run snapshots.host.shell {self.words[0]}: {error.strerror}") from error
            with process:
                try:
                    yield HostWork(process, complaints, self.words[0])
                finally:
                    process.kill()
