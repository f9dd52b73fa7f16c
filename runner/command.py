"""A command of the operator's on this machine: bounded in time and in what it may say; nothing that it began outlives it."""

import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from runner.identity import Identity

KEPT = 256 * 1024
"""Bytes of output that are kept from its beginning, and as many from its end: a command that floods us floods nobody else."""
_GRACE = 2.0
_PIECE = 65536
_LOOK, _PAUSE = 0.2, 0.02
"""Seconds between two looks: while something may be heard, which wakes us, and when nothing is heard any more."""


@dataclass(frozen=True)
class CommandEnd:
    """How a command ended. `exit_code` is None where it ran out of time; `output` is what it said, both streams together."""

    exit_code: int | None
    output: str
    seconds: float

    @property
    def last_words(self) -> str:
        """The last line that says something, or how it ended where none does."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        return lines[-1] if lines else "ran out of time" if self.exit_code is None else f"exit code {self.exit_code}"


def words_of(command: str | Sequence[str]) -> tuple[str, ...]:
    """The words to run: a line goes to the shell, words go as they are."""
    return ("sh", "-c", command) if isinstance(command, str) else tuple(command)


def run_command(
    words: Sequence[str],
    *,
    timeout: float,
    stdin: bytes = b"",
    environment: Mapping[str, str] | None = None,
    on_start: Callable[[int], object] = lambda _: None,
    go_on: Callable[[], object] = lambda: None,
) -> CommandEnd:
    """Run a command to its end, or end it and everything it began after `timeout` seconds.

    It has no terminal, so that nobody asks for a password and ^C is ours alone. `environment` is added to ours. `on_start` is
    told its process id, `go_on` is called a few times a second; what they raise ends the command, and is raised.

    Raises:
        OSError: it cannot be begun.
    """
    began = time.monotonic()
    kept = _Kept()
    with subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    ) as process:
        try:
            on_start(process.pid)
            in_time = _talk(process, stdin, kept, began + timeout, go_on)
        finally:
            _end(process)
        exit_code = process.wait()
    return CommandEnd(exit_code if in_time else None, kept.text(), round(time.monotonic() - began, 3))


def end_left(left: Identity) -> bool:
    """End a command that outlived who began it, with all that it began; False: it is gone already."""
    if not left.is_there():
        return False
    for how, patience in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, _GRACE)):
        with suppress(ProcessLookupError):
            os.killpg(left.pid, how)
        deadline = time.monotonic() + patience
        while left.is_there() and time.monotonic() < deadline:
            time.sleep(0.05)
    return True


def _talk(
    process: "subprocess.Popen[bytes]", stdin: bytes, kept: "_Kept", deadline: float, go_on: Callable[[], object]
) -> bool:
    """Feed it and hear it, until it is gone or the time is up; says whether it was in time."""
    assert process.stdin, "we asked for a pipe"
    assert process.stdout, "we asked for a pipe"
    left, pause = memoryview(stdin), _LOOK
    with selectors.DefaultSelector() as selector:
        os.set_blocking(process.stdin.fileno(), False)
        selector.register(process.stdout, selectors.EVENT_READ)
        left = _register_input(selector, process.stdin, left)
        while (rest := deadline - time.monotonic()) > 0:
            go_on()
            for key, _ in selector.select(min(rest, pause)):
                if key.fileobj is process.stdout:
                    if piece := os.read(key.fd, _PIECE):
                        kept.take(piece)
                    else:
                        # It may go on without saying anything more.
                        selector.unregister(process.stdout)
                        pause = _PAUSE
                else:
                    left = _feed(selector, process.stdin, left)
            # What it left in the background may hold the pipe open for ever.
            if process.poll() is not None and not selector.select(0):
                return True
    return False


def _register_input(selector: selectors.BaseSelector, stdin: IO[bytes], left: memoryview) -> memoryview:
    if left:
        selector.register(stdin, selectors.EVENT_WRITE)
    else:
        stdin.close()
    return left


def _feed(selector: selectors.BaseSelector, stdin: IO[bytes], left: memoryview) -> memoryview:
    try:
        left = left[os.write(stdin.fileno(), left[:_PIECE]) :]
    except BrokenPipeError:
        left = left[len(left) :]
    if not left:
        selector.unregister(stdin)
        stdin.close()
    return left


def _end(process: "subprocess.Popen[Any]") -> None:
    """End the group, gently first; nothing that the command began outlives it."""
    for how, patience in ((signal.SIGTERM, _GRACE), (signal.SIGKILL, None)):
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(patience)


class _Kept:
    """The beginning and the end of what is said."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_bytes = self._lost = 0

    def take(self, piece: bytes) -> None:
        room = KEPT - len(self._head)
        self._head += piece[:room]
        if rest := piece[room:] if room > 0 else piece:
            self._tail.append(rest)
            self._tail_bytes += len(rest)
        while self._tail_bytes - len(self._tail[0] if self._tail else b"") >= KEPT:
            self._lost += len(self._tail[0])
            self._tail_bytes -= len(self._tail.popleft())

    def text(self) -> str:
        gap = f"\n[... {self._lost} bytes left out ...]\n".encode() if self._lost else b""
        return (bytes(self._head) + gap + b"".join(self._tail)).decode(errors="replace")
