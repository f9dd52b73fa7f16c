"""The beats of one target: begun at their times whatever became of those before, told in their order."""

import asyncio
import errno
import logging
import os
import ssl
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from runner import boot_clock
from runner.planning.gaps import Changed, Unwatched
from runner.watch.ledger import Ledger
from runner.watch.probes import CannotTell, Probe

OURS = {errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL, errno.EAGAIN}
"""What this machine lacks. A beat that fails of it tells nothing of its target."""


@dataclass
class _Beat:
    """One beat under way, until it is decided. `untold` says why nothing can be told of it."""

    at: float
    decided: bool = False
    seconds: float = 0.0
    why: str | None = None
    untold: str | None = None


class Pulse:
    """Beat k is due at `start + k * every`, by the monotonic clock; each has `timeout` of its own."""

    def __init__(
        self, probe: Probe, ledger: Ledger, *, every: float, timeout: float, tell: Callable[[Unwatched | Changed], None]
    ) -> None:
        self._probe = probe
        self._ledger = ledger
        self._every = every
        self._timeout = timeout
        self._tell = tell
        self._in_order: deque[_Beat] = deque()
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self, start: float) -> None:
        """Beat until cancelled."""
        loop = asyncio.get_running_loop()
        number = 0
        while True:
            due = start + number * self._every
            await asyncio.sleep(due - loop.time())
            # Those whose time is past are not made up for: a burst now says nothing of then.
            delay = loop.time() - due
            self._ledger.delay(delay)
            if (behind := int(delay // self._every)) > 0:
                self._ledger.miss_time(behind, "the watch was late")
                number += behind
            beat = _Beat(boot_clock.seconds())
            self._in_order.append(beat)
            task = asyncio.create_task(self._make(beat))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            number += 1

    async def finish(self) -> None:
        """Wait for the beats under way; each has its timeout."""
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _make(self, beat: _Beat) -> None:
        begun = time.monotonic()
        in_time = True
        try:
            async with asyncio.timeout(self._timeout):
                beat.why = await self._probe.beat()
        except TimeoutError:
            beat.why, in_time = f"no answer within {self._timeout:g} s", False
        except CannotTell as error:
            beat.untold = str(error)
        except OSError as error:
            beat.why = _in_words(error)
            if error.errno in OURS and not isinstance(error, ssl.SSLError):
                beat.untold = beat.why
        except Exception:
            # A fault of ours is no gap of theirs, and must not end the watch.
            logging.exception("a beat failed")
            beat.untold = "a fault of the watch; see watch.log"
        beat.seconds = time.monotonic() - begun
        if not in_time and beat.seconds > self._timeout + self._every:
            beat.untold = "the watch stood still"
        beat.decided = True
        self._settle()

    def _settle(self) -> None:
        """Tell of the beats that are decided, as far as none before them is open."""
        while self._in_order and self._in_order[0].decided:
            beat = self._in_order.popleft()
            if beat.untold:
                self._ledger.miss_time(1, beat.untold)
                continue
            for line in self._ledger.take(beat.at, beat.seconds, beat.why):
                self._tell(line)


def _in_words(error: OSError) -> str:
    """Say why without the address: the record has none."""
    if isinstance(error, ssl.SSLError):
        return f"tls: {(error.reason or 'broken off').lower().replace('_', ' ')}"
    if error.errno and error.errno > 0:
        return os.strerror(error.errno).lower()
    return (error.strerror or type(error).__name__).lower()
